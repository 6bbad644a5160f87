"""`Entry`: a member of a package before it is in a zip."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from shared.domain.packages.package_entry import PackedItem
from shared.domain.stored_file import StoredFile

__all__ = ["Entry", "GeneratedEntry", "Origin", "StoredFile"]


class Origin(NamedTuple):
    """Where a member comes from: the part of its entry that is needed while its bytes are compressed and written."""

    item: PackedItem | None
    sha256: str | None  # hex, of the bytes before compression; None for a directory
    from_store: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """One member of a package: a '/'-separated relative path, its bytes or where they lie, the object it belongs to.

    A path that ends in '/' is a directory entry and has an empty body. What belongs to the package as a whole, such
    as its manifest, has no object.
    """

    path: str
    body: bytes | StoredFile
    item: PackedItem | None = None

    @property
    def origin(self) -> Origin:
        """Computed at each access: the SHA-256 of bytes is not kept."""
        if isinstance(self.body, StoredFile):
            return Origin(self.item, self.body.sha256, from_store=True)
        digest = None if self.path.endswith("/") else hashlib.sha256(self.body).hexdigest()
        return Origin(self.item, digest, from_store=False)


@dataclass(frozen=True, slots=True)
class GeneratedEntry:
    """A member whose bytes are generated while they are written, since they may be too many for memory.

    `chunks` gives the same bytes at each call; they are at most 4 GiB, and text.
    """

    path: str
    chunks: Callable[[], Iterator[bytes]]
