"""The tables of users, courses, groups and roles, as an operator fills them. Each change is in the audit log with itself."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from shared.adapters.postgres.audit_log import record
from shared.adapters.postgres.pool import Connection, Pool, translated
from shared.adapters.postgres.taken_names import unique_names
from shared.contracts.admin.administration import CourseFields, Fields, Table, UserFields, set_fields
from shared.domain.audit import SYSTEM, Action, Actor
from shared.domain.errors import InvalidContent
from shared.domain.export import ContextType

# A row with a chosen id advances the sequence past it, so that no later row gets the same id.
_NEXT_ID = "SELECT nextval(pg_get_serial_sequence($1, 'id'))"
_NEXT_IDS = "SELECT nextval(pg_get_serial_sequence($1, 'id')) FROM generate_series(1, $2::bigint)"
_ADVANCE_SEQUENCE = """
SELECT setval(pg_get_serial_sequence($1, 'id'), $2)
 WHERE $2 > coalesce((SELECT last_value FROM pg_sequences
                       WHERE format('%I.%I', schemaname, sequencename) = pg_get_serial_sequence($1, 'id')), 0)
"""
_PUT = """
INSERT INTO {table} (id, body) VALUES ($1, $2)
ON CONFLICT (id) DO UPDATE SET body = {table}.body || EXCLUDED.body, workflow_state = 'active'
"""
_ADD_USER = "INSERT INTO users (id, body) VALUES ($1, '{}') ON CONFLICT (id) DO NOTHING RETURNING id"
_SITE_ADMIN = "UPDATE users SET site_admin = $2 WHERE id = $1"
_GROUP_OF = "UPDATE groups SET course_id = $2 WHERE id = $1"
_MEMBERS = """
INSERT INTO group_memberships (group_id, user_id) SELECT $1, unnest($2::bigint[])
ON CONFLICT (group_id, user_id) DO UPDATE SET workflow_state = 'accepted'
"""
_ENROLL = """
INSERT INTO enrollments (user_id, course_id, role, workflow_state) VALUES ($1, $2, $3, $4)
ON CONFLICT (course_id, user_id, role) DO UPDATE SET workflow_state = EXCLUDED.workflow_state
"""
_DELETE = "UPDATE {table} SET workflow_state = 'deleted' WHERE id = $1"
_COUNT = "SELECT count(*) FROM {table} WHERE id = ANY($1::bigint[])"
_EXISTS = "SELECT EXISTS (SELECT FROM {table} WHERE id = $1 AND workflow_state <> 'deleted')"

_NAMES: dict[Table, str] = {"users": "user", "courses": "course", "groups": "group"}


class People:
    """Writes users, courses, groups and enrollments."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def put(self, row_id: int | None, fields: Fields, actor: Actor) -> int:
        """Insert or update a row of the table of these fields and return the id. A fresh id for None."""
        body = set_fields(fields)
        if isinstance(fields, UserFields):
            site_admin = body.pop("site_admin", None)
            return await self.put_user(row_id, body, site_admin=site_admin, actor=actor)
        if isinstance(fields, CourseFields):
            return await self.put_course(row_id, body, actor=actor)
        members, course_id = body.pop("members", ()), body.pop("course_id", None)
        return await self.put_group(row_id, body, course_id=course_id, members=members, actor=actor)

    async def put_user(
        self, user_id: int | None, body: dict[str, Any], *, site_admin: bool | None = None, actor: Actor = SYSTEM
    ) -> int:
        """Insert or update a user and return the id. `body` is a REST User; fields that it lacks stay unchanged."""
        async with self.writing(ContextType.USER, body) as db:
            return await put_user(db, user_id, body, site_admin, actor)

    @asynccontextmanager
    async def writing(self, kind: ContextType, body: Mapping[str, Any]) -> AsyncIterator[Connection]:
        """A transaction that writes `body`. Raises InvalidContent for a name that another of the kind has."""
        with translated():
            async with unique_names(self._pool, kind, body), self._pool.acquire() as db, db.transaction():
                yield db

    async def require(self, table: Table, row_id: int) -> None:
        """Raise InvalidContent if there is no such row, or if it is deleted."""
        with translated():
            await require(self._pool, table, row_id)

    async def put_course(self, course_id: int | None, body: dict[str, Any], *, actor: Actor = SYSTEM) -> int:
        """Insert a course without content, or update one, and return the id."""
        async with self.writing(ContextType.COURSE, body) as db:
            stored_id = await _put(db, "courses", course_id, body)
            await record(db, Action.PUT_COURSE, actor, subject=_subject("courses", stored_id, *body))
        return stored_id

    async def put_group(
        self,
        group_id: int | None,
        body: dict[str, Any],
        *,
        course_id: int | None = None,
        members: Sequence[int] = (),
        actor: Actor = SYSTEM,
    ) -> int:
        """Insert or update a group and return the id; members are added. Raises InvalidContent for unknown ids."""
        async with self.writing(ContextType.GROUP, body) as db:
            await _require_rows(db, "users", members)
            stored_id = await _put(db, "groups", group_id, body)
            if course_id is not None:
                await _require_rows(db, "courses", [course_id])
                await db.execute(_GROUP_OF, stored_id, course_id)
            await db.execute(_MEMBERS, stored_id, list(members))
            changes = [*body, *(["course_id"] if course_id else []), *(f"member:{each}" for each in members)]
            await record(db, Action.PUT_GROUP, actor, subject=_subject("groups", stored_id, *changes))
        return stored_id

    async def enroll(
        self,
        user_id: int,
        course_id: int,
        role: str,
        state: str = "active",
        *,
        create: bool = False,
        actor: Actor = SYSTEM,
    ) -> None:
        """Give a user a role in a course; `state` is active, completed or deleted. `create` adds a missing user.

        Raises InvalidContent for unknown ids.
        """
        with translated():
            async with self._pool.acquire() as db, db.transaction():
                await require_user(db, user_id, actor, create=create)
                await _require_rows(db, "courses", [course_id])
                await db.execute(_ENROLL, user_id, course_id, role, state)
                subject = f"user:{user_id} course:{course_id} {role} {state}"
                await record(db, Action.ENROLL, actor, subject=subject)

    async def delete(self, table: Table, row_id: int, actor: Actor = SYSTEM) -> None:
        """Mark a row as deleted; rows that refer to it stay. Raises InvalidContent if there is none."""
        with translated():
            async with self._pool.acquire() as db, db.transaction():
                await _require_rows(db, table, [row_id])
                await db.execute(_DELETE.format(table=table), row_id)
                await record(db, Action(f"delete_{_NAMES[table]}"), actor, subject=_subject(table, row_id))


