"""`python -m services.progress`: listen for events, serve them, stop."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from functools import partial

from services.progress.app import make_app
from services.progress.handlers import ProgressApi
from services.progress.hub import Hub
from shared.adapters.postgres.content_exports import ContentExports
from shared.adapters.postgres.events.event_replay import EventReplay
from shared.adapters.postgres.events.export_events import ExportEvents
from shared.adapters.postgres.listener import listen
from shared.adapters.postgres.packages.package_loads import PackageLoads
from shared.adapters.postgres.pool import SHORT, check, open_pool
from shared.adapters.postgres.queue_views import QueueViews
from shared.adapters.postgres.read_audit import open_read_audit
from shared.domain.fairness.fair_turns import QueueLimits
from shared.http.expected_times import ExpectedTimesOfExports
from shared.http.health import serve_api
from shared.http.identity import open_identity
from shared.http.once_migrated import once_migrated
from shared.http.urls import public_address
from shared.runtime.lifecycle import run_service
from shared.runtime.settings import Settings


async def main(settings: Settings, stopping: asyncio.Event) -> None:
    """Serve until the process is stopping. Raises DatabaseUnavailable if there is no database at the start.

    Streams end first, so that clients come back elsewhere with the last id they have; then requests in flight.
    """
    hub, address = Hub(), public_address(settings)
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(open_pool(settings.database_url, planned_once=True, limits=SHORT))
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        hearing = tasks.create_task(hub.run(listen(settings.database_url, base_url=address)))
        identity = await stack.enter_async_context(open_identity(settings, pool))
        audit = await stack.enter_async_context(open_read_audit(pool))
        loads = PackageLoads(pool, settings.lease_s)
        log, replay = ExportEvents(pool, address), EventReplay(pool, address)
        limits = QueueLimits(settings.exports_per_owner, settings.large_export_s)
        expected = ExpectedTimesOfExports(QueueViews(pool), limits)
        api = ProgressApi(settings, ContentExports(pool), identity, log, audit, hub, loads, replay, expected)
        await serve_api(make_app(settings, api, hub, partial(check, pool)), settings, stopping)
        hearing.cancel()


if __name__ == "__main__":
    run_service("progress", once_migrated(main, api=True))
