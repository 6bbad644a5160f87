"""The whole content of a context that has few objects: read by one query, and then looked up in memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from shared.domain.content.content_object import Content
from shared.domain.content.registry import TYPES
from shared.domain.course_content import Ref
from shared.domain.kinds import Kind


class WholeObject(NamedTuple):
    """An object that is not deleted: what names it, and its REST JSON, as text."""

    ref: Ref
    body: str


class SmallContext:
    """All objects of a context; `objects` come by position and id within each kind."""

    def __init__(self, objects: Iterable[WholeObject]) -> None:
        self._by_kind: dict[Kind, list[WholeObject]] = defaultdict(list)
        for each in objects:
            self._by_kind[each.ref.kind].append(each)

    def counts(self) -> dict[Kind, int]:
        """How many objects of each kind there are; kinds without objects are left out."""
        return {kind: len(objects) for kind, objects in self._by_kind.items()}

    def each(self, kind: Kind) -> list[Content]:
        """Every object of a kind, in order: a new one at each call."""
        return [_read(each) for each in self._by_kind.get(kind, ())]

    def children(self, kind: Kind, parent_id: int) -> list[Content]:
        """The objects of a kind under one parent, in order."""
        return [_read(each) for each in self._by_kind.get(kind, ()) if each.ref.parent_id == parent_id]

    def get(self, kind: Kind, object_id: int) -> Content | None:
        """One object, or None."""
        return next((_read(each) for each in self._by_kind.get(kind, ()) if each.ref.id == object_id), None)

    def refs(self, kind: Kind) -> list[Ref]:
        """What names each object of a kind, in order."""
        return [each.ref for each in self._by_kind.get(kind, ())]


def _read(each: WholeObject) -> Content:
    return TYPES[each.ref.kind].from_json(msgspec.json.decode(each.body))
