"""The records of a zip file as bytes, for a file that is written from front to back.

Source: PKWARE APPNOTE.TXT 6.3: 4.3.7 local file header, 4.3.9 data descriptor, 4.3.12 central directory,
4.3.14 to 4.3.16 its end, 4.4.4 flags, 4.5.3 ZIP64.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import cache

STORED, DEFLATED = 0, 8
# The earliest time of DOS. Fixed, so that the same course gives the same bytes.
ZIP_TIME = (1980, 1, 1, 0, 0, 0)
# In place of a value: the value is in the ZIP64 record (APPNOTE 4.4.1.4).
_FULL_16, _FULL_32 = 0xFFFF, 0xFFFFFFFF
_SIZES_FOLLOW, _UTF8 = 0x0008, 0x0800
# The version of the format that a reader must know.
_CLASSIC, _ZIP64 = 20, 45
_UNIX = 3 << 8
_FILE_RIGHTS = 0o100644 << 16
# With the directory flag of DOS, which Windows reads instead of the mode of Unix.
_FOLDER_RIGHTS = (0o040755 << 16) | 0x10

_LOCAL = struct.Struct("<4sHHHHHLLLHH")
_CENTRAL = struct.Struct("<4sHHHHHHLLLHHHHHLL")
_END = struct.Struct("<4sHHHHLLH")
_END_64 = struct.Struct("<4sQHHLLQQQQ")
_LOCATOR_64 = struct.Struct("<4sLQL")

# An upper bound of the records of a member (without its path, which is there twice) and of the end of the file.
MOST_RECORDS = _LOCAL.size + 20 + 24 + _CENTRAL.size + 28 + _END.size + _END_64.size + _LOCATOR_64.size

ZipTime = tuple[int, int, int, int, int, int]  # year, month, day, hour, minute, second


@dataclass(frozen=True, slots=True)
class Member:
    """A member as the central directory lists it. Sizes in bytes; the offset is that of its local header."""

    path: str
    method: int
    crc32: int
    size: int
    compressed_size: int
    offset: int
    sizes_follow: bool = False  # written before the compressed size was known: a data descriptor holds the sizes
    wide: bool = False  # local header and descriptor have 8-byte sizes


@cache
def dos_time(moment: ZipTime) -> tuple[int, int]:
    """(time, date) as DOS counts them: two-second steps, years 1980 to 2107; a moment outside is moved to the edge."""
    year, month, day, hour, minute, second = moment
    if year < 1980:
        year, month, day, hour, minute, second = ZIP_TIME
    elif year > 2107:
        year, month, day, hour, minute, second = (2107, 12, 31, 23, 59, 58)
    return hour << 11 | minute << 5 | second // 2, (year - 1980) << 9 | month << 5 | day


def most_deflated(size: int) -> int:
    """How large bytes can become by deflate.

    It may add a few bytes in 64 kB; 1 in 256 is far beyond that and still separates large from small files.
    """
    return size + size // 256 + 16


def needs_wide(size: int) -> bool:
    """Whether a size or offset does not fit the classic four bytes (their highest value means "see ZIP64")."""
    return size >= _FULL_32


def local_header(member: Member, moment: ZipTime) -> bytes:
    """The header before a member's bytes; without checksum and sizes when those follow the bytes."""
    name = member.path.encode()
    crc, size, compressed = member.crc32, member.size, member.compressed_size
    if member.sizes_follow:
        crc = size = compressed = 0
    extra = b""
    if member.wide:
        extra = struct.pack("<HHQQ", 1, 16, size, compressed)
        size = compressed = _FULL_32
    fields = (*dos_time(moment), crc, compressed, size, len(name), len(extra))
    version = _ZIP64 if member.wide else _CLASSIC
    return _LOCAL.pack(b"PK\3\4", version, _flags(member), member.method, *fields) + name + extra


def data_descriptor(member: Member) -> bytes:
    """Checksum and sizes behind the bytes of a member whose header was written before they were known."""
    form = "<4sLQQ" if member.wide else "<4sLLL"
    return struct.pack(form, b"PK\7\x08", member.crc32, member.compressed_size, member.size)


def central_header(member: Member, moment: ZipTime) -> bytes:
    """A member's line in the central directory; ZIP64 holds exactly those values that do not fit."""
    name = member.path.encode()
    size, compressed, offset = values = (member.size, member.compressed_size, member.offset)
    # The extra field has only those of the three values that do not fit (APPNOTE 4.5.3).
    large, extra = [value for value in values if needs_wide(value)], b""
    if large:
        size, compressed, offset = (min(value, _FULL_32) for value in values)
        extra = struct.pack(f"<HH{len(large)}Q", 1, 8 * len(large), *large)
    version = _ZIP64 if large or member.wide else _CLASSIC
    rights = _FOLDER_RIGHTS if member.path.endswith("/") else _FILE_RIGHTS
    head = (b"PK\1\2", _UNIX | version, version, _flags(member), member.method, *dos_time(moment))
    sizes = (member.crc32, compressed, size, len(name), len(extra))
    return _CENTRAL.pack(*head, *sizes, 0, 0, 0, rights, offset) + name + extra


def directory_end(entries: int, size: int, offset: int) -> bytes:
    """The end of the file: where the central directory of `size` bytes and `entries` lines begins."""
    end = _END.pack(b"PK\5\6", 0, 0, *[min(entries, _FULL_16)] * 2, min(size, _FULL_32), min(offset, _FULL_32), 0)
    if entries < _FULL_16 and not needs_wide(size) and not needs_wide(offset):
        return end
    # The record's length does not count its mark and the length itself.
    rest = _END_64.size - 12
    wide = _END_64.pack(b"PK\6\6", rest, _UNIX | _ZIP64, _ZIP64, 0, 0, entries, entries, size, offset)
    return wide + _LOCATOR_64.pack(b"PK\6\7", 0, offset + size, 1) + end


def _flags(member: Member) -> int:
    # Bit 11 states that a name is UTF-8; without it, readers take it for CP437 (APPNOTE, appendix D).
    return (0 if member.path.isascii() else _UTF8) | (_SIZES_FOLLOW if member.sizes_follow else 0)
