"""Migrations: numbered plain SQL, forward only, under a lock, each remembered with its checksum."""

from __future__ import annotations

import asyncio
import hashlib
import os
from importlib.resources import files

import asyncpg

from shared.adapters.postgres.pool import Connection, open_connection
from shared.domain.errors import DatabaseUnavailable
from shared.runtime.logs import get_logger, set_up_logs

_LOCK = 4_201_777  # any number that no one else locks

_TABLE = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    name       text PRIMARY KEY,
    sha256     text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
)
"""


def migrations() -> list[tuple[str, str]]:
    """(name, SQL) of every migration in its order."""
    folder = files("shared.adapters.postgres") / "migrations"
    found = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return [(name, (folder / name).read_text(encoding="utf-8")) for name in found]


async def migrate(database_url: str) -> list[str]:
    """Apply what is missing; the names applied. Any number of processes may call it at once.

    Raises RuntimeError where an applied migration has been changed since.
    """
    async with open_connection(database_url) as db:
        await db.execute("SELECT pg_advisory_lock($1)", _LOCK)
        try:
            await db.execute(_TABLE)
            return await _apply(db)
        finally:
            await db.execute("SELECT pg_advisory_unlock($1)", _LOCK)


async def _apply(db: Connection) -> list[str]:
    done: dict[str, str] = {row["name"]: row["sha256"] for row in await db.fetch("SELECT * FROM schema_migrations")}
    applied = []
    for name, sql in migrations():
        digest = hashlib.sha256(sql.encode()).hexdigest()
        if name in done:
            if done[name] != digest:
                raise RuntimeError(f"migration {name} was applied in another form: write a new one instead")
            continue
        async with db.transaction():
            try:
                await db.execute(sql)
            except asyncpg.PostgresError as error:
                raise RuntimeError(f"migration {name}: {error}") from error
            await db.execute("INSERT INTO schema_migrations (name, sha256) VALUES ($1, $2)", name, digest)
        applied.append(name)
    return applied


def main() -> None:
    """Bring the database of DATABASE_URL up to date; that alone must be set."""
    database_url = os.environ.get("DATABASE_URL")
    if not database_url:
        raise SystemExit("DATABASE_URL: not set")
    set_up_logs("migrate")
    try:
        applied = asyncio.run(migrate(database_url))
    except DatabaseUnavailable as error:
        raise SystemExit(f"DATABASE_URL: {error}") from error
    get_logger().info("migrations_finished", applied=applied)


if __name__ == "__main__":
    main()
