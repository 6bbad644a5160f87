"""What content_list offers: areas and objects in the shape in which Canvas offers them."""

from __future__ import annotations

from typing import Any

import pytest

from shared.adapters.postgres.contexts import Titled
from shared.domain.kinds import Kind
from tests.support.gateway_without_sockets import COURSE, HOST, STUDENT, TEACHER, World

PATH = f"/api/v1/courses/{COURSE.id}/content_list"
CONTENTS = {
    Kind.COURSE_PACES: [Titled(1, "Pace")],
    Kind.ASSIGNMENT_GROUPS: [Titled(1, "Essays"), Titled(2, "Empty")],
    Kind.ASSIGNMENTS: [Titled(5, "Quiz", None, 1), Titled(6, "Essay", None, 1), Titled(7, "Loose", None, 9)],
    Kind.QUIZZES: [Titled(8, "Tides", 5), Titled(9, "Waves", 99)],
    Kind.PAGES: [Titled(3, "Moon", 6)],
    Kind.LEARNING_OUTCOMES: [Titled(4, "Knows")],
    Kind.FOLDERS: [Titled(21, "course files/b"), Titled(20, "course files"), Titled(22, "course files/empty")],
    Kind.FILES: [Titled(30, "a.txt", None, 21), Titled(31, "c.txt", None, 20)],
}


@pytest.fixture
async def world() -> World:
    world = World()
    world.contexts.kinds[COURSE.id] = CONTENTS
    world.contexts.groups[COURSE.id] = [Titled(40, "Crew")]
    return world


async def listed(world: World, area: str) -> Any:
    return (await world.ask("GET", PATH, TEACHER, query={"type": area})).body


async def test_settings_and_syllabus_are_offered_always_and_outcomes_without_an_address(world: World) -> None:
    areas = {area["type"]: area for area in (await world.ask("GET", PATH, TEACHER)).body}
    assert list(areas)[:3] == ["course_settings", "syllabus_body", "course_paces"]
    assert areas["course_paces"] == {
        "type": "course_paces",
        "property": "select[all_course_paces]",
        "title": "Course Pace",
    }
    assert areas["attachments"]["sub_items_url"] == f"{HOST}{PATH}?type=attachments"
    assert ("count" in areas["learning_outcomes"], "sub_items_url" in areas["learning_outcomes"]) == (True, False)


async def test_assignments_lie_in_their_groups_and_name_what_stands_behind_them(world: World) -> None:
    essays, empty, loose = await listed(world, "assignments")
    assert (essays["type"], essays["id"], essays["property"]) == (
        "assignment_groups",
        "assignment_group_1",
        "select[assignment_groups][assignment_group_1]",
    )
    assert [item["linked_resource"] for item in essays["sub_items"]] == [
        {"type": "quizzes", "id": "quizzes:quiz_8", "message": "linked with Quiz 'Tides'"},
        {"type": "wiki_pages", "id": "wiki_page_3", "message": "linked with Wiki Page 'Moon'"},
    ]
    assert ("sub_items" in empty, loose["id"], "linked_resource" in loose) == (False, "assignment_7", False)


async def test_a_quiz_names_its_assignment_where_that_exists(world: World) -> None:
    tides, waves = await listed(world, "quizzes")
    assert tides["linked_resource"] == {
        "type": "assignments",
        "id": "assignment_5",
        "message": "linked with Assignment 'Quiz'",
    }
    assert "linked_resource" not in waves


async def test_files_lie_in_their_folders_by_full_name_and_empty_folders_are_left_out(world: World) -> None:
    folders = await listed(world, "attachments")
    assert [(each["type"], each["id"], each["title"]) for each in folders] == [
        ("folders", "folder_20", "course files"),
        ("folders", "folder_21", "course files/b"),
    ]
    assert [[file["id"] for file in each["sub_items"]] for each in folders] == [["attachment_31"], ["attachment_30"]]


async def test_student_groups_are_listed_by_name_and_submodules_are_not(world: World) -> None:
    (crew,) = await listed(world, "groups")
    assert (crew["type"], crew["id"], crew["title"]) == ("groups", "group_40", "Crew")
    assert await listed(world, "submodules_1") == []


async def test_other_types_are_bad_requests_and_students_are_refused(world: World) -> None:
    answer = await world.ask("GET", PATH, TEACHER, query={"type": "frogs"})
    assert (answer.status, answer.body) == (400, {"message": "unsupported migration type"})
    assert (await world.ask("GET", PATH, STUDENT)).status == 403