async def put_user(
    db: Connection, user_id: int | None, body: Mapping[str, Any], site_admin: bool | None, actor: Actor
) -> int:
    """Insert or update a user in a transaction of `People.writing`, and return the id."""
    stored_id = await _put(db, "users", user_id, body)
    if site_admin is not None:
        await db.execute(_SITE_ADMIN, stored_id, site_admin)
    rights = [] if site_admin is None else [f"site_admin={str(site_admin).lower()}"]
    await record(db, Action.PUT_USER, actor, subject=_subject("users", stored_id, *body, *rights))
    return stored_id


async def require_user(db: Connection, user_id: int, actor: Actor, *, create: bool) -> None:
    """Raise InvalidContent for a missing user; `create` inserts it, and leaves an existing one unchanged."""
    if not create:
        await require(db, "users", user_id)
        return
    await advance_past(db, "users", user_id)
    if await db.fetchval(_ADD_USER, user_id) is not None:
        await record(db, Action.PUT_USER, actor, subject=_subject("users", user_id))


async def require(db: Connection | Pool, table: Table, row_id: int) -> None:
    """Raise InvalidContent if there is no such row, or if it is deleted."""
    if not await db.fetchval(_EXISTS.format(table=table), row_id):
        hint = "" if table == "groups" else " `create` creates it."
        raise InvalidContent(f"There is no {_NAMES[table]} {row_id}.{hint}")


async def next_id(db: Connection, table: Table) -> int:
    """An id for a new row."""
    new: int = await db.fetchval(_NEXT_ID, table)
    return new


async def next_ids(db: Connection, table: Table, number: int, other_than: Collection[int] = ()) -> list[int]:
    """So many ids for new rows, in order; none of those that are chosen for rows that are not written yet."""
    ids: list[int] = []
    with translated():
        while len(ids) < number:
            drawn = [row[0] for row in await db.fetch(_NEXT_IDS, table, number - len(ids))]
            ids += [each for each in drawn if each not in other_than]
    return ids


async def advance_past(db: Connection, table: Table, row_id: int) -> None:
    """Let no later row get this id, or a lower one."""
    await db.execute(_ADVANCE_SEQUENCE, table, row_id)


async def _put(db: Connection, table: Table, row_id: int | None, body: Mapping[str, Any]) -> int:
    if row_id is None:
        stored_id = await next_id(db, table)
    else:
        stored_id = row_id
        await advance_past(db, table, stored_id)
    await db.execute(_PUT.format(table=table), stored_id, body)
    return stored_id


async def _require_rows(db: Connection, table: Table, ids: Sequence[int]) -> None:
    distinct = set(ids)
    if await db.fetchval(_COUNT.format(table=table), list(distinct)) != len(distinct):
        raise InvalidContent(f"There is no such row in {table}: {', '.join(map(str, sorted(distinct)))}.")


def _subject(table: Table, row_id: int, *changes: str) -> str:
    """`user:12 name site_admin=true`: what was changed, without the values that describe a person."""
    return " ".join([f"{_NAMES[table]}:{row_id}", *changes])
