"""Applies the migrations: numbered plain SQL, forward only, under a lock, each recorded with its checksum.

The system may run meanwhile. A migration is a transaction that does not wait long for a lock: whoever comes after it
would wait as well, so it gives up and is tried again. One whose first line is `-- no transaction` runs statement by
statement, for indexes of tables with data (CREATE INDEX CONCURRENTLY): each must be safe to repeat, and ends a line with its
only semicolon. No migration writes all rows of a table that grows: readers understand earlier rows, and the janitor converts them.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
from collections.abc import Awaitable, Callable
from functools import partial

import asyncpg

from shared.adapters.postgres.pool import Connection, open_connection
from shared.adapters.postgres.schema import migrations, serves_from
from shared.domain.errors import DatabaseUnavailable
from shared.runtime.environment import Mistakes, exit_for_mistakes
from shared.runtime.logs import get_logger, set_up_logs

_LOCK = 4_201_777  # an arbitrary number that nothing else locks
_POLL_S = 0.2  # between two looks whether another process has migrated
# For which a migration waits for a lock, and the statements of others behind it. It is far below deadlock_timeout (a second):
# of a migration and a request that wait for each other, the migration gives up, and the request is not ended as a deadlock.
_LOCK_S = 0.2
_PAUSE_S = 1.0  # before it is tried again
_TRIES = 250  # five minutes

_NO_TRANSACTION = "-- no transaction\n"
_INDEX = re.compile(r"^CREATE (?:UNIQUE )?INDEX CONCURRENTLY IF NOT EXISTS (\w+)", re.MULTILINE)
_IS_INVALID = """
SELECT EXISTS (SELECT FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
                WHERE c.relname = $1 AND pg_table_is_visible(c.oid) AND NOT i.indisvalid)
"""

_TABLE = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    name       text PRIMARY KEY,
    sha256     text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
)
"""
_RECORD = "INSERT INTO schema_migrations (name, sha256) VALUES ($1, $2)"
_RECORD_SERVES_FROM = "UPDATE schema_migrations SET serves_from = $2 WHERE name = $1"


async def migrate(database_url: str) -> list[str]:
    """Apply the migrations that the database lacks and return their names. Several processes may call it at once.

    Raises RuntimeError if one fails, or if the text of an applied one has changed since.
    """
    async with open_connection(database_url, unlimited=True) as db:
        await _lock(db)
        try:
            await db.execute(_TABLE)
            return await _apply(db)
        finally:
            await db.execute("SELECT pg_advisory_unlock($1)", _LOCK)


async def _lock(db: Connection) -> None:
    """Wait between statements, not in one: an index that is built concurrently waits for each statement that runs."""
    while not await db.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK):  # noqa: ASYNC110  (nothing here sets an event)
        await asyncio.sleep(_POLL_S)


async def _apply(db: Connection) -> list[str]:
    recorded: dict[str, str] = {
        row["name"]: row["sha256"] for row in await db.fetch("SELECT name, sha256 FROM schema_migrations")
    }
    applied = []
    for name, sql in migrations():
        if name in recorded:
            if recorded[name] != _digest(sql):
                raise RuntimeError(
                    f"migration {name} was changed after it had been applied: write a new migration instead"
                )
            continue
        try:
            await _apply_one(db, name, sql)
        except asyncpg.PostgresError as error:
            raise RuntimeError(f"migration {name}: {error}") from error
        applied.append(name)
    return applied


def _digest(sql: str) -> str:
    return hashlib.sha256(sql.encode()).hexdigest()


async def _apply_one(db: Connection, name: str, sql: str) -> None:
    record = partial(_record, db, name, sql)
    if sql.startswith(_NO_TRANSACTION):
        for statement in re.split(r";\n\s*", sql.removeprefix(_NO_TRANSACTION).rstrip()):
            await _until_locked(name, partial(_execute_alone, db, statement))
        async with db.transaction():
            await record()
        return

    async def in_transaction() -> None:
        async with db.transaction():
            await db.execute(f"SET LOCAL lock_timeout = {round(_LOCK_S * 1000)}")
            await db.execute(sql)
            await record()

    await _until_locked(name, in_transaction)


async def _record(db: Connection, name: str, sql: str) -> None:
    await db.execute(_RECORD, name, _digest(sql))
    lowest = serves_from(sql)
    if lowest is not None:
        await db.execute(_RECORD_SERVES_FROM, name, lowest)


async def _execute_alone(db: Connection, statement: str) -> None:
    """Execute a statement that may have failed before: an index that was not completed is built anew."""
    for index in _INDEX.findall(statement):
        if await db.fetchval(_IS_INVALID, index):
            await db.execute(f"DROP INDEX CONCURRENTLY {index}")
    await db.execute(statement)


async def _until_locked(name: str, attempt: Callable[[], Awaitable[None]]) -> None:
    """Try again where others hold a lock, or were waited for by those whom this waited for."""
    for _ in range(_TRIES - 1):
        try:
            return await attempt()
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError) as error:
            get_logger().warning("migration_waits_for_a_lock", migration=name, reason=str(error))
        await asyncio.sleep(_PAUSE_S)
    return await attempt()


def main() -> None:
    """Migrate the database of DATABASE_URL, the only setting that this needs. Exits with a line if it is wrong."""
    set_up_logs("migrate")
    try:
        with exit_for_mistakes():
            database_url = os.environ.get("DATABASE_URL")
            if not database_url:
                raise Mistakes(["DATABASE_URL: not set"])
            applied = asyncio.run(migrate(database_url))
    except DatabaseUnavailable as error:
        raise SystemExit(f"DATABASE_URL: {error}") from error
    except RuntimeError as error:  # a migration that failed: the sentence says what to change first
        raise SystemExit(str(error)) from error
    get_logger().info("migrations_finished", applied=applied)


if __name__ == "__main__":
    main()
