"""Reads the content tables: courses and their objects in the shape of the REST API. content_writes.py writes objects."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from itertools import chain
from typing import Any, NamedTuple

from shared.adapters.postgres.pool import Connection, Pool, Record, translated
from shared.adapters.small_context import WholeObject
from shared.domain.content.course import Course
from shared.domain.course_content import LOADED_AS, Ref
from shared.domain.export import Context, ContextType
from shared.domain.identifiers import Identified
from shared.domain.kinds import Kind

_LAST = 2_147_483_647  # the place of an object without a position: after all others; the largest `integer`

_OF = "FROM content_objects WHERE context_type = $1 AND context_id = $2"

_BATCH = f"""
SELECT coalesce(position, {_LAST}) AS place, body {_OF} AND kind = $3 AND NOT deleted
   AND (coalesce(position, {_LAST}), id) > ($4, $5)
 ORDER BY coalesce(position, {_LAST}), id LIMIT $6
"""
_CHILDREN = f"""
SELECT parent_id, body {_OF} AND kind = $3 AND NOT deleted AND parent_id = ANY($4::bigint[])
 ORDER BY parent_id, coalesce(position, {_LAST}), id
"""
_GET = f"SELECT body {_OF} AND kind = $3 AND id = $4 AND NOT deleted"
_COUNTS = f"SELECT kind, count(*) {_OF} AND NOT deleted GROUP BY kind"
_VOLUME = f"""
SELECT count(*) AS objects, coalesce(sum((body ->> 'size')::bigint) FILTER (WHERE kind = 'files'), 0)::bigint AS bytes
  {_OF} AND NOT deleted AND ($3::text[] IS NULL OR kind = ANY($3))
"""
_SIZE_OF = f"""
SELECT coalesce(sum((body ->> 'size')::bigint), 0)::bigint {_OF} AND kind = 'files' AND NOT deleted AND id = ANY($3::bigint[])
"""
# The columns of a Ref, after its kind.
_REF = """
id, body ->> 'migration_id' AS migration_id,
       coalesce(nullif(body ->> 'title', ''), nullif(body ->> 'name', ''), nullif(body ->> 'display_name', ''),
                nullif(body ->> 'question_name', ''), id::text) AS title,
       CASE WHEN kind = 'pages' THEN body ->> 'url' END AS slug, parent_id
"""
_WHOLE = f"""
SELECT kind, {_REF}, body::text {_OF} AND NOT deleted ORDER BY kind, coalesce(position, {_LAST}), id LIMIT $3
"""
_REFS = f"""
SELECT coalesce(position, {_LAST}) AS place, {_REF}
  {_OF} AND kind = $3 AND NOT deleted AND (coalesce(position, {_LAST}), id) > ($4, $5)
 ORDER BY coalesce(position, {_LAST}), id LIMIT $6
"""
_IDENTIFIERS = """
SELECT kind, id, prefix, migration_id FROM content_identifiers
 WHERE context_type = $1 AND context_id = $2 AND (kind, id, prefix) > ($3, $4, $5)
 ORDER BY kind, id, prefix LIMIT $6
"""

_COURSE = "SELECT id, body FROM courses WHERE id = $1 AND workflow_state <> 'deleted'"
_GROUP = "SELECT id, body FROM groups WHERE id = $1 AND workflow_state <> 'deleted'"
_USER = "SELECT id, body FROM users WHERE id = $1 AND workflow_state <> 'deleted'"

_GENERATION = {
    ContextType.COURSE: "SELECT content_generation FROM courses WHERE id = $1",
    ContextType.GROUP: "SELECT content_generation FROM groups WHERE id = $1",
    ContextType.USER: "SELECT content_generation FROM users WHERE id = $1",
}

# What an export needs to know of its context before it reads the objects.
_SUMMARY = {
    kind: f"""
    SELECT c.id, c.body, c.content_generation, v.objects, v.bytes FROM {table} c CROSS JOIN ({_VOLUME}) v
     WHERE c.id = $2 AND c.workflow_state <> 'deleted'
    """  # noqa: S608  (no value is put in)
    for kind, table in {ContextType.COURSE: "courses", ContextType.GROUP: "groups", ContextType.USER: "users"}.items()
}

_NEXT_COURSE = "SELECT nextval(pg_get_serial_sequence('courses', 'id'))"
_COURSE_EXISTS = "SELECT EXISTS (SELECT FROM courses WHERE id = $1)"
_LOCK = "SELECT pg_advisory_lock(hashtextextended($1, 0))"
_UNLOCK = "SELECT pg_advisory_unlock(hashtextextended($1, 0))"
_LONGEST_LOAD_S = 86_400.0  # how long a load waits for others into the same context

# An object may have an identifier that it was loaded under beside the one that it is exported under: the former counts.
_LOADED_IDENTIFIERS = """
SELECT DISTINCT ON (kind, id) kind, migration_id, id FROM content_identifiers
 WHERE context_type = $1 AND context_id = $2 AND prefix IN ('', $3)
 ORDER BY kind, id, prefix DESC
