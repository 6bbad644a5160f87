"""The gateway's application: what it opens, its routes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

import aiohttp
from aiohttp import web

from services.gateway.content_list import ContentListApi
from services.gateway.contexts import ContextsApi
from services.gateway.create import CreateApi
from services.gateway.deletion import DeletionApi
from services.gateway.description import Description
from services.gateway.downloads import Downloads
from services.gateway.dry_run import DryRuns
from services.gateway.exports import ExportsApi
from services.gateway.forward import Forward
from services.gateway.package_entries import PackageEntriesApi
from services.gateway.planners import open_planners
from services.gateway.readable_exports import ReadableExports
from services.gateway.waiting import WaitingRequests
from shared.adapters.open_store import open_store
from shared.adapters.postgres.content_exports import ContentExports
from shared.adapters.postgres.contexts import Contexts
from shared.adapters.postgres.idempotency import Idempotency
from shared.adapters.postgres.listener import listen
from shared.adapters.postgres.migrate import migrate
from shared.adapters.postgres.package_entries import PackageEntries
from shared.adapters.postgres.pool import check, open_pool
from shared.adapters.postgres.retention import Retention
from shared.http.edge import edge
from shared.http.headers import add_headers
from shared.http.health import add_health
from shared.http.identity import open_identity
from shared.runtime.settings import Settings

_POOL_SIZE = 10
_CONNECT_TIMEOUT_S = 5.0


@asynccontextmanager
async def open_app(settings: Settings) -> AsyncIterator[web.Application]:
    """The application with everything open that it needs."""
    async with AsyncExitStack() as stack:
        await migrate(settings.database_url)
        pool = await stack.enter_async_context(open_pool(settings.database_url, size=_POOL_SIZE, planned_once=True))
        timeout = aiohttp.ClientTimeout(total=None, connect=_CONNECT_TIMEOUT_S)
        connector = aiohttp.TCPConnector(limit=0)
        session = aiohttp.ClientSession(timeout=timeout, connector=connector, auto_decompress=False)
        await stack.enter_async_context(session)
        store = open_store(settings.store_url)
        identity = await stack.enter_async_context(open_identity(settings, pool))
        exports, contexts = ContentExports(pool), Contexts(pool)
        app = web.Application(middlewares=[edge], client_max_size=settings.max_body_bytes)
        add_headers(app, settings)
        add_health(app, {"database": partial(check, pool), "object_store": store.check})
        waiting = await stack.enter_async_context(_open_waiting(settings, app))
        readable, repeated = ReadableExports(identity, exports), Idempotency(pool, exports)
        planners = await stack.enter_async_context(open_planners(settings.amqp_url))
        dry_runs = DryRuns(planners, settings.dry_run_s)
        # Routes are tried in turn: the busy ones come first. List and create have one path.
        ExportsApi(settings, identity, exports, readable, waiting).add_to(app)
        CreateApi(settings, identity, readable, exports, repeated, dry_runs).add_to(app)
        Forward(settings, session).add_to(app)
        DeletionApi(settings, readable, Retention(pool), store).add_to(app)
        PackageEntriesApi(settings, identity, readable, PackageEntries(pool), store).add_to(app)
        ContextsApi(settings, identity, contexts).add_to(app)
        ContentListApi(settings, identity, contexts).add_to(app)
        Downloads(settings, identity, exports, store).add_to(app)
        Description().add_to(app)
        yield app


@asynccontextmanager
async def _open_waiting(settings: Settings, app: web.Application) -> AsyncIterator[WaitingRequests]:
    """Requests that wait for changes of exports; none waits any more once the application shuts down."""
    waiting = WaitingRequests()

    async def end_waiting(_: web.Application) -> None:
        waiting.close()

    app.on_shutdown.append(end_waiting)
    listening = asyncio.create_task(waiting.run(listen(settings.database_url, waiting.any)))
    try:
        yield waiting
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
