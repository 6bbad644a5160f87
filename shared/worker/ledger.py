"""What is written into a package, noted while it is written: each member, and the object that it is for."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from shared.domain.errors import DuplicatePath, ExportError
from shared.domain.package_entry import Item, Listing, PackageEntry
from shared.domain.stored_file import StoredFile
from shared.formats.archive.zip_records import Member
from shared.formats.entry import Entry
from shared.formats.packing import Packing


class _Note(NamedTuple):
    """What is known of an entry before it is written."""

    item: Item | None
    sha256: str | None
    from_store: bool


class Ledger:
    """The members of an export's packages in their order. What is noted ahead is as much as the writer reads ahead."""

    def __init__(self, packing: Packing) -> None:
        self.entries = Listing()
        self.part = 1  # the package that is being written
        self._packing = packing
        self._ahead: dict[str, _Note] = {}

    def noting(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """The entries, each noted as it passes by."""
        for entry in entries:
            self._ahead.setdefault(entry.path, self._note(entry))
            yield entry

    def fault(self, entry: Entry, error: ExportError) -> None:
        """The entry that has just passed by cannot be written."""
        if not isinstance(error, DuplicatePath):
            self._ahead.pop(entry.path, None)
        self._packing.lose_entry(entry.path, error)

    def listed(self, member: Member) -> None:
        """A member has been written."""
        note = self._ahead.pop(member.path)
        kind, item_id, title = note.item or (None, None, None)
        self.entries.append(
            PackageEntry(
                path=member.path,
                size=member.size,
                compressed_size=member.compressed_size,
                crc32=member.crc32,
                offset=member.offset,
                sha256=note.sha256,
                kind=kind,
                item_id=item_id,
                title=title,
                from_store=note.from_store,
                part=self.part,
            )
        )

    def _note(self, entry: Entry) -> _Note:
        if isinstance(entry.body, StoredFile):
            return _Note(self._packing.writing, entry.body.sha256, from_store=True)
        digest = hashlib.sha256(entry.body).hexdigest() if not entry.path.endswith("/") else None
        return _Note(self._packing.writing, digest, from_store=False)
