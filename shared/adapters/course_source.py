"""Reads CourseContent from Postgres: called in a worker's thread, its queries run on the event loop, in batches."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Sequence
from typing import Any, Protocol, TypeVar

from shared.adapters.postgres.content_tables.content import LINKED
from shared.adapters.small_context import SmallContext, WholeObject
from shared.domain.content.content_object import Content
from shared.domain.content.course import Course
from shared.domain.content.registry import TYPES
from shared.domain.course_content import Ref
from shared.domain.errors import DatabaseUnavailable
from shared.domain.export import Context
from shared.domain.identifiers import Identified, Identifiers
from shared.domain.kinds import Kind
from shared.runtime.from_thread import run_on_loop

_BATCH = 200  # objects per query; no more of a kind are in memory at once
_SMALL = 200  # objects of a context that are read by one query, all together
_PARENTS = 16  # objects whose children are read by one query: a quiz may have hundreds
_MANY = 2000  # short rows (refs, identifiers) per query

Result = TypeVar("Result")


class ContentBatches(Protocol):
    """The content of the database in batches; objects are REST JSON. Every method may raise DatabaseUnavailable."""

    async def batch(
        self, context: Context, kind: Kind, after: tuple[int, int] | None, limit: int
    ) -> list[tuple[int, dict[str, Any]]]:
        """Up to `limit` (place, object) of a kind after the given (place, id), by place and id."""
        ...

    async def children(self, context: Context, kind: Kind, parents: Sequence[int]) -> list[tuple[int, dict[str, Any]]]:
        """(parent, object) for every object of a kind under one of the parents, in order."""
        ...

    async def get(self, context: Context, kind: Kind, object_id: int) -> dict[str, Any] | None:
        """One object, or None."""
        ...

    async def counts(self, context: Context) -> dict[Kind, int]:
        """How many objects of each kind there are; kinds without objects are left out."""
        ...

    async def refs(
        self, context: Context, kind: Kind, after: tuple[int, int] | None, limit: int
    ) -> list[tuple[int, Ref]]:
        """Up to `limit` (place, Ref) of a kind after the given (place, id), by place and id."""
        ...

    async def whole(self, context: Context, most: int) -> list[WholeObject] | None:
        """All objects of a context that has at most so many, by position and id within a kind; None for a larger one."""
        ...

    async def identifiers(self, context: Context, after: Identified | None, limit: int) -> list[tuple[Identified, str]]:
        """Up to `limit` identifiers of packages of origin after the given one, by kind, id and prefix."""
        ...


class CourseSource:
    """The content of one context, for a packaging thread. Every call blocks that thread until the query has run.

    `each` holds one batch at a time. `children` of an object that `each` has just yielded reads ahead for its
    neighbours, so that walking a kind with its children costs one query for every _PARENTS objects. The numbers of
    objects are read once: the many kinds that a course does not have cost no further query. A context of few objects is
    read by one query.
    """

    def __init__(
        self,
        rows: ContentBatches,
        context: Context,
        course: Course,
        loop: asyncio.AbstractEventLoop,
        on_read: Callable[[], object] = lambda: None,
    ) -> None:
        """`on_read` is called after each query."""
        self.course = course
        self._rows = rows
        self._context = context
        self._loop = loop
        self._on_read = on_read
        self._counts: dict[Kind, int] | None = None
        self._small: SmallContext | None = None
        self._current: list[int] = []
        self._children: dict[Kind, dict[int, list[Content]]] = {}

    def _wait(self, query: Coroutine[Any, Any, Result]) -> Result:
        result = run_on_loop(query, self._loop, DatabaseUnavailable)
        self._on_read()
        return result

    def each(self, kind: Kind) -> Iterator[Any]:
        """Every object of a kind that is not deleted, ordered by position and id."""
        if not self.count(kind):
            return
        if self._small is not None:
            yield from self._small.each(kind)
            return
        after: tuple[int, int] | None = None
        while True:
            batch = self._wait(self._rows.batch(self._context, kind, after, _BATCH))
            for index, (_, body) in enumerate(batch):
                if index == 0:  # only now: the previous batch is in use until its last object has been handled
                    self._current, self._children = [int(row["id"]) for _, row in batch], {}
                yield TYPES[kind].from_json(body)
            if len(batch) < _BATCH:
                return
            after = (batch[-1][0], int(batch[-1][1]["id"]))

    def children(self, kind: Kind, parent_id: int) -> Sequence[Any]:
        """The objects of a kind under one parent, ordered by position and id."""
        if not self.count(kind):
            return ()
        if self._small is not None:
            return self._small.children(kind, parent_id)
        if parent_id not in self._children.get(kind, {}):
            in_batch = parent_id in self._current
            start = self._current.index(parent_id) if in_batch else 0
            parents = self._current[start : start + _PARENTS] if in_batch else [parent_id]
            children: dict[int, list[Content]] = {parent: [] for parent in parents}
            for parent, body in self._wait(self._rows.children(self._context, kind, parents)):
                children[parent].append(TYPES[kind].from_json(body))
            if not in_batch:  # a single look-up; kept, it would displace what was read ahead
                return children[parent_id]
            self._children[kind] = children
        return self._children[kind][parent_id]

    def get(self, kind: Kind, object_id: int) -> Any | None:
        """One object; None if it does not exist or is deleted."""
        if not self.count(kind):
            return None
        if self._small is not None:
            return self._small.get(kind, object_id)
        body = self._wait(self._rows.get(self._context, kind, object_id))
        return None if body is None else TYPES[kind].from_json(body)

    def count(self, kind: Kind) -> int:
        """How many objects of a kind there are."""
        if self._counts is None:
            self._counts = self._counted()
        return self._counts.get(kind, 0)

    def _counted(self) -> dict[Kind, int]:
        """The numbers of objects by kind; of a small context all objects are in memory then."""
        objects = self._wait(self._rows.whole(self._context, _SMALL))
        if objects is None:
            return self._wait(self._rows.counts(self._context))
        self._small = SmallContext(objects)
        return self._small.counts()

    def refs(self, *kinds: Kind) -> Iterator[Ref]:
        """A Ref for every object of these kinds (default: all that can be linked to), in order; read in batches."""
        for kind in filter(self.count, kinds or LINKED):
            if self._small is not None:
                yield from self._small.refs(kind)
                continue
            after: tuple[int, int] | None = None
            while True:
                batch = self._wait(self._rows.refs(self._context, kind, after, _MANY))
                yield from (ref for _, ref in batch)
                if len(batch) < _MANY:
                    break
                after = (batch[-1][0], batch[-1][1].id)

    def identifiers(self) -> Identifiers:
        """The identifiers that packages of origin gave to each object and its companions."""
        identifiers = Identifiers()
        after: Identified | None = None
        while True:
            batch = self._wait(self._rows.identifiers(self._context, after, _MANY))
            for (kind, object_id, prefix), name in batch:
                identifiers.add(kind, object_id, prefix, name)
            if len(batch) < _MANY:
                return identifiers
            after = batch[-1][0]
