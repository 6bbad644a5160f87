"""Courses, groups and users as the API describes them, looked up by id or by another identifier."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

from shared.adapters.postgres.coalesce import Coalesced
from shared.adapters.postgres.pool import Connection, Pool, Record, acquired, translated
from shared.domain.export import Context, ContextType
from shared.domain.kinds import Kind
from shared.domain.path_ids import Alias

_TABLES = {ContextType.COURSE: "courses", ContextType.GROUP: "groups", ContextType.USER: "users"}
# The fields of a body that identify a row (shared/domain/path_ids.py); each has a unique index of what is not deleted.
_FIELDS = ("sis_course_id", "sis_group_id", "sis_user_id", "integration_id", "lti_context_id", "lti_user_id")
_BY_FIELD = """
SELECT id FROM {table} WHERE body ? '{field}' AND body ->> '{field}' = $1 AND workflow_state <> 'deleted'
"""
_BY_UUID = "SELECT id FROM {table} WHERE uuid::text = $1 AND workflow_state <> 'deleted'"
_BY_LOGIN = """
SELECT id FROM users WHERE body ? 'login_id' AND lower(body ->> 'login_id') = $1 AND workflow_state <> 'deleted'
"""
_FIND = {(kind, "uuid"): _BY_UUID.format(table=table) for kind, table in _TABLES.items()}
_FIND |= {(kind, f): _BY_FIELD.format(table=table, field=f) for kind, table in _TABLES.items() for f in _FIELDS}
_FIND[ContextType.USER, "login_id"] = _BY_LOGIN

_EXISTS = {
    kind: f"SELECT id FROM {table} WHERE id = $1 AND workflow_state <> 'deleted'"  # noqa: S608
    for kind, table in _TABLES.items()
}

_GROUP = """
SELECT id, uuid, body, created_at, course_id,
       (SELECT count(*) FROM group_memberships m WHERE m.group_id = g.id AND m.workflow_state = 'accepted') AS members
  FROM groups g
"""
_MINE = """
 WHERE workflow_state <> 'deleted'
   AND id IN (SELECT m.group_id FROM group_memberships m WHERE m.user_id = $1 AND m.workflow_state = 'accepted')
"""
_MY_GROUPS = f"{_GROUP} {_MINE} ORDER BY id LIMIT $2 OFFSET $3"
_MY_GROUPS_COUNT = f"SELECT count(*) FROM groups {_MINE}"  # noqa: S608  (no value is put in)
COURSE = "SELECT id, uuid, body - 'syllabus_body' AS body, created_at FROM courses c"
_GET = {
    ContextType.COURSE: f"{COURSE} WHERE id = $1 AND workflow_state <> 'deleted'",
    ContextType.GROUP: f"{_GROUP} WHERE id = $1 AND workflow_state <> 'deleted'",
    ContextType.USER: "SELECT id, uuid, body, created_at FROM users WHERE id = $1 AND workflow_state <> 'deleted'",
}
_COUNTS = """
SELECT kind, count(*) AS objects FROM content_objects
 WHERE context_type = 'Course' AND context_id = $1 AND NOT deleted GROUP BY kind
"""
_TITLES = """
SELECT id, coalesce(nullif(body ->> 'title', ''), nullif(body ->> 'full_name', ''), nullif(body ->> 'name', ''),
                    nullif(body ->> 'display_name', ''), id::text) AS title,
       (body ->> 'assignment_id')::bigint AS assignment_id,
       coalesce(parent_id, (body ->> 'assignment_group_id')::bigint) AS parent_id
  FROM content_objects
 WHERE context_type = 'Course' AND context_id = $1 AND kind = $2 AND NOT deleted
 ORDER BY coalesce(position, 2147483647), id
"""

_GROUP_TITLES = """
SELECT id, coalesce(nullif(body ->> 'name', ''), id::text) AS title, NULL::bigint AS assignment_id, NULL::bigint AS parent_id
  FROM groups WHERE course_id = $1 AND workflow_state <> 'deleted' ORDER BY id
"""

# Of the objects that several requests name, each with the place of its request.
_EXISTING = """
SELECT w.place, o.kind, o.id
  FROM unnest($1::integer[], $2::text[], $3::bigint[], $4::text[], $5::bigint[])
       AS w (place, context_type, context_id, kind, id)
  JOIN content_objects o USING (context_type, context_id, kind, id)
 WHERE NOT o.deleted
