"""What every object of a package has in common: it is expected, it ends in one way, and its entries know it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from shared.domain.content.pages import Page
from shared.domain.errors import DamagedFile, InvalidContent, ObjectMissing, StoreUnavailable
from shared.domain.kinds import Kind
from shared.domain.packages.package_entry import PackedItem
from shared.formats.entry import Entry
from shared.formats.packing import NothingToPack, Packing
from tests.support.formats import a_packing

PAGES = [Page(id=number, title=f"Page {number}") for number in (1, 2, 3)]
SECOND = PackedItem(Kind.PAGES, 2, "Page 2")


def packing_of(select: dict[str, list[int]] | None = None) -> Packing:
    return a_packing({Kind.PAGES: PAGES}, select=select)


def write(page: Page) -> Iterator[Entry]:
    yield Entry(f"{page.id}.html", b"")
    yield Entry(f"{page.id}.txt", b"")


def failing_at_two(error: Exception) -> object:
    """A writer that gives one entry of the second page, and then fails."""

    def write_or_fail(page: Page) -> Iterator[Entry]:
        yield Entry(f"{page.id}.html", b"")
        if page.id == 2:
            raise error

    return write_or_fail


def test_each_selected_object_is_expected_and_packed_and_its_entries_know_it() -> None:
    packing = packing_of({"pages": [2]})
    entries = list(packing.each(Kind.PAGES, write))
    assert [(entry.path, entry.item) for entry in entries] == [("2.html", SECOND), ("2.txt", SECOND)]
    assert (packing.report.expected, packing.report.packed) == ({Kind.PAGES: 1}, {Kind.PAGES: 1})


@pytest.mark.parametrize(
    ("error", "ends", "code"),
    [
        (KeyError("odd"), "failed", "not_packed"),
        (InvalidContent("odd"), "skipped", "invalid_content"),
        (ObjectMissing("never stored"), "failed", "object_missing"),
        (NothingToPack("file_missing", "never stored"), "skipped", "file_missing"),
    ],
)
def test_an_object_at_fault_costs_all_of_its_entries_and_no_other_object(
    error: Exception, ends: str, code: str
) -> None:
    packing = packing_of()
    entries = packing.each(Kind.PAGES, failing_at_two(error))  # type: ignore[arg-type]
    assert [entry.path for entry in entries] == ["1.html", "3.html"]
    report = packing.report
    assert (report.expected[Kind.PAGES], report.packed[Kind.PAGES]) == (3, 2)
    assert getattr(report, ends) == {Kind.PAGES: 1}
    assert [(w.code, w.item_id, w.title) for w in report.warnings] == [(code, 2, "Page 2")]


def test_what_is_wrong_with_the_system_ends_the_package() -> None:
    entries = packing_of().each(Kind.PAGES, failing_at_two(StoreUnavailable()))  # type: ignore[arg-type]
    with pytest.raises(StoreUnavailable):
        list(entries)


def test_a_further_entry_that_cannot_be_made_takes_back_that_its_object_was_packed() -> None:
    packing = packing_of()
    assert packing.packed(Kind.PAGES, PAGES[1], lambda page: page.title) == "Page 2"
    assert list(packing.entries_beside(Kind.PAGES, PAGES[1], failing_at_two(KeyError("odd")))) == []  # type: ignore[arg-type]
    assert (packing.report.packed[Kind.PAGES], packing.report.failed[Kind.PAGES]) == (0, 1)


def test_an_object_that_loses_two_entries_fails_once() -> None:
    packing = packing_of()
    for entry in list(packing.entries_of(Kind.PAGES, PAGES[1], write)):
        packing.lose_entry(entry, DamagedFile("damaged"))
    assert (packing.report.packed[Kind.PAGES], packing.report.failed[Kind.PAGES]) == (0, 1)
    assert [(w.code, w.place) for w in packing.report.warnings] == [
        ("damaged_file", "2.html"),
        ("damaged_file", "2.txt"),
    ]
    assert packing.lost_members == {"2.html", "2.txt"}
