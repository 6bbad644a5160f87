"""The application of the progress service: its routes, its health, and the end of its streams when it stops."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from services.progress.handlers import ProgressApi
from services.progress.hub import Hub
from shared.domain.errors import DatabaseUnavailable
from shared.http.edge import edge
from shared.http.headers import add_headers
from shared.http.health import Health, add_health
from shared.runtime.settings import Settings

_GATEWAY = 1  # proxy in front: the gateway, which sets the headers itself


def make_app(
    settings: Settings, api: ProgressApi, hub: Hub, database: Callable[[], Awaitable[None]]
) -> web.Application:
    """The application. Its process runs the hub; `database` raises DatabaseUnavailable where there is none."""
    app = web.Application(middlewares=[edge(_GATEWAY, settings.access_log)], client_max_size=settings.max_body_bytes)
    api.add_to(app)

    async def listener() -> None:
        if not hub.listening:
            raise DatabaseUnavailable("the service does not receive events")

    async def end_streams(_: web.Application) -> None:
        await hub.close()

    add_headers(app, settings)
    add_health(app, Health({"database": database, "listener": listener}))
    app.on_shutdown.append(end_streams)
    return app
