"""An application on an address, answering in JSON also where no handler is reached."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus

from aiohttp import web

from shared.http.answers import json_answer, of_status
from shared.runtime.logs import get_logger
from shared.runtime.settings import Settings

_BACKLOG = 1024  # connections that wait to be accepted


class _Connection(web.RequestHandler):
    """One connection. What is no HTTP at all is told so in JSON, and the connection ends."""

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        super().handle_error(request, status, exc, message)  # logs; raises where an answer has begun
        reason = HTTPStatus(status)
        told = of_status(status, reason.description or reason.phrase, reason.phrase)
        answer = json_answer(told.body, status=status)
        answer.force_close()
        return answer


@asynccontextmanager
async def serving(app: web.Application, settings: Settings) -> AsyncIterator[int]:
    """Serve an application on the settings' address while the block lasts; gives the port.

    At the end it takes no new connection, and requests in flight have the grace time to finish.
    """
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=settings.stop_grace_s)
    await runner.setup()
    manager, loop = runner.server, asyncio.get_running_loop()
    assert manager is not None

    def connection() -> _Connection:
        return _Connection(manager, loop=loop, access_log=None)  # type: ignore[arg-type]  # aiohttp: None is no log

    server = await loop.create_server(connection, settings.http_host, settings.http_port, backlog=_BACKLOG)
    port: int = server.sockets[0].getsockname()[1]
    get_logger().info("listening", host=settings.http_host, port=port)
    try:
        yield port
    finally:
        server.close()
        await runner.cleanup()
