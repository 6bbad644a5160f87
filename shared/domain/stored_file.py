"""A reference to file bytes in the object store."""

from __future__ import annotations

import re
from dataclasses import dataclass

SHA256 = "[0-9a-f]{64}"  # the form of one, as a regular expression
NO_SHA256 = "It is not a SHA-256 in 64 lower-case hexadecimal digits."

_SHA256 = re.compile(SHA256)


def is_sha256(text: str) -> bool:
    """Whether a text has the form of a SHA-256 that names bytes of a file."""
    return _SHA256.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class StoredFile:
    """File bytes in the object store, by their SHA-256, with the measures that were taken when they were stored."""

    sha256: str  # lower-case hex; the store's key is derived from it
    size: int  # bytes
    crc32: int
    compressible: bool  # whether deflate made the first bytes clearly smaller
