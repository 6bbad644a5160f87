"""What a package is made of, before it is a zip."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StoredFile:
    """Bytes that lie in the object store, by their content address, with what was recorded when they were stored."""

    sha256: str  # lower-case hex; the store's key is derived from it
    size: int  # bytes
    crc32: int
    compressible: bool  # whether deflate made a probe of it clearly smaller


@dataclass(frozen=True, slots=True)
class Entry:
    """One member of a package: a '/'-separated relative path, and its bytes or where they lie.

    A path that ends in '/' is a directory entry and has an empty body.
    """

    path: str
    body: bytes | StoredFile
