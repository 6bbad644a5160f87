"""Users, courses, groups and roles as an operator sets them up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from shared.adapters.postgres.access import digest
from shared.adapters.postgres.pool import Connection, Pool, translated
from shared.domain.errors import InvalidContent

Table = Literal["users", "courses", "groups"]

# A row whose id is given moves the sequence on, so that nothing that is numbered here later meets it.
_NUMBER = "SELECT nextval(pg_get_serial_sequence($1, 'id'))"
_MOVE_ON = """
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
_REVOKE = "UPDATE access_tokens SET revoked_at = coalesce(revoked_at, now()) WHERE digest = $1 RETURNING id"


class People:
    """Everybody of a database."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def put_user(self, user_id: int | None, body: dict[str, Any], *, site_admin: bool | None = None) -> int:
        """Add a user, or change one: fields that are not given stay; the id. `body` is in the shape of REST User."""
        with translated():
            async with self._pool.acquire() as db, db.transaction():
                found = await _put(db, "users", user_id, body)
                if site_admin is not None:
                    await db.execute(_SITE_ADMIN, found, site_admin)
        return found

    async def ensure_user(self, user_id: int) -> None:
        """Add a user where there is none with this id; one that is there stays as it is."""
        with translated():
            async with self._pool.acquire() as db, db.transaction():
                await db.execute(_MOVE_ON, "users", user_id)
                await db.execute(_ADD_USER, user_id)

    async def put_course(self, course_id: int | None, body: dict[str, Any]) -> int:
        """Add a course without content, or change one; the id."""
        with translated():
            async with self._pool.acquire() as db, db.transaction():
                return await _put(db, "courses", course_id, body)

    async def put_group(
        self, group_id: int | None, body: dict[str, Any], *, course_id: int | None = None, members: Sequence[int] = ()
    ) -> int:
        """Add a group, or change one; members are added to those it has. Raises InvalidContent for unknown ids."""
        with translated():
            async with self._pool.acquire() as db, db.transaction():
                await _known(db, "users", members)
                found = await _put(db, "groups", group_id, body)
                if course_id is not None:
                    await _known(db, "courses", [course_id])
                    await db.execute(_GROUP_OF, found, course_id)
                await db.execute(_MEMBERS, found, list(members))
        return found

    async def enroll(self, user_id: int, course_id: int, role: str, state: str = "active") -> None:
        """Give a user a role in a course: active, completed or deleted. Raises InvalidContent for unknown ids."""
        with translated():
            async with self._pool.acquire() as db, db.transaction():
                await _known(db, "courses", [course_id])
                await _known(db, "users", [user_id])
                await db.execute(_ENROLL, user_id, course_id, role, state)

    async def delete(self, table: Table, row_id: int) -> None:
        """Take a row out of sight; what it had stays. Raises InvalidContent where there is none."""
        with translated():
            async with self._pool.acquire() as db:
                await _known(db, table, [row_id])
                await db.execute(_DELETE.format(table=table), row_id)

    async def revoke(self, token: str) -> bool:
        """End a token; False where it was never issued."""
        with translated():
            return await self._pool.fetchval(_REVOKE, digest(token)) is not None


async def _put(db: Connection, table: Table, row_id: int | None, body: dict[str, Any]) -> int:
    if row_id is None:
        number: int = await db.fetchval(_NUMBER, table)
    else:
        number = row_id
        await db.execute(_MOVE_ON, table, number)
    await db.execute(_PUT.format(table=table), number, body)
    return number


async def _known(db: Connection, table: Table, ids: Sequence[int]) -> None:
    wanted = set(ids)
    if await db.fetchval(_KNOWN.format(table=table), list(wanted)) != len(wanted):
        raise InvalidContent(f"There is no such row in {table}: {', '.join(map(str, sorted(wanted)))}.")
