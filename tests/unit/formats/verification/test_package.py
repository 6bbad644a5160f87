"""A finished package is held against what was written, and every kind of damage has its name."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from deploy.stack.checkout import ROOT
from shared.domain.errors import Fenced
from shared.domain.packages.package_options import Target
from shared.domain.verification import SHOWN, Finding, Verification
from shared.formats.archive.package import archive
from shared.formats.archive.permissions import RequesterRights
from shared.formats.entry import Entry
from shared.formats.times import parse
from shared.formats.verification.package import WrittenPackage, verify
from shared.formats.verification.ranges import RangeFile
from tests.support import roundtrip
from tests.support.archives import MB, Shelf
from tests.support.finished_package import FinishedPackage, finished

SAMPLE = ROOT / "deploy" / "sample"
PAGE = "wiki_content/a.html"
MANIFEST = f"""<manifest identifier="m" xmlns="http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1"><organizations>
<organization identifier="o"><item identifier="root"><item identifier="i" identifierref="r"/></item></organization>
</organizations><resources><resource identifier="r" type="webcontent" href="{PAGE}"><file href="{PAGE}"/></resource></resources></manifest>
"""


@pytest.fixture(scope="module")
def sample() -> roundtrip.Loaded:
    return roundtrip.load(SAMPLE)


def a_package(*entries: Entry, manifest: str = MANIFEST, shelf: Shelf | None = None) -> FinishedPackage:
    """A page of HTML, what else is given, and a manifest."""
    packing = roundtrip.packing(roundtrip.load(SAMPLE))
    members = [Entry(PAGE, b"<html>" + b"words and " * 200), *entries, Entry("imsmanifest.xml", manifest.encode())]
    return finished(packing, members, (shelf or Shelf()).open)


@pytest.mark.parametrize(
    ("export_type", "version", "form"),
    [
        ("common_cartridge", "1.1", {}),
        ("common_cartridge", "1.3", {}),
        ("qti", "1.2", {}),
        ("qti", "1.2", {"include_banks": True}),
        ("qti", "1.2", {"target": Target.GENERIC, "include_banks": True}),
        ("qti", "2.1", {"include_banks": True}),
    ],
)
def test_a_package_that_was_written_well_passes(
    sample: roundtrip.Loaded, export_type: str, version: str, form: dict[str, Any]
) -> None:
    packing = roundtrip.packing(sample, version, None, export_type, **form)
    made = finished(packing, roundtrip.members(packing), lambda file: iter([sample.blobs[file.sha256]]))
    outcome, dangling = made.verify()
    assert outcome.findings == []
    assert outcome.passed
    assert dangling == []
    read = [entry for entry in made.written_package.entries if not entry.from_store and not entry.path.endswith("/")]
    assert outcome.members_read == len(read) > 0


def test_a_plain_zip_has_no_manifest_and_needs_none(sample: roundtrip.Loaded) -> None:
    packing = roundtrip.packing(sample, export_type="zip")
    now = parse("2026-11-23T12:00:00Z")
    assert now is not None
    entries = archive(packing, RequesterRights(now, manages_files=True)).entries
    made = finished(packing, entries, lambda file: iter([sample.blobs[file.sha256]]), has_manifest=False)
    assert made.codes() == []
    assert {entry.kind for entry in made.written_package.entries} == {"files", "folders"}


def cut(made: FinishedPackage) -> None:
    made.data = made.data[:-10]


def padded(made: FinishedPackage) -> None:
    made.data += b"\0"


def wrong_byte_in_a_page(made: FinishedPackage) -> None:
    change(made, made.data.index(PAGE.encode()) + len(PAGE) + 9)


def other_name_before_the_bytes(made: FinishedPackage) -> None:
    change(made, made.data.index(PAGE.encode()))


def no_header(made: FinishedPackage) -> None:
    change(made, made.data.index(PAGE.encode()) - 30)


def other_checksum_in_the_directory(made: FinishedPackage) -> None:
    change(made, made.data.index(b"PK\1\2") + 16)


def other_offset_in_the_directory(made: FinishedPackage) -> None:
    change(made, made.data.index(b"PK\1\2") + 42)


def no_directory(made: FinishedPackage) -> None:
    change(made, made.data.rindex(b"PK\5\6"))


def directory_elsewhere(made: FinishedPackage) -> None:
    place = made.data.rindex(b"PK\5\6") + 12
    made.data = made.data[:place] + struct.pack("<LL", 2**31, 2**31) + made.data[place + 8 :]


def change(made: FinishedPackage, place: int) -> None:
    made.data = made.data[:place] + bytes([made.data[place] ^ 0x41]) + made.data[place + 1 :]


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (cut, "size_differs"),
        (padded, "size_differs"),
        (wrong_byte_in_a_page, "member_damaged"),
        (other_name_before_the_bytes, "member_damaged"),
        (no_header, "member_damaged"),
        (other_checksum_in_the_directory, "member_differs"),
        (other_offset_in_the_directory, "member_differs"),
        (no_directory, "directory_unreadable"),
        (directory_elsewhere, "directory_unreadable"),
    ],
)
def test_damage_in_the_store_is_found_and_named(damage: Callable[[FinishedPackage], None], code: str) -> None:
    made = a_package()
    assert made.codes() == []
    damage(made)
    outcome = made.verify().verification
    assert not outcome.passed
    assert code in {finding.code for finding in outcome.findings}
    if code.startswith("member"):
        assert PAGE in {finding.place for finding in outcome.findings}
        assert PAGE in outcome.sentence


LARGE = "wiki_content/large.html"


def a_large_page(end: bytes = b"") -> FinishedPackage:
    """A package with a page of more than is held whole; what it says at its end, and a fault of one byte there."""
    body = b"<p>words and more words</p>\n" * 30_000 + end
    manifest = MANIFEST.replace(
        "</resources>", f'<resource identifier="l" type="webcontent"><file href="{LARGE}"/></resource></resources>'
    )
    return a_package(Entry(LARGE, body), manifest=manifest)


def test_a_large_member_is_read_piece_by_piece_to_its_end() -> None:
    made = a_large_page(b'<a href="$WIKI_REFERENCE$/pages/gone">')
    outcome, dangling = made.verify()
    assert outcome.passed
    assert [(one.path, one.written) for one in dangling] == [(LARGE, "$WIKI_REFERENCE$/pages/gone")]


@pytest.mark.parametrize("before_the_end", [1, 20, 200])
def test_damage_of_a_large_member_is_found_and_named(before_the_end: int) -> None:
    made = a_large_page()
    change(made, made.data.index(b"imsmanifest.xml") - 30 - before_the_end)
    assert [(f.code, f.place) for f in made.verify().verification.findings] == [("member_damaged", LARGE)]


def test_a_damaged_manifest_is_damaged_and_not_just_no_xml() -> None:
    made = a_package()
    change(made, made.data.index(b"imsmanifest.xml") + len("imsmanifest.xml") + 12)
    assert ("member_damaged", "imsmanifest.xml") in {(f.code, f.place) for f in made.verify().verification.findings}


def test_a_package_that_is_gone_has_no_size() -> None:
    made = a_package()
    made.data = b""
    assert made.codes() == ["size_differs"]


def test_a_member_that_nobody_wrote_and_one_that_is_not_there_are_reported() -> None:
    made = a_package()
    entries = [
        replace(entry, path="other.html") if entry.path == PAGE else entry for entry in made.written_package.entries
    ]
    made.written_package = WrittenPackage(
        made.written_package.size, entries, made.written_package.receipt, has_manifest=True
    )
    assert made.codes() == ["member_missing"]
    made.written_package = WrittenPackage(
        made.written_package.size, entries[1:], made.written_package.receipt, has_manifest=True
    )
    assert made.codes() == ["member_unknown"]


def test_a_member_that_is_there_twice_is_reported() -> None:
    other = PAGE.replace("a.html", "b.html")
    manifest = MANIFEST.replace(
        "</resources>", f'<resource identifier="b" type="webcontent"><file href="{other}"/></resource></resources>'
    )
    made = a_package(Entry(other, b"b"), manifest=manifest)
    assert made.codes() == []
    made.data = made.data.replace(b"b.html", b"a.html")
    assert {"member_missing", "member_repeated"} <= set(made.codes())


def test_bytes_of_stored_files_are_not_read_again() -> None:
    shelf = Shelf()
    film = shelf.add(bytes(range(256)) * (12 * MB // 256))
    manifest = MANIFEST.replace(
        "</resources>",
        '<resource identifier="f" type="webcontent"><file href="web_resources/f"/></resource></resources>',
    )
    made = a_package(Entry("web_resources/f", film), manifest=manifest, shelf=shelf)
    asked: list[tuple[int, int]] = []

    def read_range(start: int, stop: int) -> bytes:
        asked.append((start, stop))
        return made.data[start:stop]

    assert verify(RangeFile(read_range, len(made.data), 64 * 1024), made.written_package).verification.passed
    assert 0 < sum(stop - start for start, stop in asked) < MB
    (entry,) = [entry for entry in made.written_package.entries if entry.from_store]
    assert (entry.size, entry.crc32, entry.sha256) == (film.size, film.crc32, film.sha256)


def test_members_that_follow_each_other_cost_one_read(sample: roundtrip.Loaded) -> None:
    packing = roundtrip.packing(sample)
    made = finished(packing, roundtrip.members(packing), lambda file: iter([sample.blobs[file.sha256]]))
    asked = []

    def read_range(start: int, stop: int) -> bytes:
        asked.append(start)
        return made.data[start:stop]

    assert verify(RangeFile(read_range, len(made.data)), made.written_package).verification.passed
    assert asked == [0], "the whole is smaller than a window"


def test_a_member_that_could_not_be_read_is_in_no_manifest_and_in_the_report(sample: roundtrip.Loaded) -> None:
    packing = roundtrip.packing(sample)
    lost = next(iter(sample.blobs))
    shelf = Shelf()
    for digest, data in sample.blobs.items():
        if digest != lost:
            shelf.bytes[digest] = data
    made = finished(packing, roundtrip.members(packing), shelf.open)
    assert made.codes() == []
    receipt = made.written_package.receipt
    assert receipt.failed == {"files": 1}
    assert receipt.expected["files"] == receipt.packed["files"] + 1
    assert not receipt.complete
    assert [warning.code for warning in receipt.warnings if warning.kind == "files"] == ["object_missing"]


def test_a_package_without_a_manifest_is_not_one_of_content() -> None:
    made = finished(roundtrip.packing(roundtrip.load(SAMPLE)), [Entry("a.txt", b"a")])
    assert made.codes() == ["manifest_missing"]


def test_a_verification_stops_when_the_export_is_not_ours_any_more() -> None:
    made = a_package()

    def stop() -> None:
        raise Fenced

    with pytest.raises(Fenced):
        verify(RangeFile(lambda start, stop: made.data[start:stop], len(made.data)), made.written_package, stop)


def test_a_long_list_of_findings_is_cut_and_counted() -> None:
    found = Verification.of(Finding(code="c", message="x" * 100_000, place="y" * 100_000) for _ in range(SHOWN + 7))
    assert (len(found.findings), found.more, found.passed) == (SHOWN, 7, False)
    assert len(found.sentence) < 2000
    assert found.sentence.endswith(f"And {SHOWN + 7 - 3} more.")
