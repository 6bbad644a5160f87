"""Codes of warnings and errors: each has its words, each is in use, and none is written out where it is used."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import msgspec
import pytest

from deploy.stack.checkout import ROOT
from shared.domain.advice import advice
from shared.domain.error_codes import ErrorCode
from shared.domain.errors import DamagedFile, DuplicatePath, ExportError, InvalidContent, ObjectMissing, UnsafePath
from shared.domain.report import ItemWarning
from shared.domain.warning_codes import WarningCode

OF_ERRORS = {WarningCode.of(e.code) for e in (DamagedFile, DuplicatePath, InvalidContent, ObjectMissing, UnsafePath)}
IN_SQL = {ErrorCode.ATTEMPTS_EXHAUSTED}  # a statement ends what is tried too often
WARNING_CALLS = ("warn", "skip", "fail", "lose", "NothingToPack", "ItemWarning")


@cache
def modules() -> list[tuple[Path, ast.Module]]:
    paths = [path for room in ("shared", "services") for path in sorted((ROOT / room).rglob("*.py"))]
    ours = [path for path in paths if path.name not in ("warning_codes.py", "error_codes.py")]
    return [(path, ast.parse(path.read_text())) for path in ours]


@cache
def nodes() -> list[tuple[Path, ast.Attribute | ast.Call]]:
    """The attributes and calls of every module."""
    walked = ((path, node) for path, tree in modules() for node in ast.walk(tree))
    return [(path, node) for path, node in walked if isinstance(node, ast.Attribute | ast.Call)]


def members_in_use(enum: str) -> set[str]:
    attributes = (node for _, node in nodes() if isinstance(node, ast.Attribute))
    return {node.attr for node in attributes if isinstance(node.value, ast.Name) and node.value.id == enum}


@pytest.mark.parametrize("code", [*WarningCode, "of an earlier release"])
def test_every_warning_has_advice_that_is_a_sentence(code: str) -> None:
    sentence = advice(code).what_to_do
    assert sentence[0].isupper()
    assert sentence.endswith(".")


@pytest.mark.parametrize("code", ErrorCode)
def test_every_error_has_a_sentence(code: ErrorCode) -> None:
    assert code.sentence.endswith(".")


def test_a_warning_of_an_unknown_code_counts_as_a_loss() -> None:
    assert advice("of an earlier release").loses
    assert not advice(WarningCode.RENAMED).loses


def test_every_code_is_in_use() -> None:
    assert {code.name for code in WarningCode} - members_in_use("WarningCode") == {code.name for code in OF_ERRORS} - {
        "INVALID_CONTENT"
    }
    assert {code.name for code in ErrorCode} - members_in_use("ErrorCode") == set()


def test_what_the_statements_of_the_database_write_is_a_code() -> None:
    rows = ROOT / "shared" / "adapters" / "postgres"
    texts = [(rows / name).read_text() for name in ("unfinished.py", "packages/retention.py")]
    codes = set(re.findall(r"error_code = '(\w+)'", " ".join(texts)))
    assert codes >= IN_SQL
    assert codes <= set(ErrorCode)


def test_no_code_is_passed_as_a_loose_text() -> None:
    loose = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path, node in nodes()
        if isinstance(node, ast.Call) and _called(node.func) in WARNING_CALLS and _is_loose(node)
    ]
    assert loose == []


def _called(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _is_loose(call: ast.Call) -> bool:
    """Whether the code, which is among the first five arguments, is written out."""
    arguments = [*call.args[:5], *(keyword.value for keyword in call.keywords if keyword.arg == "code")]
    either = [(node.body, node.orelse) if isinstance(node, ast.IfExp) else (node,) for node in arguments]
    texts = (node.value for nodes in either for node in nodes if isinstance(node, ast.Constant))
    return any(isinstance(text, str) and re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)+", text) is not None for text in texts)


def _errors(above: type[ExportError] = ExportError) -> Iterator[type[ExportError]]:
    for error in above.__subclasses__():
        yield error
        yield from _errors(error)


def test_every_error_has_a_code_of_its_own_whose_sentence_is_its_message() -> None:
    errors = [error for error in _errors() if error.__module__ == ExportError.__module__]
    assert len({error.code for error in errors}) == len(errors)
    assert str(ObjectMissing()) == ErrorCode.OBJECT_MISSING.sentence


def test_a_warning_is_stored_with_the_text_of_its_code() -> None:
    warning = ItemWarning(code=WarningCode.FILE_MISSING, message="Gone.")
    assert msgspec.json.encode(warning) == b'{"code":"file_missing","message":"Gone."}'
    assert msgspec.to_builtins(warning) == {"code": "file_missing", "message": "Gone."}
    assert f"{WarningCode.FILE_MISSING}" == "file_missing"
