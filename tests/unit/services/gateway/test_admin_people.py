"""The admin API of users, courses, groups, roles and tokens: who may use it, what it takes, what it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from shared.contracts.admin.administration import CourseFields, GroupFields, NewToken, UserFields
from shared.domain.audit import Actor
from tests.support.gateway_without_sockets import ADMIN, STRANGER, STUDENT, TEACHER, World

API = "/api/v1/admin"
SCOPE = "url:GET|/api/v1/courses"


@pytest.fixture
async def world() -> World:
    return World()


async def test_every_route_of_the_admin_api_is_for_site_admins_alone(world: World) -> None:
    routes = [route for route in world.app.router.routes() if route.resource and API in route.resource.canonical]
    assert len(routes) >= 15
    for route in routes:
        assert route.resource is not None
        path = route.resource.canonical.replace("{id}", "1").replace("{format}", "")
        for caller, status in ((None, 401), (STRANGER, 403), (STUDENT, 403), (TEACHER, 403)):
            assert (await world.ask(route.method, path, caller, json={})).status == status, (route.method, path)
    assert not world.people.by
    assert not world.tokens.by
    assert not world.audit_rows.asked


@pytest.mark.parametrize(
    ("path", "body", "fields"),
    [
        ("users", {"name": "Ada", "login_id": None, "site_admin": True}, UserFields(name="Ada", login_id=None, site_admin=True)),
        ("courses", {"sis_course_id": "T", "is_public": "true"}, CourseFields(sis_course_id="T", is_public=True)),
        ("groups", {"members": ["3", 4], "course_id": "2"}, GroupFields(members=[3, 4], course_id=2)),
    ],
)  # fmt: skip
async def test_a_row_is_added_changed_and_deleted(world: World, path: str, body: dict[str, Any], fields: Any) -> None:
    added = await world.ask("POST", f"{API}/{path}", ADMIN, json=body, headers={"X-Request-Id": "r"})
    assert (added.status, added.body) == (200, {"id": 100})
    assert world.people.rows == {(path, 100): fields}
    assert (await world.ask("PUT", f"{API}/{path}/7", ADMIN, json={"name": "N"})).body == {"id": 7}
    assert world.people.rows[fields.table, 7].name == "N"
    assert (await world.ask("DELETE", f"{API}/{path}/7", ADMIN)).body == {"id": 7}
    again = await world.ask("DELETE", f"{API}/{path}/7", ADMIN)
    assert (again.status, again.code) == (404, "invalid_content")
    assert again.body["errors"][0]["message"] == f"There is no such row in {path}: 7."
    assert world.people.by[0] == Actor(ADMIN, None, f"token:{ADMIN}", None, "r")


@pytest.mark.parametrize(
    ("path", "body", "named"),
    [
        ("users", {"nmae": "Ada"}, "nmae"),
        ("users", {"name": ""}, "name"),
        ("users", {"name": "x" * 256}, "name"),
        ("users", {"name": "a\0b"}, "name"),
        ("users", {"name": None}, "name"),
        ("users", {"time_zone": "Mars/Olympus"}, "time_zone"),
        ("users", {"site_admin": "perhaps"}, "site_admin"),
        ("courses", {"workflow_state": "deleted"}, "workflow_state"),
        ("groups", {"members": [0]}, "members"),
        ("groups", {"course_id": 2**63}, "course_id"),
        ("enrollments", {"user_id": 1}, "course_id"),
        ("enrollments", {"user_id": 1, "course_id": 2, "role": "king"}, "role"),
        ("tokens", {"user_id": 1, "expires_in_s": 0}, "expires_in_s"),
        ("tokens", {"user_id": 1, "scopes": ["url:GET|/api/v1/wombats"]}, "wombats"),
        ("tokens", {"user_id": 1, "site_admin": False}, "site_admin"),
        ("tokens/revoke", {}, "token"),
    ],
)
async def test_a_parameter_that_cannot_be_used_is_named_and_nothing_changes(
    world: World, path: str, body: dict[str, Any], named: str
) -> None:
    answer = await world.ask("POST", f"{API}/{path}", ADMIN, json=body)
    assert (answer.status, answer.code) == (400, "bad_request")
    assert named in answer.body["errors"][0]["message"]
    assert not world.people.by
    assert not world.tokens.by


async def test_an_enrollment_is_answered_as_it_is_and_an_unknown_course_is_named(world: World) -> None:
    body = {"user_id": 7, "course_id": 12, "role": "ta", "create": True}
    answer = await world.ask("POST", f"{API}/enrollments", ADMIN, json=body)
    assert answer.body == {"course_id": 12, "user_id": 7, "role": "ta", "workflow_state": "active"}
    assert world.people.roles == [(7, 12, "ta", "active", True)]
    refused = await world.ask("POST", f"{API}/enrollments", ADMIN, json={**body, "course_id": 99})
    assert (refused.status, refused.body["errors"]) == (
        422,
        [
            {
                "message": "There is no such row in courses: 99.",
                "error_code": "invalid_content",
                "parameter": "course_id",
            }
        ],
    )


async def test_a_token_is_shown_once_listed_without_itself_and_revoked_by_itself_or_its_id(world: World) -> None:
    body = {"user_id": 7, "scopes": [SCOPE], "expires_in_s": 60}
    issued = await world.ask("POST", f"{API}/tokens", ADMIN, json=body)
    assert (issued.body, issued.headers["Cache-Control"]) == ({"id": 1, "token": "secret1"}, "no-store")
    assert world.tokens.issued == [NewToken(user_id=7, scopes=[SCOPE], expires_in_s=60)]
    await world.ask("POST", f"{API}/tokens", ADMIN, json={"user_id": 8})
    assert (await world.ask("POST", f"{API}/tokens/revoke", ADMIN, json={"token": "secret2"})).body == {"revoked": True}
    listed = await world.ask("GET", f"{API}/tokens", ADMIN, query={"user_id": 7, "before_id": 9, "per_page": 2})
    assert world.tokens.asked == [(7, 9, 2)]
    assert listed.body[0]["revoked_at"] == "2027-01-01T00:00:00Z"
    assert listed.body[1] == {
        "id": 1, "user_id": 7, "scopes": [SCOPE], "created_at": "2027-01-01T00:00:00Z", "expires_at": None, "revoked_at": None,
    }  # fmt: skip
    assert (await world.ask("DELETE", f"{API}/tokens/1", ADMIN)).status == 200
    assert world.tokens.revoked == {1, 2}
    for method, path, named in (("DELETE", "tokens/9", None), ("POST", "tokens/revoke", {"token": "secret0"})):
        unknown = await world.ask(method, f"{API}/{path}", ADMIN, json=named)
        assert (unknown.status, unknown.code) == (404, "invalid_content")


async def test_a_site_admin_does_not_act_as_an_unknown_user(world: World) -> None:
    answer = await world.ask("POST", f"{API}/users", ADMIN, json={"name": "x", "as_user_id": TEACHER})
    assert answer.status == 403
    kept = await world.ask("POST", f"{API}/users", ADMIN, json={"name": "x", "as_user_id": "self"})
    assert kept.status == 200
