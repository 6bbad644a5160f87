"""Spans of HTTP requests. Source: OpenTelemetry, "Semantic conventions for HTTP spans".

A query is left out of them, since it may have a token or a signature in it.
"""

from __future__ import annotations

from contextlib import AbstractContextManager

from yarl import URL

from shared.runtime.span_kinds import SpanKind, Value
from shared.runtime.traces import NO_SPAN, add_attributes, fail, recording, span

_ERRORS_FROM = {SpanKind.SERVER: 500, SpanKind.CLIENT: 400}


def client_span(method: str, url: URL, parent: str | None = None) -> AbstractContextManager[None]:
    """A request to another server, up to the head of its answer. Its `traceparent()` goes with the request.

    Its parent is `parent`, a traceparent, or else the current span.
    """
    if not recording():
        return NO_SPAN
    attributes: dict[str, Value] = {
        "http.request.method": method,
        "url.full": str(url.with_query(None).with_user(None)),
        "server.address": url.host or "",
        "server.port": url.port or 0,
    }
    return span(method, parent, SpanKind.CLIENT, attributes=attributes)


def describe_answer(status: int, kind: SpanKind) -> None:
    """Note the status of the current span, of this kind. An error of a CLIENT is 4xx too; of a SERVER it is the caller's."""
    if recording():
        add_attributes({"http.response.status_code": status})
        if status >= _ERRORS_FROM[kind]:
            fail(str(status))
