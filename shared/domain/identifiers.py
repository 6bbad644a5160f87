"""What a package of origin called the objects of a course, in little memory: a large course has tens of thousands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Self

from shared.domain.kinds import Kind

# What a package called an object: prefix "" is its own identifier, others are its companions' (topic meta "meta",
# quiz meta "canvas_", web link "weblink", tool item "module_item", manifest "common_cartridge_"). A prefix "html:" and
# the name of an HTML field holds how the references in it are spelled.
Identified = tuple[Kind, int, str]


class Identifiers(Mapping[Identified, str]):
    """A mapping from (kind, id, prefix) that keeps a dict of ids for each kind and prefix, and no tuples."""

    def __init__(self) -> None:
        self._names: dict[tuple[Kind, str], dict[int, str]] = {}

    def add(self, kind: Kind, object_id: int, prefix: str, name: str) -> None:
        """Add an identifier; a later one replaces an earlier one."""
        self._names.setdefault((kind, prefix), {})[object_id] = name

    @classmethod
    def of(cls, found: Mapping[Identified, str]) -> Self:
        """The same identifiers as in any other mapping."""
        made = cls()
        for (kind, object_id, prefix), name in found.items():
            made.add(kind, object_id, prefix, name)
        return made

    def __getitem__(self, key: Identified) -> str:
        kind, object_id, prefix = key
        return self._names[kind, prefix][object_id]

    def __iter__(self) -> Iterator[Identified]:
        for (kind, prefix), names in self._names.items():
            for object_id in names:
                yield kind, object_id, prefix

    def __len__(self) -> int:
        return sum(len(names) for names in self._names.values())
