from __future__ import annotations

import hashlib
import io
import os
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.domain.errors import DuplicatePath, UnsafePath
from shared.formats.archive.zip_records import Member
from shared.formats.archive.zip_writer import ZipOptions
from shared.formats.entry import Entry, GeneratedEntry, Origin
from tests.support.archives import MB, Shelf, needs_7z, needs_unzip, packed, run, written

TEXT = b"<p>The quick brown fox jumps over the lazy dog.</p>\n" * 400
NAMES = [
    "a.txt",
    "Übung 1/日本語.html",
    "emoji 🎓/👩🏽‍🏫.txt",
    "e\u0301 decomposed.txt",
    "עברית.txt",
    "q'\"&<>.txt",
    "x" * 200,
]


def every_sort(shelf: Shelf) -> list[Entry]:
    """Text and media, in memory and stored, small and streamed, empty, folders, names of many scripts."""
    return [
        Entry("imsmanifest.xml", TEXT),
        Entry("empty/", b""),
        Entry("empty.txt", b""),
        Entry("empty-file.bin", shelf.add(b"")),
        Entry("tiny", b"x"),
        Entry("small.jpg", shelf.add(os.urandom(100_000))),
        Entry("small.html", shelf.add(TEXT * 10, compressible=True)),
        Entry("large.mp4", shelf.add(os.urandom(9 * MB + 5))),
        Entry("large.csv", shelf.add(TEXT * 1000, compressible=True)),
        *(Entry(f"names/{name}", name.encode()) for name in NAMES),
    ]


def test_every_member_is_read_back_as_it_was() -> None:
    shelf = Shelf()
    entries = every_sort(shelf)
    with packed(entries, shelf) as package:
        assert package.testzip() is None
        assert package.namelist() == [entry.path for entry in entries]
        for entry in entries:
            expected = entry.body if isinstance(entry.body, bytes) else shelf.bytes[entry.body.sha256]
            assert package.read(entry.path) == expected, entry.path


@needs_unzip
def test_info_zip_finds_no_fault(tmp_path: Path) -> None:
    shelf = Shelf()
    (tmp_path / "p.zip").write_bytes(written(every_sort(shelf), shelf)[0])
    assert "No errors detected" in run("unzip", "-tq", tmp_path / "p.zip")


@needs_7z
def test_7_zip_finds_no_fault_and_no_warning(tmp_path: Path) -> None:
    shelf = Shelf()
    (tmp_path / "p.zip").write_bytes(written(every_sort(shelf), shelf)[0])
    output = run("7z", "t", tmp_path / "p.zip")
    assert "Everything is Ok" in output
    assert "arning" not in output


def test_a_package_without_entries_is_a_valid_empty_zip() -> None:
    data, result = written([])
    assert (result.entries, result.size) == (0, 22)
    with packed([]) as package:
        assert package.namelist() == []
    assert data == b"PK\5\6" + bytes(18)


def test_the_same_entries_give_the_same_bytes_whatever_the_threads() -> None:
    shelf = Shelf()
    entries = every_sort(shelf)
    packages = [written(entries, shelf, options=ZipOptions(threads=threads))[0] for threads in (1, 2, 4)]
    assert packages[0] == packages[1] == packages[2]


def test_what_does_not_shrink_is_stored_and_what_shrinks_is_deflated() -> None:
    shelf = Shelf()
    with packed(every_sort(shelf), shelf) as package:
        methods = {info.filename: info.compress_type for info in package.infolist()}
        assert all(info.compress_size <= info.file_size for info in package.infolist())
    stored = {"empty/", "empty.txt", "empty-file.bin", "tiny", "small.jpg", "large.mp4"}
    assert {name for name in methods if not name.startswith("names/") and methods[name] == zipfile.ZIP_STORED} == stored


def test_a_file_whose_probe_promised_too_much_is_stored_all_the_same() -> None:
    shelf = Shelf()
    with packed([Entry("a.bin", shelf.add(os.urandom(MB), compressible=True))], shelf) as package:
        assert package.getinfo("a.bin").compress_type == zipfile.ZIP_STORED


def test_a_large_file_whose_probe_promised_too_much_grows_by_less_than_a_thousandth() -> None:
    shelf = Shelf()
    with packed([Entry("a.bin", shelf.add(os.urandom(17 * MB), compressible=True))], shelf) as package:
        assert package.testzip() is None
        info = package.getinfo("a.bin")
        assert info.compress_size < info.file_size * 1.001


def test_sizes_follow_the_data_only_where_they_cannot_be_known_before() -> None:
    shelf = Shelf()
    with packed(every_sort(shelf), shelf) as package:
        assert [info.filename for info in package.infolist() if info.flag_bits & 0x08] == ["large.csv"]


def test_a_name_is_marked_as_utf_8_only_when_it_is_not_ascii() -> None:
    with packed([Entry("a.txt", b""), Entry("ü.txt", b"")]) as package:
        assert [bool(info.flag_bits & 0x800) for info in package.infolist()] == [False, True]


