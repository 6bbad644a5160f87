"""A member of a finished package, as the writer said it wrote it, and what of the course it holds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, Protocol, Self

import msgspec

from shared.domain.kinds import Kind
from shared.domain.packed_list import PackedList


class Named(Protocol):
    """An object of the course, as far as a report names it."""

    @property
    def id(self) -> int:
        """Its id, among those of its kind."""
        ...

    @property
    def label(self) -> str:
        """The name that a person knows it by."""
        ...


class Item(NamedTuple):
    """An object of the course that a member is written for."""

    kind: Kind
    id: int
    title: str

    @classmethod
    def of(cls, kind: Kind, found: Named) -> Self:
        """The item for an object."""
        return cls(kind, found.id, found.label)


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


class Listing(PackedList[PackageEntry]):
    """Members in their order."""

    def __init__(self, entries: Iterable[PackageEntry] = ()) -> None:
        """Begin with these members."""
        super().__init__(PackageEntry, entries)
