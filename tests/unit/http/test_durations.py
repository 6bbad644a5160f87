"""Requests that take as long as their client wants are not measured with those that take as long as we do."""

from __future__ import annotations

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from prometheus_client import REGISTRY

from shared.http.durations import RequestKind, kind_of
from shared.http.edge import edge
from tests.support.in_flight import counted_requests

FILE = {"Content-Disposition": 'attachment; filename="course.imscc"'}


@pytest.mark.parametrize(
    ("path", "answer", "kind"),
    [
        ("/api/v1/courses/1/content_exports/2", web.Response(), RequestKind.REQUEST),
        ("/api/v1/courses/1/content_exports/2?wait=0", web.Response(), RequestKind.REQUEST),
        ("/api/v1/courses/1/content_exports/2?wait=30", web.Response(), RequestKind.LONG_POLL),
        (
            "/api/v1/progress/1/events",
            web.StreamResponse(headers={"Content-Type": "text/event-stream"}),
            RequestKind.STREAM,
        ),
        ("/api/v1/content_exports/events", web.Response(content_type="application/x-ndjson"), RequestKind.STREAM),
        ("/files/1/download", web.StreamResponse(headers=FILE), RequestKind.DOWNLOAD),
    ],
)
def test_a_request_is_of_the_kind_that_its_time_is_spent_on(
    path: str, answer: web.StreamResponse, kind: RequestKind
) -> None:
    assert kind_of(make_mocked_request("GET", path), answer) is kind


async def test_a_request_is_counted_in_the_histogram_of_its_kind_alone() -> None:
    app = web.Application(middlewares=[edge(0)])

    async def show(request: web.Request) -> web.Response:
        return web.Response()

    app.router.add_get("/measured", show)
    app.freeze()
    await app._handle(make_mocked_request("GET", "/measured?wait=1", app=app))
    counts = [
        REGISTRY.get_sample_value(f"content_exports_http_{kind}_seconds_count", {"method": "GET", "route": "/measured"})
        for kind in RequestKind
    ]
    assert dict(zip(RequestKind, counts, strict=True)) == {
        RequestKind.REQUEST: None,
        RequestKind.LONG_POLL: 1.0,
        RequestKind.STREAM: None,
        RequestKind.DOWNLOAD: None,
    }


async def test_a_request_is_in_flight_until_it_is_answered_also_by_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    app = web.Application(middlewares=[edge(0)])
    in_flight, seen = counted_requests(monkeypatch), []

    async def show(request: web.Request) -> web.Response:
        seen.append(in_flight())
        raise KeyError

    app.router.add_get("/counted", show)
    app.freeze()
    await app._handle(make_mocked_request("GET", "/counted", app=app))
    assert (seen, in_flight()) == ([1.0], 0.0)
