"""`python -m tests.mutate [SEED] [COUNT]`: whether the unit tests notice small changes of the product.

Mutants are picked by a seed from shared/domain, formats, worker and adapters/postgres (there: what a unit test reaches,
for its SQL is proved by the integration tests). Each is put into a copy of the tree, where the tests that reach its
function run, then those of the same files; a fault or too long a time catches it. Prints the survivors and the share.
"""

from __future__ import annotations

import ast
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path

import aiohttp  # noqa: F401  (what all tests import is imported once, before they are forked)
import hypothesis.strategies  # noqa: F401
import lxml.etree  # noqa: F401
import msgspec  # noqa: F401
import pytest

from tests.mutate.mutants import Mutant, mutants

ROOMS = ("shared/domain", "shared/formats", "shared/worker", "shared/adapters/postgres")
ONLY_REACHED = "shared/adapters/"
LIMIT_S = float(os.environ.get("LIMIT_S", "180"))  # for the tests of a mutant
AT_ONCE = 250  # tests in a run: most mutants are caught by few
QUIET = ["-x", "-q", "-p", "no:cacheprovider", "--hypothesis-seed=0"]


class Reach:
    """Which tests reach which function, as a run of the whole unit suite told."""

    def __init__(self, told: Path) -> None:
        found = json.loads(told.read_text())
        self._seconds: dict[str, float] = found["tests"]
        self._functions: dict[str, dict[str, list[str]]] = found["functions"]

    def runs(self, mutant: Mutant) -> list[list[str]]:
        """The tests to run for a mutant, in runs: the quickest that reach it, the others, the rest of their files."""
        reached = self._functions.get(mutant.file, {})
        first = _function(mutant)
        direct = set(reached.get(str(first), ())) if first else {test for tests in reached.values() for test in tests}
        files = {test.split("::")[0] for test in direct}
        around = {test for test in self._seconds if test.split("::")[0] in files} - direct
        beside = f"tests/unit/{Path(mutant.file).parent.relative_to('shared')}/"
        near = self._quickest(test for test in direct if test.startswith(beside))
        far = self._quickest(test for test in direct if not test.startswith(beside))
        ordered = [*near, *far, *self._quickest(around)]
        return [ordered[start : start + AT_ONCE] for start in range(0, len(ordered), AT_ONCE)]

    def _quickest(self, tests: object) -> list[str]:
        return sorted(tests, key=self._seconds.__getitem__)  # type: ignore[call-overload]


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


def caught(tests: list[str], place: Path, left_s: float) -> bool:
    """Whether the tests fail or take too long, in a process of their own."""
    child = os.fork()
    if child == 0:
        os.setsid()
        sys.path.insert(0, str(place))
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nowhere, stream)
        os._exit(int(pytest.main([*QUIET, *tests])))
    until = time.monotonic() + left_s
    while time.monotonic() < until:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return status != 0
        time.sleep(0.02)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return True


def survives(mutant: Mutant, runs: list[list[str]], place: Path) -> bool:
    """Whether all tests pass with the mutant in the copy."""
    file = place / mutant.file
    whole = file.read_bytes()
    file.write_bytes(whole[: mutant.start] + mutant.after.encode() + whole[mutant.end :])
    until = time.monotonic() + LIMIT_S
    try:
        return not any(caught(tests, place, until - time.monotonic()) for tests in runs)
    finally:
        file.write_bytes(whole)


def copied(place: Path) -> Reach:
    """A copy of the tree, compiled so that a changed file is seen at once, and what its tests reach."""
    left = shutil.ignore_patterns(".git", ".venv", ".run", ".*_cache", ".hypothesis", "__pycache__")
    shutil.copytree(".", place, ignore=left, dirs_exist_ok=True)
    compiling = [sys.executable, "-m", "compileall", "-q", "--invalidation-mode", "checked-hash", "shared", "services"]
    subprocess.run(compiling, cwd=place, check=True)
    told = place / "reached.json"
    testing = [sys.executable, "-m", "pytest", "tests/unit", *QUIET, "-p", "tests.mutate.reached"]
    subprocess.run(testing, cwd=place, check=True, env={**os.environ, "PYTHONPATH": str(place), "REACHED": str(told)})
    return Reach(told)


def main(seed: int = 1, count: int = 200) -> int:
    """Run `count` mutants; 1 where fewer than nine in ten are caught."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        place = Path(folder)
        reach = copied(place)
        os.chdir(place)
        sys.dont_write_bytecode = True
        files = sorted(path for room in ROOMS for path in Path(room).rglob("*.py"))
        all_ = [mutant for path in files for mutant in mutants(str(path), path.read_text())]
        candidates = [m for m in all_ if not m.file.startswith(ONLY_REACHED) or reach.runs(m)]
        survivors = 0
        for number, mutant in enumerate(random.Random(seed).sample(candidates, count), 1):
            print(f"{number} of {count}", end="\r", file=sys.stderr, flush=True)
            if survives(mutant, reach.runs(mutant), place):
                survivors += 1
                print(mutant, flush=True)
    print(f"seed {seed}: {count - survivors} of {count} caught, {(count - survivors) / count:.0%}")
    return int(survivors > count * 0.1)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
