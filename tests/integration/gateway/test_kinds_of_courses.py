"""Who may do what in courses that are open, closed, not yet begun or over, and in what has been deleted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from shared.domain.export import ContentExport, Context
from tests.support.gateway import Gateway, bearer
from tests.support.school import Person

NOT_FOUND = {"errors": [{"message": "The specified resource does not exist."}]}
KINDS = {
    "plain": {},
    "public": {"is_public": True},
    "institution": {"is_public_to_auth_users": True},
    "unpublished": {"is_public": True, "workflow_state": "unpublished"},
    "over": {"workflow_state": "completed"},
}
ROLES = ("teacher", "ta", "designer", "student", "observer")
# In each cell: the list, a zip, a package of quizzes, and the cartridge of another teacher.
TABLE = """
                plain            public           institution      unpublished      over
anonymous       401 401 401 401  200 401 401 401  401 401 401 401  401 401 401 401  401 401 401 401
stranger        403 403 403 403  200 200 403 403  200 200 403 403  403 403 403 403  403 403 403 403
student         200 200 403 403  200 200 403 403  200 200 403 403  403 403 403 403  200 200 403 403
observer        200 200 403 403  200 200 403 403  200 200 403 403  403 403 403 403  200 200 403 403
past_student    200 200 403 403  200 200 403 403  200 200 403 403  403 403 403 403  200 200 403 403
removed_teacher 403 403 403 403  200 200 403 403  200 200 403 403  403 403 403 403  403 403 403 403
past_teacher    200 200 200 403  200 200 200 403  200 200 200 403  200 200 200 403  200 200 200 403
designer        200 200 200 200  200 200 200 200  200 200 200 200  200 200 200 200  200 200 200 403
ta              200 200 200 200  200 200 200 200  200 200 200 200  200 200 200 200  200 200 200 403
teacher         200 200 200 200  200 200 200 200  200 200 200 200  200 200 200 200  200 200 200 403
"""
ROWS = [line.split() for line in TABLE.strip().splitlines()[1:]]
COLUMNS = {kind: {row[0]: row[1 + 4 * at : 5 + 4 * at] for row in ROWS} for at, kind in enumerate(KINDS)}


@dataclass
class Asker:
    gateway: Gateway
    by: Person | None

    async def status(self, method: str, path: str, **body: Any) -> int:
        headers = bearer(self.by) if self.by else {}
        answer = await self.gateway.http.request(method, self.gateway.url + path, headers=headers, json=body or None)
        return int(answer.status_code)


async def made(gateway: Gateway, kind: str) -> tuple[Context, ContentExport]:
    """A course, and a cartridge that another teacher has had made of it."""
    course = await gateway.school.course(name=kind, **KINDS[kind])
    export = await gateway.school.export(course, await gateway.school.member(course, "teacher"))
    await gateway.school.whole(export)
    return course, export


async def a_person(gateway: Gateway, course: Context, role: str) -> Person | None:
    if role == "anonymous":
        return None
    person = await gateway.school.person()
    tie, _, name = role.rpartition("_")
    if name in ROLES:
        state = {"": "active", "past": "completed", "removed": "deleted"}[tie]
        await gateway.school.people.enroll(person.id, course.id, name, state)
    return person


@pytest.mark.parametrize("kind", KINDS)
async def test_each_role_may_do_in_each_kind_of_course_what_the_rules_give_it(gateway: Gateway, kind: str) -> None:
    course, others = await made(gateway, kind)
    path = f"/api/v1/courses/{course.id}/content_exports"
    for role, expected in COLUMNS[kind].items():
        asker = Asker(gateway, await a_person(gateway, course, role))
        answers = [
            await asker.status("GET", path),
            await asker.status("POST", path, export_type="zip"),
            await asker.status("POST", path, export_type="qti"),
            await asker.status("GET", f"{path}/{others.id}"),
        ]
        assert answers == [int(status) for status in expected], role


async def test_what_was_deleted_is_not_found_for_any_caller(gateway: Gateway) -> None:
    school = gateway.school
    admin, course = await school.person(site_admin=True), await school.course(name="Gone", sis_course_id="GONE-1")
    member = await school.member(course, "teacher")
    group, user = await school.group(member), await school.person()
    export = await school.export(course, member)
    for table, row in (("courses", course.id), ("groups", group.id), ("users", user.id)):
        assert await Asker(gateway, admin).status("GET", f"/api/v1/{table}/{row}/content_exports") == 200
        await school.people.delete(table, row)
    paths = [f"/api/v1/courses/{course.id}", "/api/v1/courses/sis_course_id:GONE-1", f"/api/v1/groups/{group.id}"]
    paths += [f"{path}/content_exports" for path in paths] + [f"/api/v1/users/{user.id}/content_exports"]
    paths += [f"/api/v1/courses/{course.id}/content_exports/{export.id}", f"/api/v1/courses/{course.id}/content_list"]
    for path in paths:
        for by in (admin, member):
            answer = await gateway.http.get(gateway.url + path, headers=bearer(by))
            assert (answer.status_code, answer.json()) == (404, NOT_FOUND), path
    answer = await gateway.http.get(f"{gateway.url}/api/v1/users/self", headers=bearer(user))
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, 'Bearer realm="canvas-lms"')
