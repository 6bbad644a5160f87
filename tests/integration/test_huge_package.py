"""Members beyond four gigabytes, through the whole writer. Their bytes are zeros and become holes on the disk."""

from __future__ import annotations

import resource
import zipfile
from collections.abc import Iterator
from io import FileIO
from pathlib import Path

import pytest
from isal import isal_zlib

from shared.formats.archive.zip_writer import WrittenZip, write_zip
from shared.formats.entry import Entry, StoredFile
from tests.support.archives import MB, needs_7z, run

BLOCKS = 4096 + 10  # of a mebibyte
ZEROS = bytes(MB)


def checksum() -> int:
    crc = 0
    for _ in range(BLOCKS):
        crc = isal_zlib.crc32(ZEROS, crc)
    return crc


def zeros(file: StoredFile) -> Iterator[bytes]:
    return (ZEROS for _ in range(BLOCKS))


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, WrittenZip, int]:
    """A package of a stored, a streamed and a small member; its record; the growth of memory in kB."""
    path, crc = tmp_path_factory.mktemp("huge") / "p.zip", checksum()
    entries = [
        Entry("film.mp4", StoredFile("00" * 32, BLOCKS * MB, crc, compressible=False)),
        Entry("table.csv", StoredFile("11" * 32, BLOCKS * MB, crc, compressible=True)),
        Entry("last.txt", b"the end"),
    ]
    with FileIO(path, "wb") as file:

        def sink(data: bytes | bytearray | memoryview) -> None:
            if data is ZEROS:
                file.seek(len(data), 1)
            else:
                file.write(data)

        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        written = write_zip(entries, zeros, sink)
        return path, written, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before


def test_everything_is_found_again(package: tuple[Path, WrittenZip, int]) -> None:
    path, written, _ = package
    assert path.stat().st_size == written.size
    with zipfile.ZipFile(path) as archive:
        film, table, last = archive.infolist()
        assert archive.read("last.txt") == b"the end"
    assert film.file_size == film.compress_size == table.file_size == BLOCKS * MB
    assert table.compress_size < BLOCKS * MB // 200
    assert film.CRC == table.CRC
    assert table.header_offset > BLOCKS * MB
    assert last.extract_version == 45  # it begins beyond what four bytes count
    assert (film.flag_bits & 8, table.flag_bits & 8) == (0, 8)


def test_memory_does_not_grow_with_a_member(package: tuple[Path, WrittenZip, int]) -> None:
    assert package[2] < 100 * 1024


@needs_7z
def test_7_zip_inflates_a_member_of_more_than_four_gigabytes(package: tuple[Path, WrittenZip, int]) -> None:
    reported = run("7z", "t", package[0], "table.csv", "last.txt")
    assert "Everything is Ok" in reported
    assert "arning" not in reported
