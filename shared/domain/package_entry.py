"""A member of a finished package, as the writer said it wrote it, and what of the course it holds."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

import msgspec

from shared.domain.kinds import Kind


class Item(NamedTuple):
    """An object of the course that a member is written for."""

    kind: Kind
    id: int
    title: str


class PackageEntry(msgspec.Struct, frozen=True, gc=False):
    """One member. Sizes in bytes; the offset is that of its local header in the package.

    Kind, id and title are those of the object that it is written for; None for what belongs to the package as a whole.
    """

    path: str
    size: int
    compressed_size: int
    crc32: int
    offset: int
    sha256: str | None = None  # hex, of the bytes before compression
    kind: str | None = None
    item_id: int | None = None
    title: str | None = None
    from_store: bool = False  # its bytes are a stored file's, verified while they were copied
    part: int = 1  # which of an export's packages it is in


class Listing(Collection[PackageEntry]):
    """Members in their order, packed away: a package has tens of thousands, and only some are looked at at a time."""

    BLOCK = 256  # members that are packed together

    def __init__(self, entries: Iterable[PackageEntry] = ()) -> None:
        self._blocks: list[bytes] = []
        self._open: list[PackageEntry] = []
        for entry in entries:
            self.append(entry)

    def append(self, entry: PackageEntry) -> None:
        """Add the next member."""
        self._open.append(entry)
        if len(self._open) == self.BLOCK:
            self._blocks.append(zlib.compress(msgspec.msgpack.encode(self._open), 1))
            self._open = []

    def __iter__(self) -> Iterator[PackageEntry]:
        for block in self._blocks:
            yield from msgspec.msgpack.decode(zlib.decompress(block), type=list[PackageEntry])
        yield from self._open

    def __len__(self) -> int:
        return len(self._blocks) * self.BLOCK + len(self._open)

    def __contains__(self, entry: object) -> bool:
        return any(entry == one for one in self)
