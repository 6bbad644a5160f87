"""What was expected is accounted for, and what was packed is there."""

from __future__ import annotations

from shared.domain.kinds import Kind
from shared.domain.packages.package_entry import PackageEntry
from shared.domain.report import Report
from shared.formats.verification.counts import check_counts, check_members


def test_every_expected_object_was_packed_skipped_or_failed() -> None:
    report = Report()
    report.expect(Kind.PAGES, 4)
    report.pack(Kind.PAGES, 2)
    report.skip(Kind.PAGES, 3, "c", "file_missing", "no bytes")
    report.fail(Kind.PAGES, 4, "d", "not_packed", "an error")
    assert list(check_counts(report.receipt())) == []
    report.expect(Kind.PAGES)
    (found,) = check_counts(report.receipt())
    assert (found.code, found.place) == ("counts_differ", "pages")
    assert found.message == "Of 5 pages, 2 were packed, 1 skipped, 1 failed."


def test_a_page_that_counts_as_packed_has_a_member() -> None:
    report = Report()
    report.expect(Kind.PAGES, 2)
    report.pack(Kind.PAGES, 2)
    members = [PackageEntry(f"{place}.html", 1, 1, 0, 0, kind="pages", item_id=place) for place in range(2)]
    assert list(check_members(report.receipt(), members)) == []
    (found,) = check_members(report.receipt(), [members[0], members[0]])
    assert (found.code, found.place) == ("members_too_few", "pages")
