"""A pytest plugin: which functions of the product each test reaches, and how long it takes; written to REACHED as JSON.

{"tests": {node id: seconds}, "functions": {"shared/x.py": {first line: [node ids]}}}
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest

ROOT = str(Path.cwd() / "shared") + os.sep
_seconds: dict[str, float] = {}
_functions: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
_running: set[CodeType] = set()


def _profile(frame: FrameType, event: str, _argument: Any) -> None:
    if event == "call":
        _running.add(frame.f_code)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    _running.clear()
    begun = time.perf_counter()
    sys.setprofile(_profile)
    threading.setprofile(_profile)
    yield
    sys.setprofile(None)
    threading.setprofile(None)
    _seconds[item.nodeid] = time.perf_counter() - begun
    for code in _running:
        if code.co_filename.startswith(ROOT):
            _functions[os.path.relpath(code.co_filename)][code.co_firstlineno].append(item.nodeid)


def pytest_sessionfinish() -> None:
    Path(os.environ["REACHED"]).write_text(json.dumps({"tests": _seconds, "functions": _functions}))
