"""`python -m tests.mutate [SEED] [COUNT]`: whether the unit tests notice small changes of the product.

Mutants are picked by a seed from shared/domain, formats, worker and adapters/postgres (there: what a unit test reaches,
for its SQL is proved by the integration tests). All is done in a copy of the tree, by `tests.mutate.session`. Prints the
survivors and the share that was caught; ends with 1 where fewer than nine in ten are.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile

LEFT_OUT = (".git", ".venv", ".run", ".*_cache", ".hypothesis", "__pycache__")


def main(seed: str = "1", count: str = "200") -> int:
    """Copy the tree, and collect and judge there."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        shutil.copytree(".", folder, ignore=shutil.ignore_patterns(*LEFT_OUT), dirs_exist_ok=True)
        environment = {**os.environ, "PYTHONPATH": folder, "SEED": seed, "COUNT": count}
        options = ["tests/unit", "-p", "tests.mutate.session", "-p", "no:cacheprovider", "-s"]
        command = [sys.executable, "-m", "pytest", *options, "--hypothesis-seed=0"]
        return subprocess.run(command, cwd=folder, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
