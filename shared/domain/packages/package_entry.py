"""The members of a finished package, as the zip writer recorded them, and the object of the course that each holds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, Protocol, Self

import msgspec

from shared.domain.kinds import Kind
from shared.domain.packed_list import PackedList


class ReportedObject(Protocol):
    """An object of the course with the properties that a report shows."""

    @property
    def id(self) -> int:
        """The id, unique among objects of its kind."""
        ...

    @property
    def label(self) -> str:
        """The title or name of the object, as people see it."""
        ...


class PackedItem(NamedTuple):
    """The object of the course that a member is written for."""

    kind: Kind
    id: int
    title: str

    @classmethod
    def of(cls, kind: Kind, content: ReportedObject) -> Self:
        """The item for a content object."""
        return cls(kind, content.id, content.label)


class PackageEntry(msgspec.Struct, frozen=True, gc=False):
    """One member. Sizes are in bytes; the offset is that of its local header in the package.

    Kind, id and title are those of the object that it is written for; None for a member of the package as a whole.
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
    from_store: bool = False  # a stored file, whose checksum was verified while its bytes were copied
    part: int = 1  # number of the package, from 1, where an export has several


class Listing(PackedList[PackageEntry]):
    """The members of a package in their order, packed: a package may have a hundred thousand."""

    def __init__(self, entries: Iterable[PackageEntry] = ()) -> None:
        """`entries` are the first members."""
        super().__init__(PackageEntry, entries)
