"""Sets of ids, and the identifiers of objects in their package of origin, in little memory: a course has many."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from typing import Self

from shared.domain.kinds import Kind

# Key of an identifier. The prefix "" stands for the object itself, others for its companions in the package (topic meta
# "meta", quiz meta "canvas_", web link "weblink", tool item "module_item", manifest "common_cartridge_"). Under "html:"
# and the name of an HTML field stands how the references in that field are spelled; under "carried:" what was unknown.
Identified = tuple[Kind, int, str]


class Ids:
    """A set of ids of eight bytes each. They are sorted at the first look-up after ids were added out of order."""

    def __init__(self) -> None:
        self._ids = array("q")
        self._in_order = True

    def add(self, object_id: int) -> None:
        """Add an id; it may be in the set already."""
        self._in_order = self._in_order and (not self._ids or object_id > self._ids[-1])
        self._ids.append(object_id)

    def __contains__(self, object_id: int) -> bool:
        if not self._in_order:
            self._ids, self._in_order = array("q", sorted(self._ids)), True
        index = bisect_left(self._ids, object_id)
        return index < len(self._ids) and self._ids[index] == object_id


class _Column:
    """Names by rising ids, end to end in one buffer: about a tenth of the memory of a dict."""

    def __init__(self) -> None:
        self._ids = array("q")
        self._ends = array("Q")
        self._text = bytearray()
        self._others: dict[int, str] = {}  # names whose ids were not rising, or replace an earlier name

    def set(self, object_id: int, name: str) -> None:
        """Set the name of an id."""
        if not self._ids or object_id > self._ids[-1]:
            self._text += name.encode("utf-8", "surrogatepass")  # JSON text may hold halves of characters
            self._ids.append(object_id)
            self._ends.append(len(self._text))
        elif self.get(object_id) != name:
            self._others[object_id] = name

    def get(self, object_id: int) -> str | None:
        """The name of an id; None if it has none."""
        name = self._others.get(object_id)
        if name is not None:
            return name
        index = bisect_left(self._ids, object_id)
        if index == len(self._ids) or self._ids[index] != object_id:
            return None
        start = self._ends[index - 1] if index else 0
        return self._text[start : self._ends[index]].decode("utf-8", "surrogatepass")

    def ids(self) -> list[int]:
        """All ids with a name, rising."""
        return sorted({*self._ids, *self._others})


class Identifiers(Mapping[Identified, str]):
    """A mapping from (kind, id, prefix) to an identifier. It is smallest if the ids of each kind are added rising."""

    def __init__(self) -> None:
        self._columns: dict[tuple[Kind, str], _Column] = {}

    def add(self, kind: Kind, object_id: int, prefix: str, name: str) -> None:
        """Add an identifier; a later one replaces an earlier one."""
        self._columns.setdefault((kind, prefix), _Column()).set(object_id, name)

    @classmethod
    def of(cls, names: Mapping[Identified, str]) -> Self:
        """The same identifiers as in another mapping."""
        identifiers = cls()
        for kind, object_id, prefix in sorted(names):
            identifiers.add(kind, object_id, prefix, names[kind, object_id, prefix])
        return identifiers

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

    def starting_with(self, start: str) -> Iterator[Identified]:
        """The keys whose prefix starts so, without a look at the others."""
        for (kind, prefix), column in self._columns.items():
            if prefix.startswith(start):
                yield from ((kind, object_id, prefix) for object_id in column.ids())

    def __len__(self) -> int:
        return sum(len(column.ids()) for column in self._columns.values())


def starting_with(names: Mapping[Identified, str], start: str) -> Iterator[Identified]:
    """The keys of a mapping whose prefix starts so."""
    if isinstance(names, Identifiers):
        return names.starting_with(start)
    return (key for key in names if key[2].startswith(start))
