"""Writes courses, groups, users, enrollments and memberships that have versions: an older state never replaces a newer one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from shared.adapters.postgres.content_tables.content_writes import Written, is_newer_sql
from shared.adapters.postgres.pool import Connection, translated
from shared.contracts.admin.administration import Table
from shared.domain.content.version import Version

_SET_VERSION = "revision = EXCLUDED.revision, changed_at = EXCLUDED.changed_at, sent_at = EXCLUDED.sent_at"
_NEWER = is_newer_sql("EXCLUDED", "o")
_VERSIONS = "revision, changed_at, sent_at"

# A row keeps the fields that its new state does not have; one that is deleted keeps all.
_BODY = "CASE WHEN EXCLUDED.workflow_state = 'deleted' THEN o.body ELSE o.body || EXCLUDED.body END"
_UNWRITTEN = f"""
SELECT w.id, {is_newer_sql("t", "w")} AS older FROM w JOIN {{table}} t ON t.id = w.id
 WHERE NOT EXISTS (SELECT FROM put WHERE put.id = w.id)
"""  # noqa: S608
_ROWS = """
WITH w AS (
    SELECT w.id, w.body, w.workflow_state, w.revision, w.changed_at, w.sent_at
      FROM unnest($1::bigint[], $2::jsonb[], $3::text[], $4::bigint[], $5::timestamptz[], $6::timestamptz[])
           AS w (id, body, workflow_state, revision, changed_at, sent_at)
)
"""


def _put_statement(table: Table) -> str:
    touched = ", updated_at = now()" if table == "courses" else ""
    return f"""
    {_ROWS}, put AS (
        INSERT INTO {table} AS o (id, body, workflow_state, {_VERSIONS})
        SELECT id, body, workflow_state, {_VERSIONS} FROM w
        ON CONFLICT (id) DO UPDATE
           SET body = {_BODY}, workflow_state = EXCLUDED.workflow_state, {_SET_VERSION}{touched}
         WHERE {_NEWER}
        RETURNING id
    )
    {_UNWRITTEN.format(table=table)}
    """  # noqa: S608  (no value is put in)


_PUT = {table: _put_statement(table) for table in ("users", "courses", "groups")}
_GROUPS_OF = """
UPDATE groups g SET course_id = w.course_id
  FROM unnest($1::bigint[], $2::bigint[]) AS w (id, course_id) WHERE g.id = w.id AND g.course_id IS DISTINCT FROM w.course_id
"""

_MEMBERS = {
    "enrollments": f"""
    WITH w AS (
        SELECT row_number() OVER () - 1 AS id, w.context_id, w.user_id, w.role, w.workflow_state, w.revision, w.changed_at,
               w.sent_at
          FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::timestamptz[], $7::timestamptz[])
               AS w (context_id, user_id, role, workflow_state, revision, changed_at, sent_at)
    ), put AS (
        INSERT INTO enrollments AS o (course_id, user_id, role, workflow_state, {_VERSIONS})
        SELECT context_id, user_id, role, workflow_state, {_VERSIONS} FROM w
        ON CONFLICT (course_id, user_id, role) DO UPDATE SET workflow_state = EXCLUDED.workflow_state, {_SET_VERSION}
         WHERE {_NEWER}
        RETURNING course_id, user_id, role
    )
    SELECT w.id, {is_newer_sql("t", "w")} AS older
      FROM w JOIN enrollments t ON t.course_id = w.context_id AND t.user_id = w.user_id AND t.role = w.role
     WHERE NOT EXISTS (SELECT FROM put p WHERE p.course_id = w.context_id AND p.user_id = w.user_id AND p.role = w.role)
    """,  # noqa: S608
    "group_memberships": f"""
    WITH w AS (
        SELECT row_number() OVER () - 1 AS id, w.context_id, w.user_id, w.role, w.workflow_state, w.revision, w.changed_at,
               w.sent_at
          FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::timestamptz[], $7::timestamptz[])
               AS w (context_id, user_id, role, workflow_state, revision, changed_at, sent_at)
    ), put AS (
        INSERT INTO group_memberships AS o (group_id, user_id, workflow_state, {_VERSIONS})
        SELECT context_id, user_id, workflow_state, {_VERSIONS} FROM w
        ON CONFLICT (group_id, user_id) DO UPDATE SET workflow_state = EXCLUDED.workflow_state, {_SET_VERSION}
         WHERE {_NEWER}
        RETURNING group_id, user_id
    )
    SELECT w.id, {is_newer_sql("t", "w")} AS older
      FROM w JOIN group_memberships t ON t.group_id = w.context_id AND t.user_id = w.user_id
     WHERE NOT EXISTS (SELECT FROM put p WHERE p.group_id = w.context_id AND p.user_id = w.user_id)
    """,  # noqa: S608
}
_SITE_ADMINS = "SELECT id FROM users WHERE id = ANY($1::bigint[]) AND site_admin"
_EXISTING = "SELECT id FROM {table} WHERE id = ANY($1::bigint[])"
# The index of a name has the rows that are not deleted.
_BY_NAME = """
SELECT body ->> '{field}' AS name, id FROM {table}
 WHERE body ? '{field}' AND body ->> '{field}' = ANY($1::text[]) AND workflow_state <> 'deleted'
