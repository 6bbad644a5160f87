"""Readiness: the public port says which part is wanting and nothing more; while a process drains it is not ready."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from shared.domain.errors import DatabaseUnavailable, StoreUnavailable
from shared.http.edge import edge
from shared.http.health import Health, _operations, add_health

SECRETS = "https://bucket.s3.internal/packages/7 key=packages/7/1/course.imscc password=hunter2"


async def _broken_store() -> None:
    raise StoreUnavailable(detail=SECRETS)


async def _well() -> None:
    return


def an_app(health: Health) -> web.Application:
    app = web.Application(middlewares=[edge(0)])
    add_health(app, health)

    async def fails(request: web.Request) -> web.Response:
        raise DatabaseUnavailable(detail=SECRETS)

    app.router.add_get("/fails", fails)
    app.freeze()
    return app


async def asked(app: web.Application, path: str) -> tuple[int, dict[str, Any], web.StreamResponse]:
    answer = await app._handle(make_mocked_request("GET", path, app=app))
    assert isinstance(answer, web.Response)
    assert isinstance(answer.body, bytes)
    await app.on_response_prepare.send(make_mocked_request("GET", path, app=app), answer)
    return answer.status, json.loads(answer.body), answer


async def test_strangers_see_which_part_is_unavailable_and_operators_why() -> None:
    health = Health({"database": _well, "object_store": _broken_store})
    status, body, _ = await asked(an_app(health), "/readyz")
    assert (status, body["checks"]) == (503, {"database": "ok", "object_store": "unavailable"})
    assert SECRETS in (await health.states())["object_store"]


async def test_a_process_that_drains_is_alive_and_not_ready_and_keeps_no_connection() -> None:
    health = Health({"database": _well})
    app = an_app(health)
    status, _, answer = await asked(app, "/readyz")
    assert (status, answer.keep_alive) == (200, None)
    await health.drain(0.0)
    status, body, answer = await asked(app, "/readyz")
    assert (status, body["status"], answer.keep_alive) == (503, "stopping", False)
    assert answer.headers["Connection"] == "close"
    assert (await asked(app, "/healthz"))[0] == 200


async def test_an_answer_has_our_sentence_for_a_dependency_and_nothing_of_its_own_words() -> None:
    status, body, _ = await asked(an_app(Health({})), "/fails")
    assert status == 503
    assert body["errors"][0]["message"] == "The database did not answer within its deadline."
    assert "hunter2" not in json.dumps(body)


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [("", "text/plain"), ("application/openmetrics-text; version=1.0.0", "application/openmetrics-text")],
)
async def test_a_scraper_of_openmetrics_gets_the_form_that_has_exemplars(accept: str, content_type: str) -> None:
    app = _operations(Health({}))
    app.freeze()
    answer = await app._handle(make_mocked_request("GET", "/metrics", headers={"Accept": accept}, app=app))
    assert answer.headers["Content-Type"].startswith(content_type)
