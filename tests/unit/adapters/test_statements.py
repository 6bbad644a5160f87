"""Statements name their columns: one that a migration adds under a running process changes no result of it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.stack.checkout import ROOT

ROOMS = ("shared", "services", "deploy")
STATEMENT = re.compile(r"\b(SELECT|RETURNING|INSERT INTO|UPDATE|DELETE FROM)\b")
STAR = re.compile(r"\b(SELECT|RETURNING)\s+\*|\b\w+\.\*")


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """(line, text) of every text of a module, without what an f-string puts in."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


def stars(path: Path) -> list[tuple[int, str]]:
    """(line, words) of every statement of a module that names no columns."""
    return [(line, found[0]) for line, text in texts(path) if STATEMENT.search(text) for found in STAR.finditer(text)]


def test_no_statement_reads_all_columns_of_something() -> None:
    modules = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    assert len(modules) > 100
    assert {str(path.relative_to(ROOT)): found for path in modules if (found := stars(path))} == {}


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("SELECT * FROM t", ["SELECT *"]),
        ("UPDATE t SET a = 1 RETURNING *", ["RETURNING *"]),
        ("SELECT e.*, a.id FROM e", ["e.*"]),
        ("SELECT count(*) FROM t", []),
        ("SELECT 2 * a FROM t", []),
    ],
)
def test_a_statement_that_does_is_recognised(statement: str, found: list[str], tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text(f"_A = {statement!r}\n_B = f'{{x}} {statement}'\n")
    assert [words for _, words in stars(module)] == [*found, *found]
