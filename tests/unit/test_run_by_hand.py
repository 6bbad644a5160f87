"""What is run by verbs of make alone, benches and faults on purpose, still fits the code that it measures."""

from __future__ import annotations

import importlib

import pytest

from deploy.stack.checkout import ROOT

FOLDERS = ("bench", "chaos", "containers", "fuzz", "mutate")
WITH_THE_FUZZER = {"tests.fuzz.engine", "tests.fuzz.__main__"}  # its library is not installed for tests
MODULES = sorted({
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for folder in FOLDERS
    for path in (ROOT / "tests" / folder).rglob("*.py")
    if path.name != "conftest.py"
} - WITH_THE_FUZZER)  # fmt: skip


@pytest.mark.parametrize("module", MODULES)
def test_each_module_finds_what_it_imports(module: str) -> None:
    importlib.import_module(module)
