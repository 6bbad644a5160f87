"""What a report counts, and when it says that a package is complete."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from shared.domain.kinds import Kind
from shared.domain.report import Report


def test_a_report_without_remarks_is_complete() -> None:
    report = Report()
    report.expect(Kind.PAGES)
    report.pack(Kind.PAGES)
    report.exclude(Kind.FILES, 0)
    receipt = report.receipt()
    assert receipt.complete
    assert (receipt.expected, receipt.packed) == ({"pages": 1}, {"pages": 1})
    assert (receipt.skipped, receipt.failed, receipt.excluded) == ({}, {}, {})


def test_what_the_requester_may_not_see_is_counted_and_the_package_is_complete() -> None:
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


@pytest.mark.parametrize("remark", [Report.skip, Report.fail])
def test_an_object_that_is_left_out_makes_a_package_incomplete_whatever_the_reason(remark: Callable[..., None]) -> None:
    report = Report()
    remark(report, Kind.FILES, 5, "a.pdf", "renamed", "A reason that costs nothing by itself.")
    assert not report.receipt().complete
