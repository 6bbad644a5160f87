"""Requests as no careful client sends them: each has an answer in JSON that says what is wrong, and none is an error of ours."""

from __future__ import annotations

import gzip
from codecs import BOM_UTF8
from typing import Any

import pytest

from shared.domain.export import Context
from tests.support.gateway import Gateway, bearer
from tests.support.school import Person

FORM = "application/x-www-form-urlencoded"
FROG = {"message": "invalid export_type"}
NOT_FOUND = {"errors": [{"message": "The specified resource does not exist."}]}


@pytest.fixture
async def course(gateway: Gateway) -> Context:
    return await gateway.school.course(name="Odd", workflow_state="available")


@pytest.fixture
async def teacher(gateway: Gateway, course: Context) -> Person:
    return await gateway.school.member(course, "teacher")


async def ask(gateway: Gateway, method: str, path: str, by: Person, **more: Any) -> Any:
    headers = {**bearer(by), **more.pop("headers", {})}
    answer = await gateway.http.request(method, gateway.url + path, headers=headers, **more)
    assert answer.headers["X-Request-Id"]
    assert answer.headers["Server"] == "content-exports"
    if method != "HEAD":
        assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    return answer


def at(course: Context) -> str:
    return f"/api/v1/courses/{course.id}/content_exports"


@pytest.mark.parametrize(
    "sent",
    [
        ("application/json", b'{"export_type":"qti"', "not valid JSON"),
        ("application/json", b'{"export_type":"\xff"}', "not valid JSON"),
        ("application/json", b'{"export_type":"\\ud800"}', "not valid JSON"),
        ("application/json", b'{"export_type":NaN}', "not valid JSON"),
        ("application/json; charset=utf-16", '{"export_type":"qti"}'.encode("utf-16"), "not valid JSON"),
        ("application/json", b"[]", "must be a JSON object"),
        ("application/json", b"null", "must be a JSON object"),
        ("text/plain", b"export_type=qti", "not valid JSON"),
        ("application/xml", b"<export_type>qti</export_type>", "not valid JSON"),
        (f"{FORM}; charset=utf-17", b"export_type=qti", "form cannot be read"),
        (f"{FORM}; charset=utf-16", b"export_type=qti", "form cannot be read"),
        (FORM, b"a[]=1&a[b]=2", "used in two ways"),
        ("multipart/form-data", b"x", "form cannot be read"),
        ("multipart/form-data; boundary=", b"x", "form cannot be read"),
    ],
)
async def test_a_body_that_cannot_be_read_is_a_bad_request_that_says_why(
    gateway: Gateway, course: Context, teacher: Person, sent: tuple[str, bytes, str]
) -> None:
    kind, body, said = sent
    answer = await ask(gateway, "POST", at(course), teacher, content=body, headers={"Content-Type": kind})
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["error_code"]) == (400, "bad_request")
    assert said in error["message"]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("application/json", (400, "bad_request")),
        (FORM, (400, "bad_request")),
        ("multipart/form-data; boundary=x", (415, "unsupported_encoding")),
    ],
)
async def test_a_body_that_is_not_packed_as_it_says_is_refused(
    gateway: Gateway, course: Context, teacher: Person, kind: str, expected: tuple[int, str]
) -> None:
    for encoding in ("gzip", "deflate"):
        headers = {"Content-Type": kind, "Content-Encoding": encoding}
        answer = await ask(gateway, "POST", at(course), teacher, content=b"export_type=qti", headers=headers)
        assert (answer.status_code, answer.json()["errors"][0]["error_code"]) == expected


async def test_a_packed_body_is_read_and_one_that_unpacks_to_too_much_is_not(
    gateway: Gateway, course: Context, teacher: Person
) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    packed = gzip.compress(b'{"export_type": "frog"}')
    answer = await ask(gateway, "POST", at(course), teacher, content=packed, headers=headers)
    assert (answer.status_code, answer.json()) == (400, FROG)
    bomb = gzip.compress(bytes(100 * gateway.settings.max_body_bytes))
    assert len(bomb) < gateway.settings.max_body_bytes
    answer = await ask(gateway, "POST", at(course), teacher, content=bomb, headers=headers)
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json; charset=utf-8", BOM_UTF8 + b'{"export_type":"frog"}'),
        ("application/vnd.api+json", b'{"export_type":"frog"}'),
        ("nonsense", b'{"export_type":"frog"}'),
        ("application/json", b"  "),
        (f"{FORM}; charset=iso-8859-1", b"export_type=\xe4"),
        (FORM, b"export_type=%FF"),
        (FORM, b"export_type=%00"),
        ("application/json", b'{"export_type":"qti","export_type":"frog"}'),
        ("application/json", b'{"export_type":["qti"]}'),
        ("application/json", b'{"export_type":{"qti":1}}'),
    ],
)
async def test_a_body_that_can_be_read_is_read(
    gateway: Gateway, course: Context, teacher: Person, kind: str, body: bytes
) -> None:
    answer = await ask(gateway, "POST", at(course), teacher, content=body, headers={"Content-Type": kind})
    assert (answer.status_code, answer.json()) == (400, FROG)


