"""/healthz, /readyz and /metrics: the same on every service."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from shared.http.answers import json_answer
from shared.http.server import serving
from shared.runtime.settings import Settings

Check = Callable[[], Awaitable[None]]  # raises where the dependency does not answer

_CHECK_TIMEOUT_S = 3.0


def add_health(app: web.Application, checks: Mapping[str, Check]) -> None:
    """Add the three routes. /healthz says that the process lives, /readyz that its dependencies answer."""

    async def healthz(request: web.Request) -> web.Response:
        return json_answer({"status": "ok"})

    async def readyz(request: web.Request) -> web.Response:
        found = dict(zip(checks, await asyncio.gather(*map(_state_of, checks.values())), strict=True))
        ready = all(state == "ok" for state in found.values())
        return json_answer({"status": "ok" if ready else "unavailable", "checks": found}, status=200 if ready else 503)

    async def metrics(request: web.Request) -> web.Response:
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", metrics)


async def _state_of(check: Check) -> str:
    try:
        await asyncio.wait_for(check(), _CHECK_TIMEOUT_S)
    except Exception as error:  # noqa: BLE001  (whatever is wrong with it, it is not ready)
        return f"{type(error).__name__}: {error}"[:200]
    return "ok"


@asynccontextmanager
async def serving_health(settings: Settings, checks: Mapping[str, Check]) -> AsyncIterator[None]:
    """Only the three routes, for a process that has no API of its own."""
    app = web.Application()
    add_health(app, checks)
    async with serving(app, settings):
        yield
