"""The API describes itself, and nothing but itself."""

from __future__ import annotations

import re
from importlib.metadata import version

from services.gateway.description import routes_of
from shared.contracts.asyncapi.document import document
from shared.contracts.operations import OPERATIONS
from tests.support.fake_progress import ProgressWorld
from tests.support.gateway import Gateway


async def test_every_operation_has_a_route_and_every_route_its_operation(gateway: Gateway) -> None:
    described = {(each.method, each.path) for each in OPERATIONS}
    of_progress = routes_of(ProgressWorld().app)
    assert of_progress <= described
    assert described == gateway.routes | of_progress


async def test_the_description_is_openapi_3_1_and_stays_the_same(gateway: Gateway) -> None:
    answer = await gateway.http.get(f"{gateway.url}/openapi.json")
    api = answer.json()
    assert (api["openapi"], answer.headers["content-type"]) == ("3.1.0", "application/json; charset=utf-8")
    for context in ("courses/{course_id}", "groups/{group_id}", "users/{user_id}"):
        assert {"get", "post"} <= set(api["paths"][f"/api/v1/{context}/content_exports"])
    named = set(re.findall(r'"#/components/(\w+)/(\w+)"', answer.text))
    assert named == {(part, name) for part in ("schemas", "responses") for name in api["components"][part]}
    tag = {"If-None-Match": answer.headers["etag"]}
    assert (await gateway.http.get(f"{gateway.url}/openapi.json", headers=tag)).status_code == 304


async def test_the_description_of_messages_is_served_beside_it_and_stays_the_same(gateway: Gateway) -> None:
    answer = await gateway.http.get(f"{gateway.url}/asyncapi.json")
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.json() == document(version("content-exports"))
    tag = {"If-None-Match": answer.headers["etag"]}
    assert (await gateway.http.get(f"{gateway.url}/asyncapi.json", headers=tag)).status_code == 304


async def test_the_first_page_leads_to_what_is_there_and_says_what_to_type(gateway: Gateway) -> None:
    page = await gateway.http.get(f"{gateway.url}/")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    parts = set(re.findall(r'(?:src|href)="([^"]+)"', page.text))
    assert {"docs", "openapi.json", "asyncapi.json", "readyz"} < parts
    for part in parts:
        assert (await gateway.http.get(f"{gateway.url}/{part}")).status_code == 200
    assert "export_type=common_cartridge" in page.text
    assert "'unsafe" not in page.headers["content-security-policy"]


async def test_the_page_needs_nothing_from_elsewhere(gateway: Gateway) -> None:
    page = await gateway.http.get(f"{gateway.url}/docs")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    parts = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert {"docs/page.css", "docs/page.js", "openapi.json"} == set(parts)
    for part in set(parts):
        assert (await gateway.http.get(f"{gateway.url}/{part}")).status_code == 200
    script = (await gateway.http.get(f"{gateway.url}/docs/page.js")).text
    assert "http" not in script.replace("HTTP", "")
    assert "innerHTML" not in script
    assert "'unsafe" not in page.headers["content-security-policy"]
    assert (await gateway.http.get(f"{gateway.url}/docs/other.js")).status_code == 404
