"""A pytest plugin that judges mutants instead of running the tests once: each in a fork of the session that has collected.

In the fork the code of the mutant's function is exchanged; then the tests that reach it run, the quickest first, and the
other tests of their files. What runs at import is changed in its file, for a process of its own. A fault, or several
times the usual processor time, catches a mutant. Which tests reach a function, a first fork finds out; it has to pass.
"""

from __future__ import annotations

import gc
import os
import random
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FunctionType

import pytest

from tests.mutate.mutants import Mutant, mutants
from tests.mutate.reach import Reach, function_of, measure, passed

ROOMS = ("shared/domain", "shared/formats", "shared/worker", "shared/adapters/postgres")
ONLY_REACHED = "shared/adapters/"


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool:
    """Judge COUNT mutants picked by SEED."""
    seed, count = int(os.environ["SEED"]), int(os.environ["COUNT"])
    assert forked(lambda: measure(session)) == 0, "the tests fail without a mutant"
    reach = Reach(session.items)
    files = sorted(path for room in ROOMS for path in Path(room).rglob("*.py"))
    all_ = [mutant for path in files for mutant in mutants(str(path), path.read_text())]
    candidates = [m for m in all_ if not m.file.startswith(ONLY_REACHED) or reach.tests(m)]
    survivors = 0
    for number, mutant in enumerate(random.Random(seed).sample(candidates, count), 1):
        print(f"{number} of {count}", end="\r", file=sys.stderr, flush=True)
        if survives(session, mutant, reach):
            survivors += 1
            print(mutant, flush=True)
    print(f"seed {seed}: {count - survivors} of {count} caught, {(count - survivors) / count:.0%}")
    session.testsfailed = int(survivors > count * 0.1)
    return True


def forked(run: Callable[[], bool]) -> int:
    """0 where a run in a process of its own says that all is well."""
    child = os.fork()
    if child == 0:
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nowhere, stream)
        try:
            os._exit(0 if run() else 1)
        finally:
            os._exit(2)
    return os.waitpid(child, 0)[1]


def survives(session: pytest.Session, mutant: Mutant, reach: Reach) -> bool:
    """Whether all tests pass with the mutant."""
    items, file = reach.tests(mutant), Path(mutant.file)
    limit = 60 + 5 * int(sum(reach.seconds[item.nodeid] for item in items))
    whole = file.read_bytes()
    changed = whole[: mutant.start] + mutant.after.encode() + whole[mutant.end :]
    code = _code(compile(changed, str(file.resolve()), "exec"), function_of(mutant))

    def run() -> bool:
        resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
        _exchange(code)
        return len(list(passed(session, items))) == len(items)

    if code is not None:
        return forked(run) == 0
    file.write_bytes(changed)
    try:
        options = ["-x", "-q", "-p", "no:cacheprovider", "--hypothesis-seed=0"]
        command = [sys.executable, "-B", "-m", "pytest", *options, *(item.nodeid for item in items)]
        return not items or subprocess.run(command, capture_output=True, check=False).returncode == 0
    finally:
        file.write_bytes(whole)


def _code(module: CodeType, function: tuple[int, str] | None) -> CodeType | None:
    """The code of a function in that of its module, where it is in one."""
    for inner in (constant for constant in module.co_consts if isinstance(constant, CodeType)):
        if function == (inner.co_firstlineno, inner.co_name):
            return inner
        if (found := _code(inner, function)) is not None:
            return found
    return None


def _exchange(code: CodeType) -> None:
    """Give the living function this code."""
    for each in gc.get_objects():
        if isinstance(each, FunctionType) and each.__code__.co_firstlineno == code.co_firstlineno:
            old = each.__code__
            if (old.co_filename, old.co_qualname) == (code.co_filename, code.co_qualname):
                each.__code__ = code
