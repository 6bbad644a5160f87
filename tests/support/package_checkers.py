"""Independent checks of packages by the shared tools, which share no code with this repository."""

from __future__ import annotations

import importlib.util
from collections import Counter
from functools import cache
from pathlib import Path
from types import ModuleType

from tests.support.shared import SHARED


@cache
def tool(name: str) -> ModuleType:
    """One of the shared tools, as a module."""
    spec = importlib.util.spec_from_file_location(name, SHARED / "tools" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def _schemas() -> object:
    return tool("check_package").load_schemas(str(SHARED / "schemas" / "ccv1p1"))


def faults(path: Path) -> list[tuple[str, str]]:
    """(code, message) of every error that the checking tool reports for a package."""
    return list(tool("check_package").check(str(path), _schemas())[0])


def errors(path: Path) -> Counter[str]:
    """The number of errors of each code that the checking tool reports."""
    return Counter(code for code, _ in faults(path))


@cache
def facts(path: Path) -> Counter[tuple[object, ...]]:
    """The facts that the comparing tool reads from a package. Cached, so only for files that no test changes."""
    return Counter(tool("compare_packages").facts_of(str(path)))


def share_of_facts_kept(source: Path, out: Path) -> tuple[float, list[object]]:
    """(fraction of the facts of `source` that `out` has, the facts that it has not)."""
    there, here = facts(source), facts(out)
    lost = there - here
    return 1 - lost.total() / there.total(), list(lost)
