"""A reference to file bytes in the object store."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StoredFile:
    """File bytes in the object store, by their SHA-256, with the measures that were taken when they were stored."""

    sha256: str  # lower-case hex; the store's key is derived from it
    size: int  # bytes
    crc32: int
    compressible: bool  # whether deflate made the first bytes clearly smaller
