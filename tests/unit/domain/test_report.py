"""What a report counts, and when it says that a package is complete."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from deploy.stack.checkout import ROOT
from shared.domain.advice import ADVICE, advice
from shared.domain.kinds import Kind
from shared.domain.report import Report

TELLING = {"warn", "skip", "fail", "lose", "tell"}
WRITERS = ("archive", "cartridge", "qti")
READERS = ("read", "importing", "package_reader")


def test_a_report_without_remarks_is_complete() -> None:
    report = Report()
    report.expect(Kind.PAGES)
    report.pack(Kind.PAGES)
    report.exclude(Kind.FILES, 0)
    receipt = report.receipt()
    assert receipt.complete
    assert (receipt.expected, receipt.packed) == ({"pages": 1}, {"pages": 1})
    assert (receipt.skipped, receipt.failed, receipt.excluded) == ({}, {}, {})


def test_what_may_not_be_seen_is_counted_and_the_package_is_complete_for_whoever_asked() -> None:
    report = Report()
    report.exclude(Kind.FILES, 3)
    receipt = report.receipt()
    assert receipt.complete
    assert receipt.excluded == {"files": 3}
    assert receipt.warnings == []


@pytest.mark.parametrize("code", ["link_target_missing", "link_leaves_package", "renamed"])
def test_a_remark_that_costs_nothing_leaves_a_package_complete(code: str) -> None:
    report = Report()
    report.warn(code, "said")
    assert report.receipt().complete


@pytest.mark.parametrize("code", ["question_type_unknown", "document_not_written", "a code that nobody knows"])
def test_a_loss_makes_a_package_incomplete(code: str) -> None:
    report = Report()
    report.warn(code, "said")
    assert not report.receipt().complete


def test_an_object_that_was_packed_and_then_lost_counts_as_failed() -> None:
    report = Report()
    report.expect(Kind.FILES)
    report.pack(Kind.FILES)
    report.lose(Kind.FILES, 5, "a.pdf", "damaged_file", "The bytes are damaged.", place="web_resources/a.pdf")
    receipt = report.receipt()
    assert (receipt.expected, receipt.packed, receipt.failed) == ({"files": 1}, {}, {"files": 1})
    assert not receipt.complete


def test_objects_that_are_known_by_id_alone_get_their_titles() -> None:
    report = Report()
    report.warn("link_target_missing", "said", kind=Kind.PAGES, item_id=1)
    report.warn("link_target_missing", "said", kind=Kind.PAGES, item_id=2, title="Own")
    assert report.untitled() == {("pages", 1)}
    report.entitle({("pages", 1): "First", ("pages", 2): "Other"})
    assert [warning.title for warning in report.warnings] == ["First", "Own"]


def told_codes(path: Path) -> set[str]:
    """The codes that a module tells reports of: text constants among the arguments of `warn`, `NothingToPack`, ..."""
    calls = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
    telling = [call for call in calls if _tells(call.func)]
    values = [arg.value for call in telling for arg in call.args if isinstance(arg, ast.Constant)]
    return {value for value in values if isinstance(value, str) and value.isidentifier()}


def _tells(function: ast.expr) -> bool:
    if isinstance(function, ast.Name):
        return function.id == "NothingToPack"
    return isinstance(function, ast.Attribute) and function.attr in TELLING and _report(function)


def _report(function: ast.Attribute) -> bool:
    owner = function.value
    name = owner.attr if isinstance(owner, ast.Attribute) else owner.id if isinstance(owner, ast.Name) else ""
    return name.lstrip("_") in ("report", "packing")


def test_every_code_that_a_writer_tells_has_its_own_advice() -> None:
    modules = [
        path
        for path in (ROOT / "shared" / "formats").rglob("*.py")
        if "packing" in path.read_text() or "report" in path.read_text()
    ]
    codes = set().union(*(told_codes(path) for path in modules))
    assert {"file_missing", "renamed", "link_target_missing"} <= codes, "the search finds what is known to be there"
    assert codes - ADVICE.keys() == set()


def test_advice_is_a_sentence_and_there_is_always_some() -> None:
    for code in [*ADVICE, "new"]:
        said = advice(code).what_to_do
        assert said[0].isupper()
        assert said.endswith(".")
