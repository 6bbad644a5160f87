"""ZIP64: exactly where a value does not fit. Files of many gigabytes are holes here, and cost nothing."""

from __future__ import annotations

import struct
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path

import pytest

from shared.formats.archive.zip_records import (
    STORED,
    ZIP_TIME,
    Member,
    central_header,
    data_descriptor,
    directory_end,
    local_header,
    needs_wide,
)
from tests.support.archives import needs_7z, needs_unzip, run

GB = 1024**3
LIMIT = 0xFFFFFFFF
SMALL = b"after the hole"


def sparse_package(path: Path, size: int) -> list[Member]:
    """A stored member of `size` zeros (their checksum is not computed: nobody reads them), then a small one."""
    large = Member("large.bin", STORED, 0, size, size, 0, wide=needs_wide(size))
    with path.open("wb") as file:
        file.write(local_header(large, ZIP_TIME))
        file.seek(size, 1)
        small = Member("small.txt", STORED, zlib.crc32(SMALL), len(SMALL), len(SMALL), file.tell())
        file.write(local_header(small, ZIP_TIME) + SMALL)
        start = file.tell()
        file.write(b"".join(central_header(member, ZIP_TIME) for member in (large, small)))
        file.write(directory_end(2, file.tell() - start, start))
    return [large, small]


@pytest.mark.parametrize("size", [LIMIT - 1, LIMIT, LIMIT + 1, 5 * GB, 40 * GB])
def test_a_member_after_a_huge_one_is_found_and_read(tmp_path: Path, size: int) -> None:
    members = sparse_package(tmp_path / "p.zip", size)
    with zipfile.ZipFile(tmp_path / "p.zip") as package:
        found = [(info.file_size, info.compress_size, info.header_offset) for info in package.infolist()]
        assert found == [(member.size, member.compressed_size, member.offset) for member in members]
        assert package.read("small.txt") == SMALL


@needs_unzip
def test_info_zip_reads_what_lies_beyond_four_gigabytes(tmp_path: Path) -> None:
    sparse_package(tmp_path / "p.zip", 5 * GB)
    assert "No errors detected" in run("unzip", "-t", tmp_path / "p.zip", "small.txt")


@needs_7z
def test_7_zip_reads_what_lies_beyond_four_gigabytes(tmp_path: Path) -> None:
    sparse_package(tmp_path / "p.zip", 5 * GB)
    output = run("7z", "t", tmp_path / "p.zip", "small.txt")
    assert "Everything is Ok" in output
    assert "arning" not in output


def member(size: int, compressed: int, offset: int, *, wide: bool = False) -> Member:
    return Member("a", STORED, 1, size, compressed, offset, wide=wide)


@pytest.mark.parametrize(
    ("values", "held"),
    [
        ((1, 2, 3), []),
        ((LIMIT - 1, LIMIT - 1, LIMIT - 1), []),
        ((LIMIT, 2, 3), [LIMIT]),
        ((1, LIMIT + 5, 3), [LIMIT + 5]),
        ((1, 2, LIMIT), [LIMIT]),
        ((5 * GB, 4 * GB, 6 * GB), [5 * GB, 4 * GB, 6 * GB]),
    ],
)
def test_the_directory_holds_wide_values_only_where_needed(values: tuple[int, int, int], held: list[int]) -> None:
    header = central_header(member(*values), ZIP_TIME)
    extra = header[46 + 1 :]
    assert extra == (struct.pack(f"<HH{len(held)}Q", 1, 8 * len(held), *held) if held else b"")
    assert struct.unpack_from("<H", header, 6)[0] == (45 if held else 20)
    classic = struct.unpack_from("<LL", header, 20)[::-1] + struct.unpack_from("<L", header, 42)
    assert classic == tuple(min(value, LIMIT) for value in values)


def test_a_wide_local_header_holds_both_sizes() -> None:
    header = local_header(member(5 * GB, 5 * GB, 0, wide=True), ZIP_TIME)
    assert struct.unpack_from("<LL", header, 18) == (LIMIT, LIMIT)
    assert struct.unpack("<HHQQ", header[31:]) == (1, 16, 5 * GB, 5 * GB)


def test_sizes_that_follow_are_as_wide_as_the_local_header_says() -> None:
    narrow = replace(member(10, 5, 0), sizes_follow=True)
    assert struct.unpack("<4sLLL", data_descriptor(narrow)) == (b"PK\7\x08", 1, 5, 10)
    wide = replace(member(5 * GB, 7, 0, wide=True), sizes_follow=True)
    assert struct.unpack("<4sLQQ", data_descriptor(wide)) == (b"PK\7\x08", 1, 7, 5 * GB)
    assert struct.unpack("<HHQQ", local_header(wide, ZIP_TIME)[31:]) == (1, 16, 0, 0)


@pytest.mark.parametrize(
    ("entries", "size", "offset", "wide"),
    [
        (0xFFFE, 10, 10, False),
        (0xFFFF, 10, 10, True),
        (1, LIMIT, 10, True),
        (1, 10, LIMIT, True),
        (1, 10, LIMIT - 1, False),
    ],
)
def test_the_end_is_wide_only_where_needed(entries: int, size: int, offset: int, wide: bool) -> None:
    end = directory_end(entries, size, offset)
    assert len(end) == (22 + 20 + 56 if wide else 22)
    if wide:
        assert struct.unpack_from("<QQQQ", end, 24) == (entries, entries, size, offset)
        assert struct.unpack_from("<4sLQL", end, 56) == (b"PK\6\7", 0, offset + size, 1)