"""
_PUT_COURSE = """
INSERT INTO courses (id, body) VALUES ($1, $2)
ON CONFLICT (id) DO UPDATE
   SET body = courses.body || CASE WHEN $3 AND courses.body ? 'name'
                                   THEN EXCLUDED.body - '{name,license}'::text[] ELSE EXCLUDED.body END,
       updated_at = now(), workflow_state = 'active'
"""
_IDS_OF = """
SELECT kind, migration_id, id FROM content_identifiers JOIN unnest($3::text[], $4::text[]) AS w (kind, migration_id)
       USING (kind, migration_id)
 WHERE context_type = $1 AND context_id = $2 AND prefix IN ('', $5)
 ORDER BY id DESC
"""
_TAKE_IDS = "SELECT nextval('content_ids') FROM generate_series(1, $1::bigint)"
_ID_BLOCK = 1000  # the increment of the sequence

# No link leads to a single question, and there may be tens of thousands of them.
_NOT_LINKED = (Kind.QUIZ_QUESTIONS, Kind.BANK_QUESTIONS, Kind.QUIZ_GROUPS, Kind.COURSES)
LINKED = tuple(kind for kind in Kind if kind not in _NOT_LINKED)


class ContentSummary(NamedTuple):
    """A context as a course, the number of its content, and how much it has of the kinds that are packed."""

    course: Course
    generation: int  # rises when the whole content is replaced at one moment
    objects: int
    bytes: int  # of files


class ContentRows:
    """Reads the content tables."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def course(self, context: Context) -> Course | None:
        """The course; for a group or a user, its row in the shape of a Course. None if the context does not exist."""
        query = {ContextType.COURSE: _COURSE, ContextType.GROUP: _GROUP, ContextType.USER: _USER}[context.type]
        with translated():
            row = await self._pool.fetchrow(query, context.id)
        return _course_from(row) if row else None

    async def summary(self, context: Context, kinds: Iterable[Kind] | None) -> ContentSummary | None:
        """What `course`, `generation` and `volume` give, of one moment. None if the context does not exist."""
        names = None if kinds is None else [kind.value for kind in kinds]
        with translated():
            row = await self._pool.fetchrow(_SUMMARY[context.type], context.type.value, context.id, names)
        if row is None:
            return None
        return ContentSummary(_course_from(row), row["content_generation"], row["objects"], row["bytes"])

    async def generation(self, context: Context) -> int:
        """A number that rises when the whole content of a context is replaced at one moment; 0 for an unknown one."""
        with translated():
            number: int | None = await self._pool.fetchval(_GENERATION[context.type], context.id)
        return number or 0

    async def batch(
        self, context: Context, kind: Kind, after: tuple[int, int] | None, limit: int
    ) -> list[tuple[int, dict[str, Any]]]:
        """Up to `limit` (place, object) of a kind after the given (place, id), ordered by place and id."""
        place, last = after or (-_LAST, 0)
        with translated():
            rows = await self._pool.fetch(_BATCH, context.type.value, context.id, kind.value, place, last, limit)
        return [(row["place"], row["body"]) for row in rows]

    async def children(self, context: Context, kind: Kind, parents: Sequence[int]) -> list[tuple[int, dict[str, Any]]]:
        """(parent id, object) for every object of a kind under one of the parents, ordered by parent and position."""
        with translated():
            rows = await self._pool.fetch(_CHILDREN, context.type.value, context.id, kind.value, list(parents))
        return [(row["parent_id"], row["body"]) for row in rows]

    async def get(self, context: Context, kind: Kind, object_id: int) -> dict[str, Any] | None:
        """One object; None if it does not exist or is deleted."""
        with translated():
            body: dict[str, Any] | None = await self._pool.fetchval(
                _GET, context.type.value, context.id, kind.value, object_id
            )
        return body

    async def counts(self, context: Context) -> dict[Kind, int]:
        """The number of objects of each kind; a kind without any is absent."""
        with translated():
            rows = await self._pool.fetch(_COUNTS, context.type.value, context.id)
        return {Kind(row["kind"]): row["count"] for row in rows}

    async def volume(self, context: Context, kinds: Iterable[Kind] | None) -> tuple[int, int]:
        """(number of objects, bytes of files) of these kinds, of all for None: a measure of the work of an export."""
        names = None if kinds is None else [kind.value for kind in kinds]
        with translated():
            row = await self._pool.fetchrow(_VOLUME, context.type.value, context.id, names)
        return (row["objects"], row["bytes"]) if row else (0, 0)

    async def size_of(self, context: Context, file_ids: Iterable[int]) -> int:
        """The bytes of these files of the context."""
        with translated():
            size: int = await self._pool.fetchval(_SIZE_OF, context.type.value, context.id, list(file_ids))
        return size

    async def refs(
        self, context: Context, kind: Kind, after: tuple[int, int] | None, limit: int
    ) -> list[tuple[int, Ref]]:
        """Up to `limit` (place, Ref) of a kind after the given (place, id), ordered by place and id."""
        place, last = after or (-_LAST, 0)
        with translated():
            rows = await self._pool.fetch(_REFS, context.type.value, context.id, kind.value, place, last, limit)
        return [(row[0], Ref(kind, *row[1:])) for row in map(tuple, rows)]

    async def whole(self, context: Context, most: int) -> list[WholeObject] | None:
        """All objects of a context that has at most so many, by position and id within a kind; None for a larger one."""
        with translated():
            rows = await self._pool.fetch(_WHOLE, context.type.value, context.id, most + 1)
        if len(rows) > most:
            return None
        return [WholeObject(Ref(Kind(row[0]), *row[1:-1]), row[-1]) for row in map(tuple, rows)]

    async def identifiers(self, context: Context, after: Identified | None, limit: int) -> list[tuple[Identified, str]]:
        """Up to `limit` identifiers from packages of origin after the given one, ordered by kind, id and prefix."""
        kind, last, prefix = after or ("", 0, "")
        with translated():
            rows = await self._pool.fetch(_IDENTIFIERS, context.type.value, context.id, str(kind), last, prefix, limit)
        return [((Kind(row[0]), row[1], row[2]), row[3]) for row in map(tuple, rows)]


