"""The tables of users, courses, groups and roles, as an operator fills them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Literal

from shared.adapters.postgres.access import digest
from shared.adapters.postgres.pool import Connection, Pool, translated
from shared.adapters.postgres.taken_names import unique_names
from shared.domain.errors import InvalidContent
from shared.domain.export import ContextType

Table = Literal["users", "courses", "groups"]

# A row with a chosen id advances the sequence past it, so that no later row gets the same id.
_NEXT_ID = "SELECT nextval(pg_get_serial_sequence($1, 'id'))"
_ADVANCE_SEQUENCE = """
SELECT setval(pg_get_serial_sequence($1, 'id'), $2)
 WHERE $2 > coalesce((SELECT last_value FROM pg_sequences
                       WHERE format('%I.%I', schemaname, sequencename) = pg_get_serial_sequence($1, 'id')), 0)
"""
_PUT = """
INSERT INTO {table} (id, body) VALUES ($1, $2)
ON CONFLICT (id) DO UPDATE SET body = {table}.body || EXCLUDED.body, workflow_state = 'active'
"""
_ADD_USER = "INSERT INTO users (id, body) VALUES ($1, '{}') ON CONFLICT (id) DO NOTHING"
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
_KNOWN = "SELECT count(*) FROM {table} WHERE id = ANY($1::bigint[])"
_EXISTS = "SELECT EXISTS (SELECT FROM {table} WHERE id = $1 AND workflow_state <> 'deleted')"
_REVOKE = "UPDATE access_tokens SET revoked_at = coalesce(revoked_at, now()) WHERE digest = $1 RETURNING id"


class People:
    """Writes users, courses, groups, enrollments, and revokes tokens."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def put_user(self, user_id: int | None, body: dict[str, Any], *, site_admin: bool | None = None) -> int:
        """Insert or update a user and return the id. `body` is a REST User; fields that it lacks stay unchanged."""
        with translated():
            async with self._writing(ContextType.USER, body) as db:
                stored_id = await _put(db, "users", user_id, body)
                if site_admin is not None:
                    await db.execute(_SITE_ADMIN, stored_id, site_admin)
        return stored_id

    @asynccontextmanager
    async def _writing(self, kind: ContextType, body: dict[str, Any]) -> AsyncIterator[Connection]:
        """A transaction that writes `body`. Raises InvalidContent for a name that another of the kind has."""
        async with unique_names(self._pool, kind, body), self._pool.acquire() as db, db.transaction():
            yield db

    async def ensure_user(self, user_id: int) -> None:
        """Insert a user with this id if there is none; an existing one stays unchanged."""
        with translated():
            async with self._pool.acquire() as db, db.transaction():
                await db.execute(_ADVANCE_SEQUENCE, "users", user_id)
                await db.execute(_ADD_USER, user_id)

    async def require(self, table: Table, row_id: int) -> None:
        """Raise InvalidContent if there is no such row, or if it is deleted."""
        with translated():
            if not await self._pool.fetchval(_EXISTS.format(table=table), row_id):
                raise InvalidContent(f"There is no such row in {table}: {row_id}. --create creates it.")

    async def put_course(self, course_id: int | None, body: dict[str, Any]) -> int:
        """Insert a course without content, or update one, and return the id."""
        with translated():
            async with self._writing(ContextType.COURSE, body) as db:
                return await _put(db, "courses", course_id, body)

    async def put_group(
        self, group_id: int | None, body: dict[str, Any], *, course_id: int | None = None, members: Sequence[int] = ()
    ) -> int:
        """Insert or update a group and return the id; members are added. Raises InvalidContent for unknown ids."""
        with translated():
            async with self._writing(ContextType.GROUP, body) as db:
                await _require_rows(db, "users", members)
                stored_id = await _put(db, "groups", group_id, body)
                if course_id is not None:
                    await _require_rows(db, "courses", [course_id])
                    await db.execute(_GROUP_OF, stored_id, course_id)
                await db.execute(_MEMBERS, stored_id, list(members))
        return stored_id

    async def enroll(self, user_id: int, course_id: int, role: str, state: str = "active") -> None:
        """Give a user a role in a course; `state` is active, completed or deleted.

        Raises InvalidContent for unknown ids.
        """
        with translated():
            async with self._pool.acquire() as db, db.transaction():
                await _require_rows(db, "courses", [course_id])
                await _require_rows(db, "users", [user_id])
                await db.execute(_ENROLL, user_id, course_id, role, state)

    async def delete(self, table: Table, row_id: int) -> None:
        """Mark a row as deleted; rows that refer to it stay. Raises InvalidContent if there is none."""
        with translated():
            async with self._pool.acquire() as db:
                await _require_rows(db, table, [row_id])
                await db.execute(_DELETE.format(table=table), row_id)

    async def revoke(self, token: str) -> bool:
        """Revoke a token; False if it was never issued."""
        with translated():
            return await self._pool.fetchval(_REVOKE, digest(token)) is not None


async def _put(db: Connection, table: Table, row_id: int | None, body: dict[str, Any]) -> int:
    if row_id is None:
        stored_id: int = await db.fetchval(_NEXT_ID, table)
    else:
        stored_id = row_id
        await db.execute(_ADVANCE_SEQUENCE, table, stored_id)
    await db.execute(_PUT.format(table=table), stored_id, body)
    return stored_id


async def _require_rows(db: Connection, table: Table, ids: Sequence[int]) -> None:
    distinct = set(ids)
    if await db.fetchval(_KNOWN.format(table=table), list(distinct)) != len(distinct):
        raise InvalidContent(f"There is no such row in {table}: {', '.join(map(str, sorted(distinct)))}.")
