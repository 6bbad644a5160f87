"""One connection of a client, and the limits that each keeps: time for a head and a body, idleness, their number."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import msgspec
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from prometheus_client import Counter, Gauge

from shared.http.answers import json_answer, of_status, overloaded, timed_out
from shared.runtime.logs import get_logger

_OPEN = Gauge("content_exports_http_connections", "Connections that clients hold open")
_ENDED = Counter("content_exports_http_connections_ended_total", "Connections ended for breaking a limit", ["limit"])
_MALFORMED = Counter("content_exports_http_malformed_total", "Requests that are no HTTP")

DISCONNECTS = (ConnectionResetError, ConnectionAbortedError, BrokenPipeError)  # of a client that goes away

_LOOK_S = 0.5  # how often the limits are looked at: a connection has no timer of its own
_LINGER_S = 1.0  # how long the body of a request that is answered already is read and thrown away
_LEAST_BYTES = 1024  # of a body within `body_s`: a byte now and then is no progress


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """What a client may take its time for, in seconds, and how many connections a process holds."""

    head_s: float
    body_s: float
    idle_s: float
    connections: int


@dataclass(slots=True)
class Connections:
    """All open connections of one server."""

    limits: ConnectionLimits
    opened: set[Connection] = field(default_factory=set)

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """End the connections that break a limit while the block lasts."""
        watching = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_LOOK_S)
            now = loop.time()
            for connection in tuple(self.opened):
                connection.check_limits(now)

    @property
    def full(self) -> bool:
        """Whether one more would be too many."""
        return len(self.opened) >= self.limits.connections


class Connection(web.RequestHandler):
    """Reads requests from one connection.

    Bodies stay as they came: aiohttp would inflate even those that are never read, and a megabyte can hold a gigabyte.
    """

    __slots__ = ("_body_seen", "_connections", "_head_since", "lost")

    def __init__(self, manager: web.Server, connections: Connections, loop: asyncio.AbstractEventLoop) -> None:
        idle_s = connections.limits.idle_s
        unlogged: Any = None  # aiohttp: no access log
        super().__init__(
            manager,
            loop=loop,
            access_log=unlogged,
            auto_decompress=False,
            lingering_time=_LINGER_S,
            keepalive_timeout=idle_s,
        )
        self._connections = connections
        self.lost: asyncio.Future[None] = loop.create_future()  # done once the client has gone
        self._head_since = (
            0.0  # by the loop's clock, when the first bytes of an unfinished head came; 0: there are none
        )
        self._body_seen = (0, 0.0, 0)  # (number of the request, when, bytes of its body by then)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to read; or refuse with an answer, where there are too many connections already."""
        if self._connections.full:
            _ENDED.labels("connections").inc()
            assert isinstance(transport, asyncio.Transport)
            self._force_close = True
            transport.write(_raw_answer(503, overloaded().body, "Retry-After: 5\r\n"))
            transport.close()
            return
        self._connections.opened.add(self)
        _OPEN.inc()
        super().connection_made(transport)

    def connection_lost(self, exc: BaseException | None) -> None:
        """The connection has ended."""
        if self in self._connections.opened:
            self._connections.opened.remove(self)
            _OPEN.dec()  # the process may have another port, whose connections count too
        super().connection_lost(exc)
        if not self.lost.done():
            self.lost.set_result(None)

    def data_received(self, data: bytes) -> None:
        """Bytes of a head or a body."""
        super().data_received(data)
        if not self._awaits_head():
            self._head_since = 0.0
        elif not self._head_since:
            self._head_since = self._loop.time()

    def _awaits_head(self) -> bool:
        if self._waiter is None:
            return self._request_count == 0  # bytes may come before the task that waits for the first head has begun
        return not self._waiter.done()

    def check_limits(self, now: float) -> None:
        """End the connection where its head or its body makes no progress; aiohttp itself ends an idle one."""
        limits = self._connections.limits
        if self._awaits_head():
            if self._head_since and now - self._head_since > limits.head_s:
                self._refuse_head()
        elif self._current_request is not None and not self._current_request.content.is_eof():
            self._check_body(self._current_request.content, now, limits.body_s)

    def _check_body(self, body: Any, now: float, limit_s: float) -> None:
        number, since, received = self._body_seen
        total = body.total_bytes
        if number != self._request_count or total - received >= _LEAST_BYTES or self._reading_paused:
            self._body_seen = (self._request_count, now, total)
        elif now - since > limit_s and body.exception() is None:
            _ENDED.labels("body").inc()
            body.set_exception(BodyTimeout(f"no progress for {limit_s:g} seconds"))

    def _refuse_head(self) -> None:
        _ENDED.labels("head").inc()
        if self.transport is not None:
            self.transport.write(_raw_answer(408, timed_out("head").body))
        self.force_close()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """The answer to bytes that are not HTTP. Nothing of its bytes is logged or repeated: they may hold a token."""
        if isinstance(exc, DISCONNECTS):
            raise exc  # there is nobody to answer
        if request.writer.output_size > 0:
            raise ConnectionError("the answer has begun already; the connection ends")
        if status < 500:
            _MALFORMED.inc()
            get_logger().info("request_malformed", status=status)
        else:
            get_logger().error("request_crashed", status=status, exc_info=exc)
        reason = HTTPStatus(status)
        body = of_status(status, reason.description or reason.phrase, reason.phrase).body
        answer = json_answer(body, status=status)
        answer.force_close()
        return answer

    def log_exception(self, *_: Any, exc_info: Any = None, **__: Any) -> None:
        """Log what aiohttp itself does not foresee. A body that breaks off while it is thrown away is foreseen."""
        if not isinstance(exc_info, (*DISCONNECTS, web.RequestPayloadError, HttpProcessingError)):
            get_logger().error("connection_crashed", exc_info=exc_info)


class BodyTimeout(web.RequestPayloadError):
    """The body of a request does not arrive."""


@asynccontextmanager
async def while_connected(request: web.Request) -> AsyncIterator[None]:
    """A block that ends with ConnectionResetError as soon as the client has gone, whatever it waits for."""
    task, connection = asyncio.current_task(), request.protocol
    if task is None or not isinstance(connection, Connection):
        yield
        return
    lost, ended = connection.lost, False

    def end(_: asyncio.Future[None]) -> None:
        nonlocal ended
        ended = task.cancel()

    lost.add_done_callback(end)
    try:
        yield
    except asyncio.CancelledError:
        if ended and task.uncancel() == 0:
            raise ConnectionResetError("the client has gone") from None
        raise
    finally:
        lost.remove_done_callback(end)


def _raw_answer(status: int, body: Any, headers: str = "") -> bytes:
    """A whole answer, for a connection that no handler is reached from."""
    content = msgspec.json.encode(body)
    head = (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n{headers}Content-Type: application/json; charset=utf-8\r\n"
    )
    return f"{head}Content-Length: {len(content)}\r\nConnection: close\r\n\r\n".encode() + content
