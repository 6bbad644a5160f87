"""CourseContent out of Postgres: a worker's thread asks, the event loop reads batches."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator, Sequence
from typing import Any, TypeVar

from shared.adapters.postgres.content import LINKED
from shared.adapters.postgres.content import Content as ContentRows
from shared.domain.content.content_object import Content
from shared.domain.content.course import Course
from shared.domain.content.registry import TYPES
from shared.domain.course_content import Ref
from shared.domain.errors import DatabaseUnavailable
from shared.domain.export import Context
from shared.domain.identifiers import Identified, Identifiers
from shared.domain.kinds import Kind
from shared.runtime.from_thread import wait_for

_BATCH = 200  # objects read at a time; the most that is held of any kind
_FAMILIES = 16  # objects whose children are read at a time: a quiz may have hundreds
_MANY = 2000  # rows of a few words that are read at a time

Result = TypeVar("Result")


class CourseSource:
    """The content of one context, for a packaging thread. Every call blocks that thread until the loop has answered.

    `each` holds one batch at a time, and `children` those of a few objects of that batch: for the objects that `each`
    gives, a query in so many. Kinds of which there was nothing when it was asked first cost no query: a course has a few
    of all kinds.
    """

    def __init__(self, rows: ContentRows, context: Context, course: Course, loop: asyncio.AbstractEventLoop) -> None:
        self.course = course
        self._rows = rows
        self._context = context
        self._loop = loop
        self._counts: dict[Kind, int] | None = None
        self._current: list[int] = []
        self._children: dict[Kind, dict[int, list[Content]]] = {}

    def _wait(self, query: Coroutine[Any, Any, Result]) -> Result:
        return wait_for(query, self._loop, DatabaseUnavailable)

    def each(self, kind: Kind) -> Iterator[Any]:
        """Every object of a kind that is not deleted, by position and id."""
        if not self.count(kind):
            return
        after: tuple[int, int] | None = None
        while True:
            batch = self._wait(self._rows.batch(self._context, kind, after, _BATCH))
            for place, (_, body) in enumerate(batch):
                if place == 0:
                    self._current, self._children = [int(row["id"]) for _, row in batch], {}
                yield TYPES[kind].from_json(body)
            if len(batch) < _BATCH:
                return
            after = (batch[-1][0], int(batch[-1][1]["id"]))

    def children(self, kind: Kind, parent_id: int) -> Sequence[Any]:
        """The objects of a kind under one parent, by position and id."""
        if not self.count(kind):
            return ()
        if parent_id not in self._children.get(kind, {}):
            known = parent_id in self._current
            place = self._current.index(parent_id) if known else 0
            parents = self._current[place : place + _FAMILIES] if known else [parent_id]
            found: dict[int, list[Content]] = {parent: [] for parent in parents}
            for parent, body in self._wait(self._rows.children(self._context, kind, parents)):
                found[parent].append(TYPES[kind].from_json(body))
            if not known:
                return found[parent_id]
            self._children[kind] = found
        return self._children[kind][parent_id]

    def get(self, kind: Kind, object_id: int) -> Any | None:
        """One object, or None where there is none."""
        body = self._wait(self._rows.get(self._context, kind, object_id))
        return None if body is None else TYPES[kind].from_json(body)

    def count(self, kind: Kind) -> int:
        """How many objects of a kind there are."""
        if self._counts is None:
            self._counts = self._wait(self._rows.counts(self._context))
        return self._counts.get(kind, 0)

    def refs(self, *kinds: Kind) -> Iterator[Ref]:
        """A Ref for every object of these kinds, or of all that can be linked to, in order; a batch at a time."""
        for kind in filter(self.count, kinds or LINKED):
            after: tuple[int, int] | None = None
            while True:
                batch = self._wait(self._rows.refs(self._context, kind, after, _MANY))
                yield from (ref for _, ref in batch)
                if len(batch) < _MANY:
                    break
                after = (batch[-1][0], batch[-1][1].id)

    def identifiers(self) -> Identifiers:
        """What the package of origin called each object and its companions; read a batch at a time."""
        found = Identifiers()
        after: Identified | None = None
        while True:
            batch = self._wait(self._rows.identifiers(self._context, after, _MANY))
            for (kind, object_id, prefix), name in batch:
                found.add(kind, object_id, prefix, name)
            if len(batch) < _MANY:
                return found
            after = batch[-1][0]
