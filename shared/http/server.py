"""An application on an address, answering in JSON also where no handler is reached."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from aiohttp import web

from shared.http.connection import Connection, ConnectionLimits, Connections
from shared.runtime.environment import Mistakes
from shared.runtime.logs import get_logger
from shared.runtime.open_files import open_files_limit
from shared.runtime.settings import ServerSettings

_REASONS = {
    errno.EADDRINUSE: "another process listens there",
    errno.EACCES: "this process has no right to use the port",
    errno.EADDRNOTAVAIL: "this machine does not have the address",
}
_BACKLOG = 1024  # connections that wait to be accepted


@asynccontextmanager
async def serving(app: web.Application, settings: ServerSettings, port: int) -> AsyncIterator[int]:
    """Serve an application on a port of HTTP_HOST while the block lasts; gives the port, which 0 leaves to the system.

    At the end it takes no new connection, and requests in flight have the grace time to finish. Raises Mistakes for an
    address that cannot be listened on, such as a port that is taken.
    """
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=settings.stop_grace_s)
    await runner.setup()
    manager, loop = runner.server, asyncio.get_running_loop()
    assert manager is not None

    connections = Connections(_limits(settings))

    def connection() -> Connection:
        return Connection(manager, connections, loop)

    with _address_checked(settings, port):
        server = await loop.create_server(connection, settings.http_host, port, backlog=_BACKLOG)
    port = server.sockets[0].getsockname()[1]
    get_logger().info("listening", host=settings.http_host, port=port, max_connections=connections.limits.connections)
    try:
        async with connections.watched():
            yield port
    finally:
        server.close()
        await runner.cleanup()


@contextmanager
def _address_checked(settings: ServerSettings, port: int) -> Iterator[None]:
    """Raise Mistakes, naming HTTP_PORT, OPS_PORT or HTTP_HOST, for an address that the system refuses."""
    try:
        yield
    except OSError as error:
        port_name = "HTTP_PORT" if port == settings.http_port else "OPS_PORT"
        name = port_name if error.errno in (errno.EADDRINUSE, errno.EACCES) else "HTTP_HOST"
        reason = _REASONS.get(error.errno or 0, error.strerror or str(error))
        raise Mistakes([f"{name}: cannot listen on {settings.http_host}:{port}, {reason}"]) from error


def _limits(settings: ServerSettings) -> ConnectionLimits:
    """The limits of the settings. A connection may need a second file: what it downloads, or a stream behind it."""
    most = min(settings.max_connections, open_files_limit() // 2)
    return ConnectionLimits(settings.head_timeout_s, settings.body_timeout_s, settings.idle_timeout_s, most)
