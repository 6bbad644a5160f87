"""Which tests reach which function of the product, as a run of all of them found."""

from __future__ import annotations

import ast
import json
import os
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest

from tests.mutate.mutants import Mutant

FIRST = 60  # tests in a first run: most mutants are caught by few
REACHED = Path("reached.json")


class Reach:
    """Which tests reach which function of a file, and the seconds of each test."""

    def __init__(self, items: list[pytest.Item]) -> None:
        found = json.loads(REACHED.read_text())
        self._items = {item.nodeid: item for item in items}
        self.seconds: dict[str, float] = found["seconds"]
        self._functions: dict[str, dict[str, list[str]]] = found["functions"]

    def tests(self, mutant: Mutant) -> list[pytest.Item]:
        """The tests to run for a mutant, in order; those of a file together, for they share what they are given."""
        reached, first = self._functions.get(mutant.file, {}), function_of(mutant)
        direct = reached.get(str(first[0]), []) if first else {test for tests in reached.values() for test in tests}
        quick = sorted(direct, key=self.seconds.__getitem__)
        files = {_file(test) for test in direct}
        around = [test for test in self.seconds if _file(test) in files and test not in direct]
        ordered = [sorted(run, key=_file) for run in (quick[:FIRST], quick[FIRST:], around)]
        return [self._items[test] for run in ordered for test in run]


def _file(test: str) -> str:
    return test.split("::", maxsplit=1)[0]


def function_of(mutant: Mutant) -> tuple[int, str] | None:
    """(first line, name) of the outermost function that a mutant is in; None for what runs at import."""
    for node in ast.walk(ast.parse(Path(mutant.file).read_text())):  # outer ones come first
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            if node.lineno <= mutant.line <= (node.end_lineno or 0):
                return first, node.name
    return None


def passed(session: pytest.Session, items: Iterable[pytest.Item]) -> Iterator[pytest.Item]:
    """The tests that have run, up to the first that fails."""
    ordered = list(items)
    for item, following in zip(ordered, [*ordered[1:], None], strict=True):
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.testsfailed:
            return
        yield item


def measure(session: pytest.Session) -> bool:
    """Run all tests and write down which functions each reaches, and its seconds; whether all pass."""
    root, running, seconds = str(Path("shared").resolve()) + os.sep, set[CodeType](), dict[str, float]()
    functions: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))

    def profile(frame: FrameType, event: str, _argument: Any) -> None:
        if event == "call":
            running.add(frame.f_code)

    threading.setprofile(profile)
    sys.setprofile(profile)
    begun = time.perf_counter()
    for item in passed(session, session.items):
        seconds[item.nodeid], begun = time.perf_counter() - begun, time.perf_counter()
        for code in list(running):
            if code.co_filename.startswith(root):
                functions[os.path.relpath(code.co_filename)][code.co_firstlineno].append(item.nodeid)
        running.clear()
    sys.setprofile(None)
    threading.setprofile(None)
    REACHED.write_text(json.dumps({"seconds": seconds, "functions": functions}))
    return len(seconds) == len(session.items)
