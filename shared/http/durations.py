"""How long requests take, each kind apart: a stream that is open for hours says nothing about an answer of a millisecond."""

from __future__ import annotations

from enum import StrEnum

from aiohttp import hdrs, web
from prometheus_client import Histogram

from shared.http.polling import wait_s

_LABELS = ("method", "route")
_STREAMS = ("text/event-stream", "application/x-ndjson")
_MINUTES = (0.1, 0.5, 1, 5, 15, 30, 60, 300, 1800, 7200, 28800)


class RequestKind(StrEnum):
    """What the time of a request is spent on."""

    REQUEST = "request"  # on our work alone
    LONG_POLL = "long_poll"  # on waiting for a change, as its client asked for
    STREAM = "stream"  # on events, until one side ends it
    DOWNLOAD = "download"  # on the bytes of a file, at the speed of its client


_SECONDS = {
    RequestKind.REQUEST: Histogram(
        "content_exports_http_request_seconds", "From a request to the end of its answer", _LABELS
    ),
    RequestKind.LONG_POLL: Histogram(
        "content_exports_http_long_poll_seconds",
        "The same of requests that wait for a change (?wait=)",
        _LABELS,
        buckets=(0.01, 0.1, 0.5, 1, 2.5, 5, 10, 20, 30, 31, 35, 60),
    ),
    RequestKind.STREAM: Histogram(
        "content_exports_http_stream_seconds", "How long event streams were open", _LABELS, buckets=_MINUTES
    ),
    RequestKind.DOWNLOAD: Histogram(
        "content_exports_http_download_seconds", "How long the bytes of files took", _LABELS, buckets=_MINUTES
    ),
}


def kind_of(request: web.Request, answer: web.StreamResponse) -> RequestKind:
    """The kind of a request, by its answer."""
    if answer.headers.get(hdrs.CONTENT_TYPE, "").startswith(_STREAMS):
        return RequestKind.STREAM
    if hdrs.CONTENT_DISPOSITION in answer.headers:
        return RequestKind.DOWNLOAD
    return RequestKind.LONG_POLL if wait_s(request) else RequestKind.REQUEST


def seconds_of(kind: RequestKind, method: str, route: str) -> Histogram:
    """The histogram of this kind of requests to a route."""
    return _SECONDS[kind].labels(method, route)