@pytest.mark.parametrize(
    "select",
    [
        {"pages": [None, True, 1.5, 10**30, -1, ""]},
        {"pages": {"wiki_page_1": None, "": 1}},
        {"": [1], "frogs": {}, "pages": 5},
        {"everything": "no"},
        {"pages": ["\U0001f600", "'; DROP TABLE courses; --", "\x7f"]},
    ],
)
async def test_what_matches_nothing_is_accepted(
    gateway: Gateway, course: Context, teacher: Person, select: dict[str, Any]
) -> None:
    body = {"export_type": "common_cartridge", "select": select}
    answer = await ask(gateway, "POST", at(course), teacher, json=body)
    assert (answer.status_code, answer.json()["workflow_state"]) == (200, "created")


@pytest.mark.parametrize("suffix", ["", ".json", "/", ".json/"])
async def test_a_format_suffix_and_a_slash_change_nothing(
    gateway: Gateway, course: Context, teacher: Person, suffix: str
) -> None:
    export = await gateway.school.export(course, teacher)
    await gateway.school.whole(export)
    scopes = ["url:GET|/api/v1/courses/:course_id/content_exports/:id", "url:GET|/api/v1/courses/:id"]
    limited = Person(teacher.id, await gateway.school.token(teacher.id, *scopes))
    places = ["content_exports", f"content_exports/{export.id}", f"content_exports/{export.id}/report", "content_list"]
    for place in places:
        assert (await ask(gateway, "GET", f"/api/v1/courses/{course.id}/{place}{suffix}", teacher)).status_code == 200
    assert (await ask(gateway, "GET", f"{at(course)}/{export.id}{suffix}", limited)).status_code == 200
    shown = await ask(gateway, "GET", f"/api/v1/courses/{course.id}{suffix}", limited)
    assert (shown.status_code, shown.json()["workflow_state"]) == (200, "available")
    assert (await ask(gateway, "POST", at(course) + suffix, teacher, json={"export_type": "qti"})).status_code == 200
    assert (await ask(gateway, "DELETE", f"{at(course)}/{export.id}{suffix}", teacher)).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        *("/api", "/api/v1", "/api/v1/frogs", "/api/v2/courses", "/API/v1/courses", "/api/v1/courses/%2e%2e"),
        *("{}.xml", "{}//1", "{}/1/frogs", "{}/-1", "{}/1e3", "{}/%00", "{}/%FF", "{}/1%2F", "{}/" + "9" * 30),
        *("/files/x/download", "/docs/frog.js"),
    ],
)
async def test_what_does_not_exist_is_404_in_json(
    gateway: Gateway, course: Context, teacher: Person, path: str
) -> None:
    answer = await ask(gateway, "GET", path.format(at(course)), teacher)
    assert (answer.status_code, answer.json()) == (404, NOT_FOUND)
    assert (await ask(gateway, "HEAD", path.format(at(course)), teacher)).status_code == 404


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
async def test_a_method_that_a_route_does_not_have_is_refused_with_those_that_it_has(
    gateway: Gateway, course: Context, teacher: Person, method: str
) -> None:
    answer = await ask(gateway, method, at(course), teacher)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET,HEAD,POST")
    assert answer.json()["errors"][0]["error_code"] == "method_not_allowed"


@pytest.mark.parametrize("page", ["9", "999999999999", "9" * 19, "9" * 3000])
async def test_a_page_beyond_the_end_is_empty_and_has_no_next(
    gateway: Gateway, course: Context, teacher: Person, page: str
) -> None:
    export = await gateway.school.export(course, teacher)
    await gateway.school.whole(export)
    for path in (at(course), f"{at(course)}/{export.id}/entries", "/api/v1/courses"):
        answer = await ask(gateway, "GET", path, teacher, params={"page": page, "per_page": "9" * 30})
        assert (answer.status_code, answer.json()) == (200, []), path
        assert 'rel="next"' not in answer.headers["Link"]
        assert 'per_page=100>; rel="last"' in answer.headers["Link"]
