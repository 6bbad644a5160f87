"""The access log: which requests have a line, and what is in it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from structlog.testing import capture_logs

from shared.domain.rights import Caller
from shared.http.access_log import CALLER
from shared.http.answers import forbidden
from shared.http.edge import edge


async def lines(access_log: str, path: str, times: int = 1, method: str = "GET") -> list[Mapping[str, Any]]:
    """The lines of requests through an application with this setting."""
    app = web.Application(middlewares=[edge(1, access_log)])
    app.router.add_get("/items/{id}", _answer)
    app.freeze()
    sent = {"X-Forwarded-For": "192.0.2.7", "Authorization": "Bearer secret-token"}
    with capture_logs() as logs:
        for _ in range(times):
            with suppress(ConnectionResetError):
                await app._handle(make_mocked_request(method, path, sent, app=app))
    return [each for each in logs if each["event"] == "request"]


async def _answer(request: web.Request) -> web.Response:
    request[CALLER] = Caller(7, token="token:5")
    if request.match_info["id"] == "forbidden":
        raise forbidden()
    if request.match_info["id"] == "broken":
        raise RuntimeError("a defect")
    if request.match_info["id"] == "gone":
        raise ConnectionResetError
    return web.Response(body=b"0123456789")


async def test_a_line_names_the_route_and_the_caller_and_has_neither_ids_nor_query_nor_headers() -> None:
    (line,) = await lines("all", "/items/12345?access_token=secret-token")
    ms = line["ms"]
    assert line == {
        "event": "request",
        "log_level": "info",
        "method": "GET",
        "route": "/items/{id}",
        "status": 200,
        "ms": ms,
        "bytes": 10,
        "user_id": 7,
        "token": "token:5",
        "address": "192.0.2.7",
    }
    assert ms >= 0


@pytest.mark.parametrize(
    ("access_log", "logged"),
    [
        ("off", set()),
        ("errors", {403, 404, 499, 500}),
        ("sample:0", {403, 404, 499, 500}),
        ("all", {200, 403, 404, 499, 500}),
    ],
)
async def test_errors_are_logged_unless_the_log_is_off_and_all_requests_only_if_asked_for(
    access_log: str, logged: set[int]
) -> None:
    paths = ("/items/1", "/items/forbidden", "/nowhere", "/items/gone", "/items/broken")
    assert {line["status"] for path in paths for line in await lines(access_log, path)} == logged


async def test_a_sample_has_about_its_share_of_good_answers() -> None:
    assert 20 < len(await lines("sample:0.25", "/items/1", times=200)) < 85


async def test_a_defect_is_a_warning_and_a_client_that_left_is_not() -> None:
    assert [line["log_level"] for line in await lines("errors", "/items/broken")] == ["warning"]
    assert [line["log_level"] for line in await lines("errors", "/items/gone")] == ["info"]


async def test_the_answer_to_a_head_request_has_no_bytes() -> None:
    assert [line["bytes"] for line in await lines("all", "/items/1", method="HEAD")] == [0]
