"""The tables of a database in figures: what a restored one must agree with."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

Figures = dict[str, tuple[int, str]]  # rows of a table, and the sum of their digests, by its name

_TABLES = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = 'public' AND c.relkind = 'r' ORDER BY 1
"""
# A sum does not depend on the order of rows, and needs no memory.
_FIGURES = """
SELECT count(*), coalesce(sum(('x' || left(md5(t::text), 15))::bit(60)::bigint::numeric), 0)::text FROM "{}" t
"""


async def figures(db: asyncpg.Connection) -> Figures:
    """The figures of all tables, as the transaction of the connection sees them."""
    names = [row["relname"] for row in await db.fetch(_TABLES)]
    return {name: tuple(await db.fetchrow(_FIGURES.format(name)) or (0, "0")) for name in names}


@asynccontextmanager
async def snapshot(database_url: str) -> AsyncIterator[tuple[asyncpg.Connection, str]]:
    """A transaction that sees one moment, and the name by which pg_dump sees the same."""
    db = await asyncpg.connect(database_url)
    try:
        async with db.transaction(isolation="repeatable_read", readonly=True):
            yield db, await db.fetchval("SELECT pg_export_snapshot()")
    finally:
        await db.close()


async def figures_now(database_url: str) -> Figures:
    """The figures of a database that nothing writes to; none for an empty one."""
    db = await asyncpg.connect(database_url)
    try:
        return await figures(db)
    finally:
        await db.close()


def differences(before: Figures, after: Figures) -> list[str]:
    """A sentence for each table that is not the same."""
    return [
        f"the table {name} has {after.get(name, (0, ''))[0]} rows, and {before.get(name, (0, ''))[0]} in the backup"
        if before.get(name, (0, ""))[0] != after.get(name, (0, ""))[0]
        else f"rows of the table {name} are not those of the backup"
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    ]
