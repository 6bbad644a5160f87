"""Archives at the edges of the format, held against the zip tools of other houses.

The large one is mostly zeros in a sparse file: every byte of it is written, hashed, and read by each tool, and the disk
has to hold next to nothing.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from io import FileIO
from pathlib import Path

import pytest
from isal import isal_zlib

from shared.formats.archive.zip_writer import WrittenZip, write_zip
from shared.formats.entry import Entry, StoredFile
from tests.support.archives import Shelf, needs_7z, needs_unzip, run

MIB = 1 << 20
LARGE = 4100 * MIB  # more than 32 bits count
MEMBERS = 70_000  # more than 16 bits count
ZEROS = bytes(MIB)

pytestmark = [needs_unzip, needs_7z, pytest.mark.timeout(900)]


def zeros(size: int) -> StoredFile:
    crc32 = 0
    for _ in range(size // MIB):
        crc32 = isal_zlib.crc32(ZEROS, crc32)
    return StoredFile("0" * 64, size, crc32, compressible=False)


def write_sparse(path: Path, entries: list[Entry], shelf: Shelf) -> WrittenZip:
    """Write a package; blocks of nothing but zeros become holes."""

    def open_file(file: StoredFile) -> Iterator[bytes]:
        return (ZEROS for _ in range(file.size // MIB)) if file.sha256 == "0" * 64 else shelf.open(file)

    with FileIO(path, "wb") as out:

        def sink(piece: bytes | bytearray | memoryview) -> None:
            if piece == ZEROS:
                out.seek(len(piece), 1)
            else:
                out.write(piece)

        return write_zip(entries, open_file, sink)


def sound(path: Path) -> zipfile.ZipFile:
    """The archive as Python reads it, after every tool has tested every byte."""
    assert "No errors detected" in run("unzip", "-tq", path)
    assert "Everything is Ok" in run("7z", "t", path)
    archive = zipfile.ZipFile(path)
    assert archive.testzip() is None
    return archive


def test_an_archive_over_four_gigabytes_is_sound_to_every_tool(tmp_path: Path) -> None:
    shelf, path = Shelf(), tmp_path / "large.zip"
    tail = shelf.add(b"behind four gigabytes")
    entries = [Entry("before.txt", b"before"), Entry("film.mp4", zeros(LARGE)), Entry("behind.txt", tail)]
    reported = write_sparse(path, entries, shelf)
    assert path.stat().st_size == reported.size > 2**32
    with sound(path) as archive:
        assert archive.getinfo("film.mp4").file_size == LARGE
        assert archive.getinfo("behind.txt").header_offset > 2**32
        assert archive.read("behind.txt") == b"behind four gigabytes"


def test_an_archive_of_seventy_thousand_entries_is_sound_to_every_tool(tmp_path: Path) -> None:
    path = tmp_path / "many.zip"
    entries = [Entry(f"folder {number // 1000}/{number}.txt", f"{number}".encode()) for number in range(MEMBERS)]
    reported = write_sparse(path, entries, Shelf())
    assert reported.entries == MEMBERS
    with sound(path) as archive:
        assert len(archive.namelist()) == MEMBERS
        assert archive.read("folder 69/69999.txt") == b"69999"