def test_times_and_rights_are_fixed() -> None:
    with packed([Entry("a/", b""), Entry("a/b", b"x")]) as package:
        folder, file = package.infolist()
    assert folder.date_time == file.date_time == (1980, 1, 1, 0, 0, 0)
    assert (folder.external_attr >> 16, file.external_attr >> 16) == (0o040755, 0o100644)
    assert folder.is_dir()
    assert folder.external_attr & 0x10  # DOS knows it as a folder too


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ((2026, 11, 23, 15, 6, 41), (2026, 11, 23, 15, 6, 40)),  # DOS counts in two seconds
        ((1970, 1, 1, 0, 0, 0), (1980, 1, 1, 0, 0, 0)),
        ((2107, 12, 31, 23, 59, 59), (2107, 12, 31, 23, 59, 58)),
        ((2200, 1, 1, 0, 0, 0), (2107, 12, 31, 23, 59, 58)),
    ],
)
def test_another_time_may_be_asked_for(asked: tuple[int, ...], kept: tuple[int, ...]) -> None:
    data, _ = written([Entry("a", b"x")], options=ZipOptions(moment=asked))  # type: ignore[arg-type]
    (date, time) = struct.unpack_from("<HH", data, 10)[::-1]
    found = (1980 + (date >> 9), date >> 5 & 15, date & 31, time >> 11, time >> 5 & 63, (time & 31) * 2)
    assert found == kept


def test_the_writer_says_what_it_wrote() -> None:
    shelf, members = Shelf(), list[Member]()
    entries = every_sort(shelf)
    data, result = written(entries, shelf, options=ZipOptions(listed=lambda member, _origin: members.append(member)))
    assert (result.size, result.entries) == (len(data), len(entries))
    assert result.sha256 == hashlib.sha256(data).hexdigest()
    for member, entry in zip(members, entries, strict=True):
        body = entry.body if isinstance(entry.body, bytes) else shelf.bytes[entry.body.sha256]
        assert (member.path, member.size, member.crc32) == (entry.path, len(body), zlib.crc32(body))
        header = struct.unpack_from("<4s22xHH", data, member.offset)
        start = member.offset + 30 + header[1] + header[2]
        raw = data[start : start + member.compressed_size]
        assert header[0] == b"PK\3\4"
        assert (zlib.decompress(raw, -15) if member.method else raw) == body


@pytest.mark.parametrize("again", ["a/b.txt", "a/"])
def test_a_path_is_given_once(again: str) -> None:
    with pytest.raises(DuplicatePath, match=again):
        written([Entry("a/", b""), Entry("a/b.txt", b"1"), Entry(again, b"2")])


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/etc/passwd",
        "../a",
        "a/../b",
        "a/..",
        "./a",
        "a//b",
        "a\\..\\b",
        "\\a",
        "C:/a",
        "c:\\a",
        "a\0b",
        "\ud800",
    ],
)
def test_a_path_that_leads_out_of_the_package_is_refused(path: str) -> None:
    with pytest.raises(UnsafePath):
        written([Entry(path, b"")])


def test_more_members_than_sixteen_bits_count() -> None:
    with packed(Entry(f"d/{i}", b"") for i in range(65_540)) as package:
        assert len(package.infolist()) == 65_540
        assert package.read("d/65539") == b""


def test_a_member_that_is_generated_while_it_is_written_is_read_back_with_its_checksums() -> None:
    begun: list[str] = []
    parts = [f"<p>{number}</p>".encode() * 20_000 for number in range(12)]

    def chunks() -> Iterator[bytes]:
        begun.append("generated")
        yield from parts

    def entries() -> Iterator[Entry | GeneratedEntry]:
        yield Entry("a.txt", b"a" * 1000)
        yield GeneratedEntry("index.html", chunks)
        yield Entry("b.txt", b"b")

    listed: list[tuple[Member, Origin]] = []
    data, result = written(entries(), options=ZipOptions(listed=lambda *each: listed.append(each)))
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        assert package.namelist() == ["a.txt", "index.html", "b.txt"]
        assert package.testzip() is None
        assert package.read("index.html") == b"".join(parts)
    assert listed[1][1].sha256 == hashlib.sha256(b"".join(parts)).hexdigest()
    assert result.entries == 3
    assert begun == ["generated"]
    assert written(entries())[0] == data


@needs_unzip
@needs_7z
def test_other_tools_read_a_member_that_is_generated_while_it_is_written(tmp_path: Path) -> None:
    target = tmp_path / "p.zip"
    target.write_bytes(written([GeneratedEntry("index.html", lambda: iter([b"x" * 100_000, b"y"]))])[0])
    assert "No errors detected" in run("unzip", "-t", target)
    assert "Everything is Ok" in run("7z", "t", target)
