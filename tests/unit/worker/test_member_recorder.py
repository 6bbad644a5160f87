"""Every member of a package is noted with the object that it is for, also when the writer reads ahead."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from deploy.stack.checkout import ROOT
from shared.domain.content.pages import Page
from shared.domain.kinds import Kind
from shared.formats.entry import Entry
from shared.formats.packing import Packing
from tests.support import roundtrip
from tests.support.archives import Shelf
from tests.support.finished_package import finished
from tests.support.formats import a_packing


class NoLinks:
    def export(self, html: str, kind: Kind, object_id: int, place: str) -> str:
        return html

    def finish(self) -> None: ...


def packing_of(*pages: Page) -> Packing:
    packing = a_packing({Kind.PAGES: pages})
    packing.links = NoLinks()
    return packing


def entries(packing: Packing, *bodies: Entry) -> Iterator[Entry]:
    """A page for each entry, counted; then a document of the package itself."""
    for number, entry in enumerate(bodies, 1):
        page = Page(id=number, title=f"Page {number}")
        yield from packing.entries_of(Kind.PAGES, page, lambda _page, entry=entry: [entry])
    yield Entry("settings.xml", b"<settings/>")


def test_members_know_the_object_that_they_are_for() -> None:
    shelf, packing = Shelf(), packing_of()
    stored = shelf.add(b"a film")
    made = finished(packing, entries(packing, Entry("1.html", b"one" * 9), Entry("2.bin", stored)), shelf.open)
    first, second, settings = made.written_package.entries
    assert (first.kind, first.item_id, first.title, first.from_store) == ("pages", 1, "Page 1", False)
    assert (second.kind, second.item_id, second.title, second.from_store) == ("pages", 2, "Page 2", True)
    assert (settings.kind, settings.item_id, settings.title) == (None, None, None)
    assert first.sha256 == hashlib.sha256(b"one" * 9).hexdigest()
    assert second.sha256 == stored.sha256
    assert (first.offset, first.size) == (0, 27)
    assert second.offset > first.compressed_size


def test_a_member_that_cannot_be_read_costs_its_object_once() -> None:
    shelf, packing = Shelf(), packing_of()
    gone = shelf.add(b"gone")
    shelf.bytes.clear()
    made = finished(packing, entries(packing, Entry("1.bin", gone), Entry("2.html", b"two")), shelf.open)
    assert [entry.path for entry in made.written_package.entries] == ["2.html", "settings.xml"]
    assert packing.lost_members == {"1.bin"}
    receipt = made.written_package.receipt
    assert (receipt.packed, receipt.failed) == ({"pages": 1}, {"pages": 1})
    (warning,) = receipt.warnings
    assert (warning.kind, warning.item_id, warning.title, warning.place) == ("pages", 1, "Page 1", "1.bin")


def test_of_two_members_with_one_path_the_first_stays_with_its_object() -> None:
    packing = packing_of()
    made = finished(packing, entries(packing, Entry("1.html", b"one"), Entry("1.html", b"two")))
    assert [(entry.path, entry.item_id) for entry in made.written_package.entries] == [
        ("1.html", 1),
        ("settings.xml", None),
    ]
    assert packing.lost_members == set()
    assert made.written_package.receipt.failed == {"pages": 1}
    assert [warning.code for warning in made.written_package.receipt.warnings] == ["duplicate_path"]


def test_the_members_of_the_sample_course_are_all_known() -> None:
    loaded = roundtrip.load(ROOT / "deploy" / "sample")
    packing = roundtrip.packing(loaded)
    made = finished(packing, roundtrip.members(packing), lambda file: iter([loaded.blobs[file.sha256]]))
    unknown = {entry.path for entry in made.written_package.entries if entry.kind is None}
    assert all(path.startswith(("course_settings/", "imsmanifest.xml", "non_cc_assessments/")) for path in unknown)
    assert {entry.kind for entry in made.written_package.entries} >= {"pages", "files", "quizzes", "discussion_topics"}
