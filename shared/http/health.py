"""Whether a process lives and is ready, and its metrics. A public port says only yes or no; operators get the rest."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import hdrs, web
from prometheus_client import REGISTRY
from prometheus_client.exposition import choose_encoder

from shared.domain.errors import in_full
from shared.http.answers import json_answer
from shared.http.server import serving
from shared.runtime.logs import get_logger
from shared.runtime.settings import ServerSettings

Check = Callable[[], Awaitable[None]]  # raises where the dependency does not answer

_CHECK_TIMEOUT_S = 3.0


@dataclass(slots=True)
class Health:
    """The readiness of one process: its dependencies, each by a name, and whether it is about to stop."""

    checks: Mapping[str, Check]
    draining: asyncio.Event = field(default_factory=asyncio.Event)

    async def states(self) -> dict[str, str]:
        """The state of each dependency: `ok`, or what is wrong with it, for operators."""
        return dict(zip(self.checks, await asyncio.gather(*map(_state_of, self.checks.values())), strict=True))

    async def drain(self, seconds: float) -> None:
        """Be unready for a while before the port closes, so that proxies send new requests elsewhere."""
        self.draining.set()
        if seconds:
            get_logger().info("draining", seconds=seconds)
            await asyncio.sleep(seconds)


HEALTH = web.AppKey("health", Health)


def add_health(app: web.Application, health: Health) -> None:
    """Add /healthz (the process lives) and /readyz (it can do its work) for everyone: the dependencies by name, without details."""

    async def readyz(request: web.Request) -> web.Response:
        states = await health.states()
        return _readiness(health, {name: "ok" if state == "ok" else "unavailable" for name, state in states.items()})

    async def close_while_draining(request: web.Request, response: web.StreamResponse) -> None:
        if health.draining.is_set():
            response.force_close()  # the next request of this client goes to another process
            response.headers[hdrs.CONNECTION] = "close"  # aiohttp has decided about this header before

    app[HEALTH] = health
    app.router.add_get("/healthz", _healthz)
    app.router.add_get("/readyz", readyz)
    app.on_response_prepare.append(close_while_draining)


def _operations(health: Health) -> web.Application:
    """The application of the operators' port: /healthz, /readyz with details, /metrics."""

    async def readyz(request: web.Request) -> web.Response:
        return _readiness(health, await health.states())

    async def metrics(request: web.Request) -> web.Response:
        encode, content_type = choose_encoder(
            request.headers.get(hdrs.ACCEPT, "")
        )  # exemplars are of OpenMetrics alone
        return web.Response(body=encode(REGISTRY), headers={"Content-Type": content_type})

    app = web.Application()
    app.router.add_get("/healthz", _healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", metrics)
    return app


async def _healthz(request: web.Request) -> web.Response:
    return json_answer({"status": "ok"})


def _readiness(health: Health, states: Mapping[str, str]) -> web.Response:
    # 503 before the port closes: a load balancer stops sending requests while this process still serves them.
    if health.draining.is_set():
        return json_answer({"status": "stopping", "checks": states}, status=503)
    ready = all(state == "ok" for state in states.values())
    return json_answer({"status": "ok" if ready else "unavailable", "checks": states}, status=200 if ready else 503)


async def _state_of(check: Check) -> str:
    try:
        await asyncio.wait_for(check(), _CHECK_TIMEOUT_S)
    except Exception as error:  # noqa: BLE001  (whatever is wrong with it, it is not ready)
        return f"{type(error).__name__}: {in_full(error)}"[:200]
    return "ok"


@asynccontextmanager
async def serving_health(settings: ServerSettings, checks: Mapping[str, Check]) -> AsyncIterator[None]:
    """The operators' port of a process that has no API of its own: HTTP_PORT."""
    async with serving(_operations(Health(checks)), settings, settings.http_port):
        yield


async def serve_api(app: web.Application, settings: ServerSettings, stopping: asyncio.Event) -> None:
    """Serve an API on HTTP_PORT, and the operators' port where OPS_PORT names one, until the process is stopping.

    Then /readyz answers 503 and answers close their connections; DRAIN_S later the port closes, and requests in flight
    have the grace time.
    """
    async with serving_api(app, settings):
        await stopping.wait()
        await app[HEALTH].drain(settings.drain_s)


@asynccontextmanager
async def serving_api(app: web.Application, settings: ServerSettings) -> AsyncIterator[None]:
    """An API on HTTP_PORT, and the operators' port where OPS_PORT names one, while the block lasts."""
    async with AsyncExitStack() as ports:
        await ports.enter_async_context(serving(app, settings, settings.http_port))
        if settings.ops_port:
            await ports.enter_async_context(serving(_operations(app[HEALTH]), settings, settings.ops_port))
        yield
