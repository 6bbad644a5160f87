"""What surrounds every request: an id for its log lines, errors as JSON, counts and times."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from functools import lru_cache
from itertools import count

import structlog
from aiohttp import web
from aiohttp.typedefs import Middleware
from multidict import istr
from prometheus_client import Counter, Gauge, Histogram

from shared.domain.errors import ExportError, in_full
from shared.http.access_log import CLIENT_GONE, AccessLog, body_bytes, write
from shared.http.answers import (
    ApiError,
    bad_request,
    internal_error,
    method_not_allowed,
    not_found,
    of_status,
    timed_out,
    too_large,
    unavailable,
)
from shared.http.connection import DISCONNECTS, BodyTimeout
from shared.http.durations import RequestKind, kind_of, seconds_of
from shared.http.forwarded import client_address
from shared.http.presentation import error_answer, present
from shared.runtime.http_spans import describe_answer, server_span
from shared.runtime.logs import get_logger
from shared.runtime.span_kinds import SpanKind, Value
from shared.runtime.traces import NO_SPAN, exemplar, recording

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

REQUEST_ID = web.RequestKey("request_id", str)
ADDRESS = web.RequestKey("address", str)  # of the client; empty where there is none
_HEADER, _TRACEPARENT = istr("X-Request-Id"), istr("traceparent")
_PROCESS, _NUMBERS = os.urandom(6).hex(), count(1)  # parts of our own request ids: the process and a counter
_GOOD_ID = re.compile(r"[A-Za-z0-9._:/-]{1,128}")
_GOOD_ADDRESS = re.compile(r"[!-~]{1,64}")  # what proxies write is kept only where a log and a database can hold it

_IN_FLIGHT = Gauge("content_exports_http_requests_in_flight", "Requests that are being answered, streams among them")
_ANSWERS = Counter("content_exports_http_answers_total", "Answers by status", ["method", "route", "status"])


def edge(trusted_proxies: int, access_log: str = "errors") -> Middleware:
    """The middleware of an application with so many proxies of ours in front, and this ACCESS_LOG."""
    log = AccessLog.of(access_log)

    @web.middleware
    def surround(request: web.Request, handler: Handler) -> Awaitable[web.StreamResponse]:
        address = client_address(request, trusted_proxies)
        if trusted_proxies and not _GOOD_ADDRESS.fullmatch(address):  # without proxies it is the kernel's
            address = ""
        request[ADDRESS] = address
        return _surrounded(request, handler, log)

    return surround


async def _surrounded(request: web.Request, handler: Handler, log: AccessLog) -> web.StreamResponse:
    """Bind a request id, turn errors into answers, count, log."""
    started, method, route = time.perf_counter(), request.method, _route(request)
    sent_id = request.headers.get(_HEADER)
    request_id = sent_id if sent_id and _GOOD_ID.fullmatch(sent_id) else f"{_PROCESS}-{next(_NUMBERS):x}"
    request[REQUEST_ID] = request_id
    structlog.contextvars.bind_contextvars(request_id=request_id)  # ends with the request, which has a task of its own
    with _IN_FLIGHT.track_inprogress(), _server_span(request, request_id):
        try:
            answer = await _answered(request, handler, request_id)
        except DISCONNECTS:
            if log.logs(CLIENT_GONE):
                _write(request, CLIENT_GONE, 0, started)
            raise
        # A stream has sent its headers already, with the same request id.
        if not answer.prepared:
            answer.headers[_HEADER] = request_id
            present(request, answer)
        status = answer.status
        describe_answer(status, SpanKind.SERVER)
        seconds, answers = _counted(kind_of(request, answer), method, route, status)
        seconds.observe(time.perf_counter() - started, exemplar())
        answers.inc()
        if log.logs(status):
            _write(request, status, body_bytes(request, answer), started)
    return answer


def _server_span(request: web.Request, request_id: str) -> AbstractContextManager[None]:
    """The span of a request. Source: OpenTelemetry, "Semantic conventions for HTTP spans", server."""
    if not recording():
        return NO_SPAN
    resource, version = request.match_info.route.resource, request.version
    optional: dict[str, Value | None] = {
        "server.port": request.url.port,
        "client.address": request[ADDRESS],
        "user_agent.original": request.headers.get("User-Agent"),
    }
    attributes: dict[str, Value] = {
        "url.path": request.path,
        "url.scheme": request.scheme,
        "server.address": request.url.host or "",
        "network.protocol.version": f"{version.major}.{version.minor}",
        "request_id": request_id,
        **{name: value for name, value in optional.items() if value},
    }
    route = resource.canonical if resource is not None else None
    return server_span(request.method, route, request.headers.get(_TRACEPARENT), DISCONNECTS, attributes)


def _write(request: web.Request, status: int, size: int, started: float) -> None:
    """The line of the access log; its `ms` end when the answer, or the client, has gone."""
    ms = round((time.perf_counter() - started) * 1000, 1)
    write(request, status, route=_route(request), ms=ms, bytes=size, address=request[ADDRESS])


@lru_cache(maxsize=1024)
def _counted(kind: RequestKind, method: str, route: str, status: int) -> tuple[Histogram, Counter]:
    """The time and the count of answers of a kind: looking them up by their labels would cost as much as counting."""
    return seconds_of(kind, method, route), _ANSWERS.labels(method, route, status)


async def _answered(request: web.Request, handler: Handler, request_id: str) -> web.StreamResponse:
    try:
        return await handler(request)
    except DISCONNECTS:
        raise  # there is no one to respond to
    except Exception as error:
        if isinstance(error, OSError) and request.transport is None:
            raise ConnectionResetError("the client has gone") from error  # such as ETIMEDOUT of its connection
        return error_answer(request, _translated(request, error, request_id))


def _translated(request: web.Request, error: Exception, request_id: str) -> ApiError:
    """The response to a client; details go to the log only."""
    if isinstance(error, ApiError):
        return error
    if isinstance(error, web.HTTPException):
        return _from_aiohttp(error)
    if isinstance(error, BodyTimeout):
        return timed_out("body")
    if isinstance(error, web.RequestPayloadError):
        return bad_request(f"the body cannot be read: {error}")
    if isinstance(error, ExportError) and error.retry:
        get_logger().warning("dependency_unavailable", code=error.code, reason=in_full(error))
        return unavailable(str(error))
    get_logger().exception("request_crashed", path=request.path, exc_info=error)
    return internal_error(request_id)


def _from_aiohttp(error: web.HTTPException) -> ApiError:
    if error.status == 404:
        return not_found()
    if error.status == 405:
        return method_not_allowed(error.headers.get("Allow", ""))
    if error.status == 413:
        return too_large()
    if error.status < 500:
        return of_status(error.status, error.reason, error.reason)
    return bad_request(error.reason)


def _route(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "none"
