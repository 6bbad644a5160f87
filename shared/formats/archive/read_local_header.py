"""Reads the header before a member's bytes. Source: PKWARE APPNOTE.TXT 6.3, 4.3.7."""

from __future__ import annotations

import struct
from typing import NamedTuple

from shared.domain.errors import UnreadablePackage

SIZE = 30  # bytes, before name and extra field
_FIELDS = struct.Struct("<4s2xHH4x12xHH")


class LocalHeader(NamedTuple):
    """The fields that say where the bytes are and whose they are."""

    flags: int
    method: int
    name_length: int
    extra_length: int

    @property
    def length(self) -> int:
        """Bytes from the start of the header to the member's first byte."""
        return SIZE + self.name_length + self.extra_length


def read_local_header(data: bytes | memoryview, path: str) -> LocalHeader:
    """The fixed part of a header. Raises UnreadablePackage without one; `path` is its member."""
    if len(data) < SIZE:
        raise UnreadablePackage(f"The package ends before the member {path}.", item=path)
    mark, *fields = _FIELDS.unpack_from(data)
    if mark != b"PK\3\4":
        raise UnreadablePackage(f"There is no member where {path} should begin.", item=path)
    return LocalHeader(*fields)
