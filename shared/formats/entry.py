"""What a package is made of, before it is a zip."""

from __future__ import annotations

from dataclasses import dataclass

from shared.domain.stored_file import StoredFile

__all__ = ["Entry", "StoredFile"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One member of a package: a '/'-separated relative path, and its bytes or where they lie.

    A path that ends in '/' is a directory entry and has an empty body.
    """

    path: str
    body: bytes | StoredFile
