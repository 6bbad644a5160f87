"""What the page has to know of the other members of its package, gathered while they are written."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from shared.domain.kinds import Kind
from shared.domain.stored_file import StoredFile
from shared.formats.entry import Entry
from shared.formats.file_paths import folded
from shared.formats.imscp.own_members import INDEX, free_name


@dataclass(slots=True)
class PackedFiles:
    """The course files of a package by path, with their bytes; its folders; names at its root that begin as the page's."""

    sizes: dict[str, int] = field(default_factory=dict)
    folders: list[str] = field(default_factory=list)  # of a zip: also those without files; each ends in '/'
    _used: set[str] = field(default_factory=set)

    def note(self, entry: Entry) -> None:
        """Remember a member."""
        first = folded(entry.path.partition("/")[0])
        if first.startswith("index"):
            self._used.add(first)
        if isinstance(entry.body, StoredFile):
            self.sizes[entry.path] = entry.body.size
        elif entry.path.endswith("/") and entry.item is not None and entry.item.kind is Kind.FOLDERS:
            self.folders.append(entry.path)

    def lose(self, paths: Collection[str]) -> None:
        """Forget the members that could not be written after all."""
        for path in paths:
            self.sizes.pop(path, None)

    def free_name(self) -> str:
        """The name of the page: numbered where a member of the course has that name, in capitals or not."""
        return free_name(INDEX, self._used)
