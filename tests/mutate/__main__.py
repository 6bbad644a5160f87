"""`python -m tests.mutate [SEED] [COUNT]`: whether the unit tests notice small changes of the product.

Mutants are picked by a seed from shared/domain, formats, worker and adapters/postgres (there: what a unit test reaches,
for its SQL is proved by the integration tests). Each is put into a copy of the tree, where the tests that reach its
function run, then the other tests of their files; a fault, or several times their time, catches it. Prints the
survivors and the share that was caught.
"""

from __future__ import annotations

import ast
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import aiohttp  # noqa: F401  (what most tests import is imported once, before they are forked)
import hypothesis.strategies  # noqa: F401
import lxml.etree  # noqa: F401
import msgspec  # noqa: F401
import pytest

from tests.mutate.mutants import Mutant, mutants

ROOMS = ("shared/domain", "shared/formats", "shared/worker", "shared/adapters/postgres")
ONLY_REACHED = "shared/adapters/"
AT_ONCE = 250  # tests in a run: most mutants are caught by few
QUIET = ["-x", "-q", "-p", "no:cacheprovider", "--hypothesis-seed=0"]
REACHED = Path("reached.json")


class Reach:
    """Which tests reach which function, and their seconds, as a run of the whole unit suite found."""

    def __init__(self, found: dict[str, dict[str, object]]) -> None:
        self.seconds: dict[str, float] = found["tests"]  # type: ignore[assignment]
        self._functions: dict[str, dict[str, list[str]]] = found["functions"]  # type: ignore[assignment]

    def runs(self, mutant: Mutant) -> list[list[str]]:
        """The tests to run for a mutant, in runs: the quickest that reach it, the others, the rest of their files."""
        reached = self._functions.get(mutant.file, {})
        first = _function(mutant)
        direct = set(reached.get(str(first), ())) if first else {test for tests in reached.values() for test in tests}
        files = {test.split("::")[0] for test in direct}
        around = {test for test in self.seconds if test.split("::")[0] in files} - direct
        beside = f"tests/unit/{Path(mutant.file).parent.relative_to('shared')}/"
        near = self._quickest(test for test in direct if test.startswith(beside))
        far = self._quickest(test for test in direct if not test.startswith(beside))
        ordered = [*near, *far, *self._quickest(around)]
        return [ordered[start : start + AT_ONCE] for start in range(0, len(ordered), AT_ONCE)]

    def caught(self, tests: list[str]) -> bool:
        """Whether the tests fail, or take several times their processor time, in a process of their own."""
        child = os.fork()
        if child == 0:
            limit = 20 + 5 * int(sum(self.seconds[test] for test in tests))
            resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
            nowhere = os.open(os.devnull, os.O_RDWR)
            for stream in (0, 1, 2):
                os.dup2(nowhere, stream)
            os._exit(int(pytest.main([*QUIET, *tests])))
        return os.waitpid(child, 0)[1] != 0

    def _quickest(self, tests: Iterable[str]) -> list[str]:
        return sorted(tests, key=self.seconds.__getitem__)


@cache
def _spans(file: str) -> list[tuple[int, int]]:
    """(first line, last line) of the functions of a file, inner ones last; a decorator is a function's first line."""
    tree = ast.parse(Path(file).read_text())
    functions = [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    spans = [(min([f.lineno, *(d.lineno for d in f.decorator_list)]), f.end_lineno or 0) for f in functions]
    return sorted(spans, key=lambda span: (span[0], -span[1]))


def _function(mutant: Mutant) -> int | None:
    """The first line of the function that a mutant is in; None for what runs at import."""
    around = [first for first, last in _spans(mutant.file) if first <= mutant.line <= last]
    return around[-1] if around else None


def survives(mutant: Mutant, reach: Reach) -> bool:
    """Whether all tests pass with the mutant in its file."""
    runs, file = reach.runs(mutant), Path(mutant.file)
    whole = file.read_bytes()
    file.write_bytes(whole[: mutant.start] + mutant.after.encode() + whole[mutant.end :])
    try:
        return not any(map(reach.caught, runs))
    finally:
        file.write_bytes(whole)


def judge(seed: int, count: int) -> int:
    """In the copy: run `count` mutants; 1 where fewer than nine in ten are caught."""
    reach = Reach(json.loads(REACHED.read_text()))
    sys.dont_write_bytecode = True
    assert not reach.caught(list(reach.seconds)), "the tests fail without a mutant"
    files = sorted(path for room in ROOMS for path in Path(room).rglob("*.py"))
    all_ = [mutant for path in files for mutant in mutants(str(path), path.read_text())]
    candidates = [m for m in all_ if not m.file.startswith(ONLY_REACHED) or reach.runs(m)]
    survivors = 0
    for number, mutant in enumerate(random.Random(seed).sample(candidates, count), 1):
        print(f"{number} of {count}", end="\r", file=sys.stderr, flush=True)
        if survives(mutant, reach):
            survivors += 1
            print(mutant, flush=True)
    print(f"seed {seed}: {count - survivors} of {count} caught, {(count - survivors) / count:.0%}")
    return int(survivors > count * 0.1)


def main(seed: str = "1", count: str = "200") -> int:
    """Copy the tree, find out what its tests reach, and go on in the copy."""
    if REACHED.exists():
        return judge(int(seed), int(count))
    left = shutil.ignore_patterns(".git", ".venv", ".run", ".*_cache", ".hypothesis", "__pycache__")
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        shutil.copytree(".", folder, ignore=left, dirs_exist_ok=True)
        environment = {**os.environ, "PYTHONPATH": folder, "REACHED": str(REACHED)}
        for module, *arguments in (  # compiled so that a changed file is seen at once
            ["compileall", "-q", "--invalidation-mode", "checked-hash", "shared", "services"],
            ["pytest", "tests/unit", *QUIET, "-p", "tests.mutate.reached"],
        ):
            subprocess.run([sys.executable, "-m", module, *arguments], cwd=folder, env=environment, check=True)
        judging = [sys.executable, "-m", "tests.mutate", seed, count]
        return subprocess.run(judging, cwd=folder, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
