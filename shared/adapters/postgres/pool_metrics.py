"""How full the pool of a process is, and how long a statement waits for a connection of it."""

from __future__ import annotations

import asyncio
import time

import asyncpg
from prometheus_client import Gauge, Histogram

_LOOK_S = 5.0

_CONNECTIONS = Gauge(
    "content_exports_database_connections",
    "Connections of the pool, by state: used, idle",
    ["state"],
)
_WAIT = Histogram(
    "content_exports_database_wait_seconds",
    "How long a connection of the pool is waited for, tried each 5 s",
    buckets=(0.001, 0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60),
)


async def measure_pool(pool: asyncpg.Pool) -> None:
    """Measure the pool of a process, until this is cancelled.

    asyncpg has no measure of waits, and that all connections are used does not mean that any is waited for: so it is tried.
    """
    while True:
        await asyncio.sleep(_LOOK_S)
        used = pool.get_size() - pool.get_idle_size()
        _CONNECTIONS.labels("used").set(used)
        _CONNECTIONS.labels("idle").set(pool.get_idle_size())
        began = time.perf_counter()
        try:
            async with pool.acquire():
                _WAIT.observe(time.perf_counter() - began)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            continue  # the database is away, which its users log