"""

_MAX_ID = 2**63 - 1  # a bigint

Object = tuple[Kind, int]
Objects = tuple[Context, tuple[Object, ...]]  # of one context


class Titled(NamedTuple):
    """An object by its title (a folder by its full name), with its assignment, and the group or folder that it lies in."""

    id: int
    title: str
    assignment_id: int | None = None
    parent_id: int | None = None


class Contexts:
    """Reads courses, groups and users."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._existing: Coalesced[Objects, set[Object]] = Coalesced(_existing, partial(acquired, pool), distinct=True)

    async def find(self, kind: ContextType, alias: Alias) -> int | None:
        """The id of the context with this identifier; None if there is none."""
        with translated():
            context_id: int | None = await self._pool.fetchval(_FIND[kind, alias.field], alias.value)
        return context_id

    async def get(self, context: Context) -> dict[str, Any] | None:
        """The REST object of a context, with `uuid` and `created_at`, without the syllabus; None if there is none."""
        with translated():
            row = await self._pool.fetchrow(_GET[context.type], context.id)
        return object_from(row) if row else None

    async def groups_of(self, user_id: int, *, limit: int, offset: int) -> tuple[list[dict[str, Any]], int]:
        """(one page of the groups of which the user is a member, by id; the number on all pages)."""
        with translated():
            rows = await self._pool.fetch(_MY_GROUPS, user_id, limit, offset)
            total: int = await self._pool.fetchval(_MY_GROUPS_COUNT, user_id)
        return [object_from(row) for row in rows], total

    async def counts(self, course_id: int) -> dict[Kind, int]:
        """The number of objects of each kind in a course; kinds without any are absent."""
        with translated():
            rows = await self._pool.fetch(_COUNTS, course_id)
        return {Kind(row["kind"]): row["objects"] for row in rows}

    async def missing(self, context: Context, objects: Sequence[tuple[Kind, int]]) -> list[tuple[Kind, int]]:
        """Those of the objects that the context does not have. A discussion topic may be an announcement."""
        # A larger id is valid JSON and would be an error of the driver; no object has it.
        storable = [(kind, object_id) for kind, object_id in objects if object_id <= _MAX_ID]
        announcements = [(Kind.ANNOUNCEMENTS, i) for kind, i in storable if kind is Kind.DISCUSSION_TOPICS]
        existing = await self._existing((context, (*storable, *announcements)))
        also = {(Kind.DISCUSSION_TOPICS, i) for kind, i in existing if kind is Kind.ANNOUNCEMENTS}
        return [each for each in objects if each not in existing and each not in also]

    async def titles(self, course_id: int, kind: Kind) -> list[Titled]:
        """Every object of a kind, in course order."""
        with translated():
            rows = await self._pool.fetch(_TITLES, course_id, kind.value)
        return [Titled(*row) for row in rows]

    async def group_titles(self, course_id: int) -> list[Titled]:
        """The groups of a course, by id."""
        with translated():
            rows = await self._pool.fetch(_GROUP_TITLES, course_id)
        return [Titled(*row) for row in rows]


async def find_existing(db: Connection | Pool, kind: ContextType, name: int | Alias) -> int | None:
    """The id of a context that is not deleted, as the transaction of the caller sees it; None if there is none."""
    query, value = (_EXISTS[kind], name) if isinstance(name, int) else (_FIND[kind, name.field], name.value)
    with translated():
        context_id: int | None = await db.fetchval(query, value)
    return context_id


async def _existing(questions: Sequence[Objects], db: Connection) -> list[set[Object]]:
    """Those of the objects that exist, for each context."""
    candidates = [
        (place, context.type.value, context.id, kind.value, object_id)
        for place, (context, objects) in enumerate(questions)
        for kind, object_id in objects
    ]
    existing: list[set[Object]] = [set() for _ in questions]
    with translated():
        rows = await db.fetch(_EXISTING, *zip(*candidates, strict=True)) if candidates else ()
    for row in rows:
        existing[row["place"]].add((Kind(row["kind"]), row["id"]))
    return existing


def object_from(row: Record) -> dict[str, Any]:
    """The REST object of a row: its body, with the columns that stand beside it."""
    columns = {name: value for name, value in row.items() if name != "body"}
    return {**row["body"], **columns, "uuid": str(row["uuid"])}
