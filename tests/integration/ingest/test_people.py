"""Courses, groups, users and roles as messages: rights follow at once, and nobody becomes a site admin."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from shared.adapters.postgres.access import Access
from shared.adapters.postgres.audit_log import AuditLog
from shared.adapters.postgres.pool import Pool
from shared.commands.inbox import Inbox
from shared.domain.audit import AuditFilter
from shared.domain.export import Context, ContextType
from shared.domain.rights import Rights
from tests.integration.ingest.conftest import CourseOfMessages
from tests.support.school import School
from tests.support.service_client import ServiceClient


@pytest.fixture
def sis() -> str:
    """The beginning of SIS ids that no other test has."""
    return uuid4().hex[:8]


async def send(
    client: ServiceClient, kind: str, *objects: dict[str, Any], subject: str | None = None
) -> dict[str, Any]:
    """The data of the reply to objects that are taken."""
    attributes = {"subject": subject} if subject else {}
    reply = await client.ask(f"content.{kind}.upsert.v1", {"objects": list(objects)}, attributes=attributes)
    assert reply["type"] == "content.accepted.v1", reply
    return dict(reply["data"])


async def delete(
    client: ServiceClient, kind: str, *ids: Any, subject: str | None = None, **data: Any
) -> dict[str, Any]:
    attributes = {"subject": subject} if subject else {}
    reply = await client.ask(f"content.{kind}.delete.v1", {"ids": list(ids), **data}, attributes=attributes)
    assert reply["type"] == "content.accepted.v1", reply
    return dict(reply["data"])


async def rights_of(pool: Pool, user_id: int, course: str) -> Rights | None:
    context = Context(ContextType.COURSE, int(course.rpartition("/")[2]))
    return await Access(pool).rights_of(user_id, context)


async def id_of(pool: Pool, table: str, field: str, name: str) -> int:
    sql = f"SELECT id FROM {table} WHERE body ->> '{field}' = $1 AND workflow_state <> 'deleted'"
    found: int = await pool.fetchval(sql, name)
    return found


async def test_a_service_creates_a_course_with_its_people_by_sis_ids_and_they_have_their_rights(
    intake: Inbox, client: ServiceClient, pool: Pool, sis: str
) -> None:
    await send(client, "courses", {"sis_course_id": f"{sis}-C", "name": "Tides", "workflow_state": "available"})
    await send(client, "users", {"sis_user_id": f"{sis}-T", "name": "Ada"}, {"sis_user_id": f"{sis}-S", "name": "Bo"})
    course = f"courses/sis_course_id:{sis}-C"
    roles = [
        {"sis_user_id": f"{sis}-T", "type": "TeacherEnrollment", "enrollment_state": "active"},
        {"sis_user_id": f"{sis}-S", "type": "StudentEnrollment"},
    ]
    assert (await send(client, "enrollments", *roles, subject=course))["taken"] == 2
    teacher = await id_of(pool, "users", "sis_user_id", f"{sis}-T")
    number = await id_of(pool, "courses", "sis_course_id", f"{sis}-C")
    rights = await rights_of(pool, teacher, f"courses/{number}")
    assert rights is not None
    assert rights.manage_files
    await delete(client, "enrollments", {"user_id": teacher, "role": "teacher"}, subject=course)
    taken = await rights_of(pool, teacher, f"courses/{number}")
    assert taken is not None
    assert not taken.manage_files
    again = await send(client, "courses", {"sis_course_id": f"{sis}-C", "name": "Tides II"})
    assert again["taken"] == 1
    assert await id_of(pool, "courses", "sis_course_id", f"{sis}-C") == number


async def test_a_course_has_its_own_id_and_no_later_course_gets_it(
    intake: Inbox, client: ServiceClient, pool: Pool, people: School
) -> None:
    own = (await people.course()).id + 500
    await send(client, "courses", {"id": own, "name": "Own"})
    assert await pool.fetchval("SELECT body ->> 'name' FROM courses WHERE id = $1", own) == "Own"
    assert await people.people.put_course(None, {}) > own


async def test_an_older_state_of_a_course_or_a_role_changes_nothing(
    course: CourseOfMessages, people: School, pool: Pool
) -> None:
    user = (await people.person()).id
    role = {"user_id": user, "type": "TeacherEnrollment"}
    counts = []
    for state, revision in (("active", 2), ("completed", 4), ("active", 3), ("active", 4)):
        sent = {**role, "enrollment_state": state, "revision": revision}
        reply = await send(course.client, "enrollments", sent, subject=course.subject)
        counts.append((reply["taken"], reply["unchanged"], reply["older"]))
    assert counts == [(1, 0, 0), (1, 0, 0), (0, 0, 1), (0, 1, 0)]
    sql = "SELECT workflow_state FROM enrollments WHERE user_id = $1"
    assert await pool.fetchval(sql, user) == "completed"
    assert (await delete(course.client, "courses", course.id, revision=9))["taken"] == 1
    assert (await send(course.client, "courses", {"id": course.id, "name": "late", "revision": 8}))["older"] == 1
    assert await pool.fetchval("SELECT workflow_state FROM courses WHERE id = $1", course.id) == "deleted"


async def test_members_of_a_group_come_and_go(course: CourseOfMessages, people: School, pool: Pool, sis: str) -> None:
    user = (await people.person()).id
    await send(course.client, "groups", {"sis_group_id": f"{sis}-G", "name": "Crew", "course_id": course.id})
    group = await id_of(pool, "groups", "sis_group_id", f"{sis}-G")
    assert await pool.fetchval("SELECT course_id FROM groups WHERE id = $1", group) == course.id
    await send(course.client, "group_memberships", {"user_id": user, "group_id": group})
    sql = "SELECT workflow_state FROM group_memberships WHERE user_id = $1 AND group_id = $2"
    assert await pool.fetchval(sql, user, group) == "accepted"
    await delete(course.client, "group_memberships", {"user_id": user}, subject=f"groups/{group}")
    assert await pool.fetchval(sql, user, group) == "deleted"


async def test_a_user_inside_of_an_enrollment_is_taken_too(
    course: CourseOfMessages, people: School, pool: Pool
) -> None:
    new = (await people.person()).id + 700
    inside = {"id": new, "name": "Cy", "sortable_name": "Cy"}
    await send(course.client, "enrollments", {"user_id": new, "type": "ta", "user": inside}, subject=course.subject)
    assert await pool.fetchval("SELECT body ->> 'name' FROM users WHERE id = $1", new) == "Cy"


async def test_what_is_wrong_is_refused_alone_with_its_path(
    course: CourseOfMessages, people: School, pool: Pool, sis: str
) -> None:
    admin, user = await people.person(site_admin=True), await people.person()
    good = {"id": user.id, "name": "Good", "sis_user_id": f"{sis}-1"}
    bad: list[dict[str, Any]] = [
        {"name": "nobody"},
        {"id": user.id + 900, "name": 5},
        {"id": user.id + 901, "site_admin": True},
        {"id": admin.id, "name": "Mine", "sis_user_id": "me"},
        {"id": user.id + 902, "name": "a\0b"},
        {"id": user.id + 903, "revision": -1},
    ]
    reply = await send(course.client, "users", good, *bad)
    assert reply["taken"] == 1
    assert {each["path"].removeprefix("data.objects") for each in reply["refused"]} == {
        "[1].id", "[2].name", "[3].site_admin", "[4]", "[5].name", "[6].revision",
    }  # fmt: skip
    second = await send(course.client, "users", {"id": user.id + 904, "sis_user_id": f"{sis}-1"}, {"id": user.id + 905})
    assert [each["path"] for each in second["refused"]] == ["data.objects[0].sis_user_id"]
    assert second["taken"] == 1
    members = [
        {"user_id": 999_999_999, "type": "StudentEnrollment"},
        {"user_id": user.id, "type": "JanitorEnrollment"},
        {"user_id": user.id, "type": "ta", "enrollment_state": "asleep"},
        {"user_id": user.id, "type": "ta", "course_id": 999_999_999},
    ]
    third = await send(course.client, "enrollments", *members, subject=course.subject)
    assert {each["path"].removeprefix("data.objects") for each in third["refused"]} == {
        "[0].user_id", "[1].type", "[2].enrollment_state", "[3].course_id",
    }  # fmt: skip


async def test_changes_of_people_are_in_the_audit_log_under_the_name_of_the_service(
    course: CourseOfMessages, people: School, pool: Pool, sender: str
) -> None:
    user = (await people.person()).id
    await send(course.client, "users", {"id": user, "name": "Di"})
    await send(course.client, "enrollments", {"user_id": user, "type": "observer"}, subject=course.subject)
    await delete(course.client, "users", user)
    rows = [entry for _, entry in await AuditLog(pool).page(AuditFilter(), limit=3)]
    assert [(entry.action, entry.subject) for entry in reversed(rows)] == [
        ("put_user", f"user:{user} name"),
        ("enroll", f"user:{user} course:{course.id} observer active"),
        ("delete_user", f"user:{user}"),
    ]
    assert {entry.actor.token for entry in rows} == {f"service:{sender}"}


async def test_an_id_that_no_later_one_could_follow_is_refused_and_one_that_is_not_written_moves_no_sequence(
    course: CourseOfMessages, people: School, pool: Pool, sis: str
) -> None:
    for kind in ("users", "courses", "groups"):
        reply = await send(course.client, kind, {"id": 2**63 - 1, "name": "last"}, {"id": 2**53 + 1, "name": "far"})
        assert [each["path"] for each in reply["refused"]] == ["data.objects[0].id", "data.objects[1].id"]
    before = (await people.person()).id
    reply = await send(course.client, "groups", {"id": 2**50, "name": "g", "course_id": 999_999_999})
    assert [each["path"] for each in reply["refused"]] == ["data.objects[0].course_id"]
    assert await people.people.put_group(None, {}) < 2**50
    given = [{"id": number, "name": "given"} for number in range(before + 1, before + 4)]
    reply = await send(course.client, "users", *given, {"sis_user_id": f"{sis}-new", "name": "new"})
    assert (reply["taken"], reply["older"]) == (4, 0), "a new id is none of those that the message has"


async def test_who_comes_back_with_a_name_that_another_has_now_is_refused_alone(
    course: CourseOfMessages, people: School, pool: Pool, sis: str
) -> None:
    first = (await people.person()).id
    second, third = first + 1_001, first + 1_002
    await send(course.client, "users", {"id": first, "name": "First", "login_id": f"{sis}-ada"})
    await delete(course.client, "users", first)
    await send(course.client, "users", {"id": second, "name": "Second", "login_id": f"{sis}-ada"})
    reply = await send(course.client, "users", {"id": first, "name": "Back"}, {"id": third, "name": "Third"})
    [refused] = reply["refused"]
    assert (reply["taken"], refused["path"]) == (1, "data.objects[0].login_id")
    assert refused["message"] == f'login_id "{sis}-ada" is the name of user {second}.'
    both = [{"id": third, "login_id": f"{sis}-new"}, {"id": first, "name": "Back", "login_id": f"{sis}-new"}]
    reply = await send(course.client, "users", *both)
    [refused] = reply["refused"]
    assert (reply["taken"], refused["message"]) == (1, f'login_id "{sis}-new" is the name of user {third}.')