def _course_from(row: Record) -> Course:
    return Course.from_json({**row["body"], "id": row["id"]})


async def take_ids(db: Connection, least: int = 1) -> Iterator[int]:
    """Reserve at least so many ids that no other object has or will get."""
    with translated():
        blocks = await db.fetch(_TAKE_IDS, -(-least // _ID_BLOCK))
    return chain.from_iterable(range(first, first + _ID_BLOCK) for (first,) in map(tuple, blocks))


@asynccontextmanager
async def lock_new_course(db: Connection) -> AsyncIterator[Context]:
    """Lock the context of a course that is yet to be written, under an id that no other course has."""
    while True:
        with translated():
            course_id: int = await db.fetchval(_NEXT_COURSE)
        async with lock_context(db, Context(ContextType.COURSE, course_id)) as context:
            with translated():
                exists = await db.fetchval(_COURSE_EXISTS, course_id)
            if not exists:  # a course that was loaded under a chosen id may be ahead of the sequence
                yield context
                return


@asynccontextmanager
async def lock_context(db: Connection, context: Context) -> AsyncIterator[Context]:
    """Lock the context for this session: other loads into it wait until the block ends."""
    name = f"load {context.type}:{context.id}"
    with translated():
        await db.execute(_LOCK, name, timeout=_LONGEST_LOAD_S)
    try:
        yield context
    finally:
        if not db.is_closed():  # a closed session has released its locks
            with translated():
                await db.execute(_UNLOCK, name)


async def known_identifiers(db: Connection | Pool, context: Context) -> dict[tuple[Kind, str], int]:
    """(kind, identifier in its package) -> id of every object of earlier loads."""
    with translated():
        rows = await db.fetch(_LOADED_IDENTIFIERS, context.type.value, context.id, LOADED_AS)
    return {(Kind(kind), name): object_id for kind, name, object_id in map(tuple, rows)}


async def ids_of(db: Connection, context: Context, names: Collection[tuple[Kind, str]]) -> dict[tuple[Kind, str], int]:
    """The ids of those that are known of these (kind, identifier in its package)."""
    columns = [kind.value for kind, _ in names], [name for _, name in names]
    with translated():
        rows = await db.fetch(_IDS_OF, context.type.value, context.id, *columns, LOADED_AS)
    return {(Kind(kind), name): object_id for kind, name, object_id in map(tuple, rows)}


async def put_course(db: Connection, course: Course, *, is_part: bool = False) -> None:
    """Insert or update the course itself. An existing one keeps the fields that `course` does not have.

    `is_part` says that the package is a part of a course, such as a few quizzes: an existing course then keeps its
    name and licence, since those of the package are its own.
    """
    with translated():
        await db.execute(_PUT_COURSE, course.id, course.to_json(), is_part)
