"""Who a request comes from and what it is about: tokens, scopes, masquerading, the names of contexts, and forms of answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from shared.domain.export import Context
from tests.support.gateway import Gateway, bearer
from tests.support.school import Person

JSON_IDS = {"Accept": "application/json+canvas-string-ids"}
PROBLEM = {"Accept": "application/problem+json"}


def at(context: Context, rest: str = "") -> str:
    return f"/api/v1/{context.type.route}/{context.id}/content_exports{rest}"


async def ask(gateway: Gateway, method: str, path: str, by: Person | None = None, **more: Any) -> Any:
    headers = {**(bearer(by) if by else {}), **more.pop("headers", {})}
    return await gateway.http.request(method, gateway.url + path, headers=headers, **more)


@pytest.fixture
async def course(gateway: Gateway) -> AsyncIterator[Context]:
    course = await gateway.school.course(name="Names", sis_course_id="BIO/101 ä")
    yield course
    await gateway.school.people.delete("courses", course.id)  # its name is free for the next test


@pytest.fixture
async def teacher(gateway: Gateway, course: Context) -> Person:
    return await gateway.school.member(course, "teacher")


async def test_a_course_goes_by_each_of_its_names_and_answers_by_its_number(
    gateway: Gateway, course: Context, teacher: Person
) -> None:
    uuid = await gateway.school.pool.fetchval("SELECT uuid::text FROM courses WHERE id = $1", course.id)
    names = ["sis_course_id:BIO%2F101%20%C3%A4", "hex:sis_course_id:" + "BIO/101 ä".encode().hex(), f"uuid:{uuid}"]
    for name in names:
        answer = await ask(
            gateway, "POST", f"/api/v1/courses/{name}/content_exports", teacher, json={"export_type": "qti"}
        )
        assert answer.status_code == 200, answer.text
        assert answer.json()["course_id"] == course.id
        listed = await ask(gateway, "GET", f"/api/v1/courses/{name}/content_exports", teacher)
        assert f"/api/v1/courses/{course.id}/content_exports?" in listed.headers["Link"]
    for name in ("sis_course_id:other", "uuid:" + "0" * 36, "self", "sis_user_id:1", "hex:sis_course_id:zz"):
        answer = await ask(gateway, "GET", f"/api/v1/courses/{name}/content_exports", teacher)
        assert (answer.status_code, name) == (404, name)


async def test_a_user_goes_by_self_and_by_login(gateway: Gateway, teacher: Person) -> None:
    await gateway.school.people.put_user(teacher.id, {"name": "Ada Lovelace", "login_id": "ada", "sis_user_id": "A1"})
    for name in ("self", "sis_login_id:ADA", "sis_user_id:A1", str(teacher.id), "self.json"):
        answer = await ask(gateway, "GET", f"/api/v1/users/{name}", teacher)
        assert answer.status_code == 200, (name, answer.text)
        assert (answer.json()["id"], answer.json()["sortable_name"]) == (teacher.id, "Lovelace, Ada")
    assert (await ask(gateway, "GET", "/api/v1/users/self")).status_code == 401
    other = await gateway.school.person()
    assert (await ask(gateway, "GET", f"/api/v1/users/{teacher.id}", other)).status_code == 403


@pytest.mark.parametrize("form", [{"data": {}}, {"json": {}}, {"files": {}}, {"params": {}}])
async def test_a_token_may_come_in_the_query_and_in_the_body(
    gateway: Gateway, course: Context, teacher: Person, form: dict[str, dict[str, Any]]
) -> None:
    (kind,) = form
    fields: dict[str, Any] = {"export_type": "qti", "access_token": teacher.token}
    if kind == "files":
        fields = {name: (None, value) for name, value in fields.items()}
    answer = await ask(gateway, "POST", at(course), **{kind: fields})
    assert answer.status_code == 200, answer.text
    assert answer.json()["user_id"] == teacher.id


async def test_site_admins_act_as_others_and_nobody_else_does(
    gateway: Gateway, course: Context, teacher: Person
) -> None:
    admin = await gateway.school.person(site_admin=True)
    student = await gateway.school.member(course, "student")
    await gateway.school.people.put_user(student.id, {"sis_user_id": f"S{student.id}"})
    for name in (str(student.id), f"sis_user_id:S{student.id}"):
        params = {"as_user_id": name}
        as_student = await ask(gateway, "POST", at(course), admin, params=params, json={"export_type": "zip"})
        assert as_student.json()["user_id"] == student.id
        refused = await ask(gateway, "POST", at(course), admin, json={"export_type": "qti", "as_user_id": name})
        assert refused.status_code == 403
    for caller, wanted in ((teacher, student.id), (admin, 999_999_999), (admin, "x"), (None, student.id)):
        answer = await ask(gateway, "GET", at(course), caller, params={"as_user_id": wanted})
        assert (answer.status_code, answer.json()) == (401, {"errors": "Invalid as_user_id"})
    own = await ask(gateway, "GET", at(course), teacher, params={"as_user_id": teacher.id})
    assert own.status_code == 200


async def test_a_scope_holds_for_the_verb_and_the_path_it_names(gateway: Gateway, course: Context) -> None:
    token = "url:GET|/api/v1/courses/:course_id/content_exports"
    teacher = await gateway.school.member(course, "teacher")
    limited = Person(teacher.id, await gateway.school.token(teacher.id, token))
    allowed = [("GET", at(course)), ("HEAD", at(course)), ("GET", at(course) + ".json"), ("GET", at(course) + "?x=/y")]
    for method, path in allowed:
        assert (await ask(gateway, method, path, limited)).status_code == 200, (method, path)
    await gateway.school.people.put_course(course.id, {"sis_course_id": f"A/{course.id}"})
    named = f"/api/v1/courses/sis_course_id:A%2F{course.id}/content_exports"
    assert (await ask(gateway, "GET", named, limited)).status_code == 200
    for method, path in (("POST", at(course)), ("GET", at(course, "/1")), ("GET", "/api/v1/users/self")):
        answer = await ask(gateway, method, path, limited)
        assert (answer.status_code, answer.json()) == (
            401,
            {"errors": [{"message": "Insufficient scopes on access token."}]},
        )
        assert "WWW-Authenticate" not in answer.headers


async def test_a_revoked_token_says_so(gateway: Gateway, course: Context, teacher: Person) -> None:
    await gateway.school.tokens.revoke(teacher.token)
    answer = await ask(gateway, "GET", at(course), teacher)
    assert (answer.status_code, answer.json()) == (401, {"errors": [{"message": "Revoked access token."}]})
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="canvas-lms"'


async def test_login_comes_before_the_context_where_something_is_made_and_after_it_where_something_is_read(
    gateway: Gateway, course: Context
) -> None:
    nowhere = "/api/v1/courses/999999999/content_exports"
    made = await ask(gateway, "POST", nowhere, json={"export_type": "frog"})
    assert (made.status_code, made.json()["status"]) == (401, "unauthenticated")
    assert made.headers["WWW-Authenticate"] == 'Bearer realm="canvas-lms"'
    assert (await ask(gateway, "GET", nowhere)).status_code == 404
    assert (await ask(gateway, "GET", nowhere + "/1")).status_code == 404
    assert (await ask(gateway, "GET", at(course))).status_code == 401
    stranger = await gateway.school.person()
    assert (await ask(gateway, "POST", nowhere, stranger, json={})).status_code == 404
    assert (await ask(gateway, "POST", at(course), stranger, json={"export_type": "frog"})).status_code == 403
    assert (await ask(gateway, "GET", at(course, "/999999999"), stranger)).status_code == 404


async def test_no_body_is_read_on_get_whatever_it_claims_to_be(
    gateway: Gateway, course: Context, teacher: Person
) -> None:
    for kind in ("application/json", "application/x-www-form-urlencoded", "multipart/form-data", "nonsense"):
        more = {"headers": {"Content-Type": kind}, "content": b'{"access_token": "x"'}
        assert (
            await ask(gateway, "GET", at(course) + "?what[ever=1&a[b][c]=2&a=3", teacher, **more)
        ).status_code == 200


async def test_ids_are_strings_where_a_client_asks_for_them(gateway: Gateway, course: Context, teacher: Person) -> None:
    made = await ask(gateway, "POST", at(course), teacher, json={"export_type": "qti"}, headers=JSON_IDS)
    export = made.json()
    assert export["id"].isdecimal()
    assert (export["course_id"], export["user_id"]) == (str(course.id), str(teacher.id))
    listed = (await ask(gateway, "GET", at(course), teacher, headers=JSON_IDS)).json()
    assert listed[0]["id"] == export["id"]
    plain = (await ask(gateway, "GET", at(course), teacher)).json()
    assert plain[0]["id"] == int(export["id"])


async def test_errors_are_problem_details_where_a_client_asks_for_them(
    gateway: Gateway, course: Context, teacher: Person
) -> None:
    answer = await ask(gateway, "POST", at(course), teacher, json={"export_type": "frog"}, headers=PROBLEM)
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert answer.json() == {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "detail": "invalid export_type",
        "instance": at(course),
        "message": "invalid export_type",
    }
    missing = (await ask(gateway, "GET", at(course, "/0"), teacher, headers=PROBLEM)).json()
    assert (missing["status"], missing["detail"]) == (404, "The specified resource does not exist.")
    refused = (await ask(gateway, "GET", at(course), await gateway.school.person(), headers=PROBLEM)).json()
    assert (refused["status"], refused["detail"]) == (403, "user not authorized to perform that action")


async def test_a_site_admin_ends_an_export_by_hand_and_nobody_else_does(
    gateway: Gateway, course: Context, teacher: Person
) -> None:
    export = await gateway.school.export(course, teacher)
    path = at(course, f"/{export.id}/fail")
    assert (await ask(gateway, "PUT", path)).status_code == 401
    assert (await ask(gateway, "PUT", path, teacher)).status_code == 403
    admin = await gateway.school.person(site_admin=True)
    for _ in range(2):
        answer = await ask(gateway, "PUT", path, admin)
        assert (answer.status_code, answer.json()["workflow_state"]) == (200, "failed")
    assert answer.json()["error"]["message"] == "manually marked failed by a site administrator"
    finished = await gateway.school.export(course, teacher)
    await gateway.school.whole(finished)
    kept = await ask(gateway, "PUT", at(course, f"/{finished.id}/fail"), admin)
    assert kept.json()["workflow_state"] == "exported"
    assert (await ask(gateway, "PUT", at(course, "/999999999/fail"), admin)).status_code == 404


async def test_courses_and_groups_are_shown_to_who_may_read_them(
    gateway: Gateway, course: Context, teacher: Person
) -> None:
    shown = await ask(gateway, "GET", f"/api/v1/courses/{course.id}", teacher)
    assert (shown.json()["name"], shown.json()["sis_course_id"]) == ("Names", "BIO/101 ä")
    assert shown.json()["enrollments"][0]["role"] == "TeacherEnrollment"
    student = await gateway.school.member(course, "student")
    assert "sis_course_id" not in (await ask(gateway, "GET", f"/api/v1/courses/{course.id}", student)).json()
    stranger = await gateway.school.person()
    assert (await ask(gateway, "GET", f"/api/v1/courses/{course.id}", stranger)).status_code == 403
    assert [each["id"] for each in (await ask(gateway, "GET", "/api/v1/courses", teacher)).json()] == [course.id]
    assert (await ask(gateway, "GET", "/api/v1/courses", stranger)).json() == []
    group = await gateway.school.group(student)
    of_group = await ask(gateway, "GET", f"/api/v1/groups/{group.id}", student)
    assert (of_group.json()["id"], of_group.json()["members_count"]) == (group.id, 1)
    assert (await ask(gateway, "GET", f"/api/v1/groups/{group.id}", stranger)).status_code == 403


async def test_every_answer_says_how_a_browser_is_to_treat_it(gateway: Gateway, course: Context) -> None:
    for path in (at(course), "/healthz", "/nothing/here"):
        headers = (await ask(gateway, "GET", path)).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert "Access-Control-Allow-Origin" not in headers
        assert headers["X-Request-Id"]
