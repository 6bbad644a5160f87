"""Exports whose worker was lost, or whose message was, go back on the queue; hopeless ones end as failed."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

from prometheus_client import Counter

from shared.adapters.postgres.leases import sweep
from shared.adapters.postgres.migrate import migrate
from shared.adapters.postgres.pool import open_pool
from shared.domain.errors import DatabaseUnavailable
from shared.http.health import serving_health
from shared.runtime.lifecycle import run_service, until
from shared.runtime.logs import get_logger
from shared.runtime.settings import Settings

_REQUEUED = Counter("exports_requeued_total", "Exports put back on the queue")
_GIVEN_UP = Counter("exports_given_up_total", "Exports ended after too many attempts")


async def main(settings: Settings, stopping: asyncio.Event) -> None:
    """Sweep until the process is stopping."""
    async with AsyncExitStack() as stack:
        await migrate(settings.database_url)
        pool = await stack.enter_async_context(open_pool(settings.database_url, size=2))
        await stack.enter_async_context(serving_health(settings, {"database": lambda: pool.fetchval("SELECT 1")}))
        while not await until(stopping, settings.sweep_s):
            try:
                requeued, given_up = await sweep(
                    pool, max_attempts=settings.max_attempts, requeue_after_s=settings.requeue_after_s
                )
            except DatabaseUnavailable as error:
                get_logger().warning("sweep_failed", reason=str(error))
                continue
            _REQUEUED.inc(len(requeued))
            _GIVEN_UP.inc(len(given_up))
            if requeued or given_up:
                get_logger().warning("exports_swept", requeued=requeued, given_up=given_up)


if __name__ == "__main__":
    run_service("janitor", main)
