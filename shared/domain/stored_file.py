"""Bytes in the object store, as content refers to them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StoredFile:
    """Bytes that lie in the object store, by their content address, with what was recorded when they were stored."""

    sha256: str  # lower-case hex; the store's key is derived from it
    size: int  # bytes
    crc32: int
    compressible: bool  # whether deflate made a probe of it clearly smaller
