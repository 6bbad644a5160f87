"""Moments in which a process is to be killed, caught by a lock in the database: whoever comes there waits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import asyncpg

Met = Callable[[], Awaitable[None]]


@asynccontextmanager
async def in_the_way(database_url: str, statement: str) -> AsyncIterator[Met]:
    """Hold a lock while the block lasts; gives what waits until somebody waits for it."""
    holding, watching = await asyncpg.connect(database_url), await asyncpg.connect(database_url)

    async def met() -> None:
        behind = "SELECT count(*) FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid))"
        for _ in range(400):
            if await watching.fetchval(behind, holding.get_server_pid()):
                return
            await asyncio.sleep(0.05)
        raise AssertionError("nobody came to that moment")

    try:
        async with holding.transaction():
            await holding.execute(statement)
            yield met
    finally:
        await holding.close()
        await watching.close()
