"""Stops a process at a chosen moment: a lock in the database makes it wait there, so that a test can kill it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import asyncpg

Reached = Callable[[], Awaitable[None]]


@asynccontextmanager
async def blocking_lock(database_url: str, statement: str) -> AsyncIterator[Reached]:
    """Hold the lock of `statement` during the block. Yields a function that waits until it blocks a session."""
    holding, watching = await asyncpg.connect(database_url), await asyncpg.connect(database_url)

    async def reached() -> None:
        blocked = "SELECT count(*) FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid))"
        for _ in range(400):
            if await watching.fetchval(blocked, holding.get_server_pid()):
                return
            await asyncio.sleep(0.05)
        raise AssertionError("no session was blocked by the lock")

    try:
        async with holding.transaction():
            await holding.execute(statement)
            yield reached
    finally:
        await holding.close()
        await watching.close()
