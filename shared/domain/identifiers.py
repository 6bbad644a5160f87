"""Ids, and what a package of origin called their objects, in little memory: a large course has tens of thousands."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from typing import Self

from shared.domain.kinds import Kind

# What a package called an object: prefix "" is its own identifier, others are its companions' (topic meta "meta",
# quiz meta "canvas_", web link "weblink", tool item "module_item", manifest "common_cartridge_"). A prefix "html:" and
# the name of an HTML field holds how the references in it are spelled.
Identified = tuple[Kind, int, str]


class Ids:
    """A set of ids, eight bytes each; the first look after an addition puts them in order."""

    def __init__(self) -> None:
        self._ids = array("q")
        self._in_order = True

    def add(self, object_id: int) -> None:
        """Add an id; one that is there already does no harm."""
        self._in_order = self._in_order and (not self._ids or object_id > self._ids[-1])
        self._ids.append(object_id)

    def __contains__(self, object_id: int) -> bool:
        if not self._in_order:
            self._ids, self._in_order = array("q", sorted(self._ids)), True
        place = bisect_left(self._ids, object_id)
        return place < len(self._ids) and self._ids[place] == object_id


class _Column:
    """Names by rising ids, end to end in one buffer: a tenth of what a dict of them takes."""

    def __init__(self) -> None:
        self._ids = array("q")
        self._ends = array("Q")
        self._text = bytearray()
        self._others: dict[int, str] = {}  # that came out of order

    def set(self, object_id: int, name: str) -> None:
        if not self._ids or object_id > self._ids[-1]:
            self._text += name.encode("utf-8", "surrogatepass")
            self._ids.append(object_id)
            self._ends.append(len(self._text))
        elif self.get(object_id) != name:
            self._others[object_id] = name

    def get(self, object_id: int) -> str | None:
        other = self._others.get(object_id)
        if other is not None:
            return other
        place = bisect_left(self._ids, object_id)
        if place == len(self._ids) or self._ids[place] != object_id:
            return None
        start = self._ends[place - 1] if place else 0
        return self._text[start : self._ends[place]].decode("utf-8", "surrogatepass")

    def ids(self) -> list[int]:
        """In rising order."""
        return sorted({*self._ids, *self._others})


class Identifiers(Mapping[Identified, str]):
    """A mapping from (kind, id, prefix). It is smallest where the ids of each kind are added in rising order."""

    def __init__(self) -> None:
        self._columns: dict[tuple[Kind, str], _Column] = {}

    def add(self, kind: Kind, object_id: int, prefix: str, name: str) -> None:
        """Add an identifier; a later one replaces an earlier one."""
        self._columns.setdefault((kind, prefix), _Column()).set(object_id, name)

    @classmethod
    def of(cls, found: Mapping[Identified, str]) -> Self:
        """The same identifiers as in any other mapping."""
        made = cls()
        for kind, object_id, prefix in sorted(found):
            made.add(kind, object_id, prefix, found[kind, object_id, prefix])
        return made

    def __getitem__(self, key: Identified) -> str:
        kind, object_id, prefix = key
        column = self._columns.get((kind, prefix))
        name = None if column is None else column.get(object_id)
        if name is None:
            raise KeyError(key)
        return name

    def __iter__(self) -> Iterator[Identified]:
        for (kind, prefix), column in self._columns.items():
            for object_id in column.ids():
                yield kind, object_id, prefix

    def __len__(self) -> int:
        return sum(len(column.ids()) for column in self._columns.values())
