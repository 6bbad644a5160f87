"""Applies the migrations: numbered plain SQL, forward only, under a lock, each recorded with its checksum."""

from __future__ import annotations

import asyncio
import hashlib
import os
from importlib.resources import files

import asyncpg

from shared.adapters.postgres.pool import Connection, open_connection
from shared.domain.errors import DatabaseUnavailable
from shared.runtime.environment import Mistakes, exit_for_mistakes
from shared.runtime.logs import get_logger, set_up_logs

_LOCK = 4_201_777  # an arbitrary number that nothing else locks

_TABLE = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    name       text PRIMARY KEY,
    sha256     text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
)
"""


def migrations() -> list[tuple[str, str]]:
    """(file name, SQL) of every migration, in order."""
    folder = files("shared.adapters.postgres") / "migrations"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return [(name, (folder / name).read_text(encoding="utf-8")) for name in names]


async def migrate(database_url: str) -> list[str]:
    """Apply the migrations that the database lacks and return their names. Several processes may call it at once.

    Raises RuntimeError if one fails, or if the text of an applied one has changed since.
    """
    async with open_connection(database_url) as db:
        await db.execute("SELECT pg_advisory_lock($1)", _LOCK)
        try:
            await db.execute(_TABLE)
            return await _apply(db)
        finally:
            await db.execute("SELECT pg_advisory_unlock($1)", _LOCK)


async def _apply(db: Connection) -> list[str]:
    recorded: dict[str, str] = {row["name"]: row["sha256"] for row in await db.fetch("SELECT * FROM schema_migrations")}
    applied = []
    for name, sql in migrations():
        digest = hashlib.sha256(sql.encode()).hexdigest()
        if name in recorded:
            if recorded[name] != digest:
                raise RuntimeError(
                    f"migration {name} was changed after it had been applied: write a new migration instead"
                )
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
