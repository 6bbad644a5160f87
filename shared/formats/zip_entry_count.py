"""Counts the entries of a zip in its directory, before a reader creates an object for each.

The number in the end record may be wrong, and objects for a few million entries would exhaust memory.
Source: APPNOTE.TXT 4.3.12 (central directory), 4.3.14 to 4.3.16 (end records, ZIP64 among them).
"""

from __future__ import annotations

import struct
from typing import BinaryIO

_END = b"PK\5\6"
_END_SIZE = 22
_LOCATOR = b"PK\6\7"
_LOCATOR_SIZE = 20
_END64_SIZE = 56
_HEADER = b"PK\1\2"
_HEADER_SIZE = 46
_LONGEST_COMMENT = 0xFFFF


def count_entries(stream: BinaryIO, limit: int) -> int:
    """The entries of the directory at the end of a zip, counted up to one more than `limit`.

    0 for a file without a directory: opening it as a zip reports the fault.
    """
    start, size = _directory(stream)
    stream.seek(start)
    count = walked = 0
    while walked < size and count <= limit:
        header = stream.read(_HEADER_SIZE)
        if len(header) < _HEADER_SIZE or not header.startswith(_HEADER):
            break
        # Lengths of name, extra field and comment.
        more = sum(struct.unpack_from("<3H", header, 28))
        stream.seek(more, 1)
        walked += _HEADER_SIZE + more
        count += 1
    return count


def _directory(stream: BinaryIO) -> tuple[int, int]:
    """Where the directory starts and how many bytes it has; it ends where the end records begin."""
    length = stream.seek(0, 2)
    first = max(0, length - _END_SIZE - _LONGEST_COMMENT - _LOCATOR_SIZE - _END64_SIZE)
    stream.seek(first)
    tail = stream.read()
    end = tail.rfind(_END, 0, max(0, len(tail) - _END_SIZE + len(_END)))
    if end < 0:
        return 0, 0
    (size,) = struct.unpack_from("<L", tail, end + 12)
    records = 0
    if tail[max(0, end - _LOCATOR_SIZE) : end].startswith(_LOCATOR) and end >= _LOCATOR_SIZE + _END64_SIZE:
        records = _LOCATOR_SIZE + _END64_SIZE
        (size,) = struct.unpack_from("<Q", tail, end - records + 40)
    # Zips may have other bytes in front (self-extracting ones), so the place follows from the end, not from the offset
    # stated.
    return max(0, first + end - records - size), size
