"""Spans of HTTP requests. Source: OpenTelemetry, "Semantic conventions for HTTP spans".

A query is left out of them, since it may have a token or a signature in it.
"""

from __future__ import annotations

from contextlib import AbstractContextManager

from yarl import URL

from shared.runtime.span_kinds import Errors, SpanKind, Value
from shared.runtime.traces import NO_SPAN, add_attributes, fail, recording, span

_METHODS = frozenset({"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE"})
_LONGEST_METHOD = 32
_ERRORS_FROM = {SpanKind.SERVER: 500, SpanKind.CLIENT: 400}


def server_span(
    method: str, route: str | None, parent: str | None, expected: Errors, attributes: dict[str, Value]
) -> AbstractContextManager[None]:
    """A request to this process, by the template of its route, which has no ids in it; None: no route has its path."""
    name = f"{_name(method)} {route}" if route else _name(method)
    if route:
        attributes["http.route"] = route
    return span(name, parent, SpanKind.SERVER, expected, _method(method) | attributes)


def _name(method: str) -> str:
    return method if method in _METHODS else "HTTP"


def _method(method: str) -> dict[str, Value]:
    """A method that HTTP does not have is `_OTHER`: a client cannot invent further values to group spans by."""
    if method in _METHODS:
        return {"http.request.method": method}
    return {"http.request.method": "_OTHER", "http.request.method_original": method[:_LONGEST_METHOD]}


def client_span(method: str, url: URL, parent: str | None = None) -> AbstractContextManager[None]:
    """A request to another server, up to the head of its answer. Its `traceparent()` goes with the request.

    Its parent is `parent`, a traceparent, or else the current span.
    """
    if not recording():
        return NO_SPAN
    attributes = _method(method) | {
        "url.full": str(url.with_query(None).with_user(None)),
        "server.address": url.host or "",
        "server.port": url.port or 0,
    }
    return span(_name(method), parent, SpanKind.CLIENT, attributes=attributes)


def describe_answer(status: int, kind: SpanKind) -> None:
    """Note the status of the current span, of this kind. An error of a CLIENT is 4xx too; of a SERVER it is the caller's."""
    if recording():
        add_attributes({"http.response.status_code": status})
        if status >= _ERRORS_FROM[kind]:
            fail(str(status))