"""


class PersonRow(NamedTuple):
    """A course, a group or a user: its REST object without the id, and its version."""

    id: int
    body: dict[str, Any]
    version: Version
    deleted: bool = False


class MemberRow(NamedTuple):
    """A user in a course or in a group. `role` is that of an enrollment."""

    context_id: int
    user_id: int
    role: str
    workflow_state: str
    version: Version


async def put_people(db: Connection, table: Table, rows: Sequence[PersonRow]) -> Written:
    """Insert or update rows, whose ids differ. Raises UniqueViolationError of asyncpg for a name that another one has."""
    ordered = sorted(rows, key=lambda row: row.id)
    states = ["deleted" if row.deleted else "active" for row in ordered]
    versions = zip(*(row.version for row in ordered), strict=True)
    with translated():
        unwritten = await db.fetch(
            _PUT[table], [row.id for row in ordered], [row.body for row in ordered], states, *versions
        )
    return Written.of(unwritten)


async def put_members(db: Connection, table: str, rows: Sequence[MemberRow]) -> Written:
    """Insert or update enrollments or memberships, which differ. The result has their places in `rows`."""
    columns = zip(*((*row[:4], *row.version) for row in rows), strict=True)
    with translated():
        unwritten = await db.fetch(_MEMBERS[table], *columns)
    return Written.of(unwritten)


async def put_groups_in(db: Connection, courses: Mapping[int, int]) -> None:
    """Move groups into courses: group -> course."""
    with translated():
        await db.execute(_GROUPS_OF, list(courses), list(courses.values()))


async def existing_ids(db: Connection, table: Table, ids: Iterable[int]) -> set[int]:
    """Those of the rows that exist. Deleted ones are among them: a role in a deleted course counts once it is back."""
    with translated():
        rows = await db.fetch(_EXISTING.format(table=table), sorted(set(ids)))
    return {row["id"] for row in rows}


async def site_admins(db: Connection, ids: Iterable[int]) -> set[int]:
    """Those of the users that are site admins."""
    with translated():
        return {row["id"] for row in await db.fetch(_SITE_ADMINS, list(ids))}


async def ids_named(db: Connection, table: Table, field: str, names: Iterable[str]) -> dict[str, int]:
    """The ids of rows with these names, such as their `sis_user_id`; deleted ones are left out."""
    with translated():
        rows = await db.fetch(_BY_NAME.format(table=table, field=field), sorted(set(names)))
    return {row["name"]: row["id"] for row in rows}
