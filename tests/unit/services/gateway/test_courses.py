"""Courses: which are listed, what is included, what the account and profiles show, and who gets them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from shared.adapters.postgres.course_lists import AccountCourseFilter, CourseDetails, CourseFilter
from shared.domain.export import Context, ContextType
from shared.domain.rights import Role
from tests.support.gateway_without_sockets import (
    ADMIN,
    COURSE,
    HOST,
    OTHER_COURSE,
    STRANGER,
    STUDENT,
    TEACHER,
    World,
)

MINE, ALL, ONE = "/api/v1/courses", "/api/v1/accounts/self/courses", f"/api/v1/courses/{COURSE.id}"
STORED: dict[str, Any] = {
    "name": "Tides",
    "uuid": "u",
    "created_at": datetime(2027, 1, 2, tzinfo=UTC),
    "account_id": 77,
    "sis_course_id": "TIDES",
    "workflow_state": "completed",
    "image_url": "https://images.example.edu/tides.png",
    "term": {"id": 3, "name": "Spring"},
}
STATES = ("available", "completed", "unpublished")
ACCOUNT = {
    "id": 1,
    "name": "Content Exports",
    "workflow_state": "active",
    "parent_account_id": None,
    "root_account_id": None,
    "default_time_zone": "Etc/UTC",
    "sis_account_id": None,
    "integration_id": None,
}


@pytest.fixture
async def world() -> World:
    world = World()
    for course in (COURSE, OTHER_COURSE):
        world.contexts.objects[course] = {**STORED, "id": course.id}
    world.courses.enrollments[TEACHER, COURSE.id] = [(Role.TEACHER, "active")]
    world.courses.known_details[COURSE.id] = CourseDetails("<p>Read this.</p>", 2, ((TEACHER, "Ada"),))
    return world


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({}, CourseFilter()),
        ({"enrollment_type": "ta", "include[]": "frogs"}, CourseFilter(role="ta")),
        ({"enrollment_role": "TeacherEnrollment"}, CourseFilter(role="teacher")),
        ({"enrollment_state": "completed"}, CourseFilter(enrollment_state="completed")),
        ({"state[]": "unpublished", "search_term": "Tid"}, CourseFilter(states=("unpublished",), search_term="Tid")),
    ],
)
async def test_filters_of_the_query_choose_the_callers_courses(
    world: World, query: dict[str, Any], wanted: CourseFilter
) -> None:
    answer = await world.ask("GET", MINE, TEACHER, query=query)
    assert (answer.status, world.courses.asked) == (200, [wanted])


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({}, AccountCourseFilter(STATES)),
        ({"state[]": "claimed"}, AccountCourseFilter(("unpublished",))),
        ({"state[]": "all"}, AccountCourseFilter(("available", "completed", "deleted", "unpublished"))),
        ({"published": "true"}, AccountCourseFilter(("available", "completed"))),
        ({"published": "0"}, AccountCourseFilter(("unpublished",))),
        ({"completed": "yes"}, AccountCourseFilter(("completed",))),
        ({"completed": "false"}, AccountCourseFilter(("available", "unpublished"))),
        ({"published": "1", "completed": "0"}, AccountCourseFilter(("available",))),
        ({"state[]": "unpublished", "completed": "1"}, AccountCourseFilter(())),
        (
            {"with_enrollments": "1", "enrollment_type[]": "ta", "by_teachers[]": "7", "blueprint": "off"},
            AccountCourseFilter(STATES, with_enrollments=True, roles=("ta",), teachers=(7,), blueprint=False),
        ),
        ({"search_term": "Tid"}, AccountCourseFilter(STATES, search_term="Tid")),
    ],
)
async def test_filters_of_the_query_choose_the_courses_of_the_account(
    world: World, query: dict[str, Any], wanted: AccountCourseFilter
) -> None:
    answer = await world.ask("GET", ALL, ADMIN, query=query)
    assert (answer.status, world.courses.asked) == (200, [wanted])


@pytest.mark.parametrize(("path", "by"), [(MINE, TEACHER), (ALL, ADMIN)])
async def test_a_filter_that_no_text_can_be_is_a_bad_request(world: World, path: str, by: int) -> None:
    answer = await world.ask("GET", path, by, query={"search_term": "a\0"})
    assert (answer.status, answer.code) == (400, "bad_request")


async def test_a_teacher_that_is_no_number_is_a_bad_request_that_names_the_parameter(world: World) -> None:
    answer = await world.ask("GET", ALL, ADMIN, query={"by_teachers[]": "ada"})
    assert (answer.status, answer.body["errors"][0]["parameter"]) == (400, "by_teachers")


@pytest.mark.parametrize("rest", ["", "/courses"])
@pytest.mark.parametrize(
    ("caller", "account", "status"),
    [
        (None, "self", 401),
        (STRANGER, "self", 403),
        (TEACHER, "1", 403),
        (TEACHER, "2", 404),
        (ADMIN, "self", 200),
        (ADMIN, "1", 200),
        (ADMIN, "sis_account_id:x", 404),
    ],
)
async def test_the_account_and_its_courses_are_for_site_admins_alone(
    world: World, rest: str, caller: int | None, account: str, status: int
) -> None:
    assert (await world.ask("GET", f"/api/v1/accounts/{account}{rest}", caller)).status == status


async def test_the_one_account_is_the_account_of_every_course_whatever_it_was_loaded_with(world: World) -> None:
    assert (await world.ask("GET", "/api/v1/accounts/self", ADMIN)).body == ACCOUNT
    for course in (await world.ask("GET", ALL, ADMIN)).body:
        assert (course["account_id"], course["root_account_id"]) == (1, 1)


@pytest.mark.parametrize(
    ("caller", "query", "accounts"),
    [(ADMIN, {}, [ACCOUNT]), (ADMIN, {"page": 2}, []), (TEACHER, {}, []), (STRANGER, {}, [])],
)
async def test_site_admins_find_the_account_in_a_list_and_others_an_empty_one(
    world: World, caller: int, query: dict[str, Any], accounts: list[Any]
) -> None:
    answer = await world.ask("GET", "/api/v1/accounts", caller, query=query)
    assert (answer.status, answer.body) == (200, accounts)
    assert 'rel="next"' not in answer.headers["Link"]


async def test_courses_of_the_account_come_in_pages_with_sis_ids_and_without_roles(world: World) -> None:
    answer = await world.ask("GET", ALL, ADMIN, query={"per_page": 1})
    (course,) = answer.body
    assert (course["id"], course["sis_course_id"], "enrollments" in course) == (COURSE.id, "TIDES", False)
    assert f'<{HOST}/api/v1/accounts/1/courses?page=2&per_page=1>; rel="next"' in answer.headers["Link"]


@pytest.mark.parametrize(("path", "by"), [(MINE, TEACHER), (ALL, ADMIN), (ONE, STUDENT)])
async def test_each_list_and_each_course_includes_what_is_asked_for_and_nothing_else(
    world: World, path: str, by: int
) -> None:
    words = ["syllabus_body", "total_students", "teachers", "account", "account_name", "concluded", "course_image"]
    words += ["banner_image", "lti_context_id", "public_description", "term"]
    plain = await world.ask("GET", path, by)
    assert world.courses.detailed == []
    query = "&".join(f"include[]={word}" for word in [*words, "frogs"])
    full = await world.ask("GET", f"{path}?{query}", by)
    before, after = [body if isinstance(body := each.body, dict) else body[0] for each in (plain, full)]
    assert {name: value for name, value in after.items() if name not in before} == {
        "syllabus_body": "<p>Read this.</p>",
        "total_students": 2,
        "teachers": [{"id": TEACHER, "display_name": "Ada"}],
        "account": ACCOUNT,
        "account_name": "Content Exports",
        "concluded": True,
        "image_download_url": "https://images.example.edu/tides.png",
        "banner_image_download_url": None,
        "lti_context_id": None,
        "public_description": None,
        "term": {"id": 3, "name": "Spring"},
    }
    assert len(world.courses.detailed) == 1, "one query for all courses of a page"


@pytest.mark.parametrize(
    ("caller", "query", "permissions"),
    [
        (TEACHER, "?permissions[]=read_as_admin&permissions[]=manage_files_add", {"read_as_admin": True, "manage_files_add": True}),
        (STUDENT, "?permissions[]=read_as_admin&permissions[]=read", {"read_as_admin": False, "read": True}),
        (ADMIN, "?permissions[]=become_user", {"become_user": False}),
        (
            STUDENT,
            "",
            {"read": True, "read_as_admin": False, "read_files": True, "manage_files": False,
             "manage_files_add": False, "manage_files_edit": False, "manage_files_delete": False},
        ),
    ],
)  # fmt: skip
async def test_a_reader_of_a_course_is_shown_its_permissions(
    world: World, caller: int, query: str, permissions: dict[str, bool]
) -> None:
    answer = await world.ask("GET", f"{ONE}/permissions{query}", caller)
    assert (answer.status, answer.body) == (200, permissions)


@pytest.mark.parametrize(("caller", "status"), [(None, 401), (STRANGER, 403)])
async def test_permissions_are_shown_to_readers_of_the_course_alone(
    world: World, caller: int | None, status: int
) -> None:
    assert (await world.ask("GET", f"{ONE}/permissions", caller)).status == status


@pytest.mark.parametrize(("caller", "status"), [(None, 401), (STUDENT, 403), (TEACHER, 200), (ADMIN, 200)])
async def test_a_profile_is_shown_to_its_user_and_to_site_admins(world: World, caller: int | None, status: int) -> None:
    user = Context(ContextType.USER, TEACHER)
    world.directory.add_context(user)
    world.contexts.objects[user] = {
        "id": TEACHER,
        "name": "Ada Lovelace",
        "login_id": "ada",
        "email": "ada@example.edu",
        "bio": "counts",
        "created_at": STORED["created_at"],
    }
    answer = await world.ask("GET", f"/api/v1/users/{TEACHER}/profile", caller)
    assert answer.status == status
    if status == 200:
        shown = {"name": "Ada Lovelace", "sortable_name": "Lovelace, Ada", "primary_email": "ada@example.edu"}
        assert {**shown, "login_id": "ada", "bio": "counts", "title": None}.items() <= answer.body.items()
