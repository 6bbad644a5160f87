"""A service begins once the database has the schema that it needs. Until then it lives, is unready, and does nothing else."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager, suppress
from functools import partial

from aiohttp import web

from shared.adapters.postgres.schema import check_schema, look_at_schema
from shared.domain.errors import DatabaseUnavailable
from shared.http.answers import unavailable
from shared.http.edge import edge
from shared.http.health import Check, Health, add_health, serving_api, serving_health
from shared.runtime.environment import Mistakes
from shared.runtime.lifecycle import Main, stops_within
from shared.runtime.logs import get_logger
from shared.runtime.settings import Settings

_POLL_S = 0.5
_WATCH_S = 60.0  # between two looks of a process that runs: a migration may end the time of its code


def once_migrated(main: Main, *, api: bool = False) -> Main:
    """`main`, begun once the migrations are applied; not at all where the process is asked to stop before that.

    It raises DatabaseUnavailable if there is no database at the start, and Mistakes for one that does not serve this code, or
    no longer: then `main` stops first, as it does on SIGTERM.
    """

    async def run(settings: Settings, stopping: asyncio.Event) -> None:
        state = await look_at_schema(settings.database_url)
        get_logger().info("schema_seen", version=state.version, needed=state.needed, serves_from=state.serves_from)
        if state.is_older:
            async with _serving_unready(settings, api=api):
                await _applied(settings, stopping, state.missing)
        if not stopping.is_set():
            await _while_served(main, settings, stopping)

    return run


async def _while_served(main: Main, settings: Settings, stopping: asyncio.Event) -> None:
    watching = asyncio.create_task(_watch(settings, stopping))
    try:
        await main(settings, stopping)
    finally:
        watching.cancel()
        await asyncio.wait([watching])
    if not watching.cancelled():
        watching.result()


async def _watch(settings: Settings, stopping: asyncio.Event) -> None:
    """Stop the process, and raise Mistakes, once the database no longer serves this code."""
    while not await stops_within(stopping, _WATCH_S):
        try:
            await look_at_schema(settings.database_url)
        except DatabaseUnavailable:
            continue  # readiness has the reason
        except Mistakes as error:
            get_logger().error("schema_serves_no_longer", reason=str(error))
            stopping.set()
            raise


async def _applied(settings: Settings, stopping: asyncio.Event, reason: str) -> None:
    """Return once the migrations are applied, or the process is asked to stop. It waits for a database that is unavailable."""
    get_logger().warning("schema_awaited", reason=reason)
    while not await stops_within(stopping, _POLL_S):
        with suppress(DatabaseUnavailable):  # readiness has the reason
            await check_schema(settings.database_url)
            get_logger().info("schema_applied")
            return


def _serving_unready(settings: Settings, *, api: bool) -> AbstractAsyncContextManager[None]:
    """The ports of the process, whose readiness has the sentence for operators; an API answers 503 to all else."""
    checks: dict[str, Check] = {"schema": partial(check_schema, settings.database_url)}
    if not api:
        return serving_health(settings, checks)
    app = web.Application(middlewares=[edge(settings.trusted_proxies, settings.access_log)])
    add_health(app, Health(checks))
    app.router.add_route("*", "/{path:.*}", _unavailable)
    return serving_api(app, settings)


async def _unavailable(request: web.Request) -> web.Response:
    raise unavailable("The service is not ready yet.")
