"""The titles that content_list offers, from a real database: which objects, in which order, by which name."""

from __future__ import annotations

from typing import Any

import pytest

from shared.adapters.postgres.contexts import Contexts, Titled
from shared.domain.export import Context
from shared.domain.kinds import Kind
from tests.support.school import School

_ADD = """
INSERT INTO content_objects (context_type, context_id, kind, id, parent_id, position, body)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""


@pytest.fixture
def contexts(people: School) -> Contexts:
    return Contexts(people.pool)


async def add(
    people: School,
    course: Context,
    kind: Kind,
    number: int,
    body: dict[str, Any],
    *,
    parent: int | None = None,
    position: int | None = None,
) -> None:
    await people.pool.execute(_ADD, course.type.value, course.id, kind.value, number, parent, position, body)


@pytest.mark.parametrize(
    ("body", "title"),
    [
        ({"title": "Tides", "name": "other"}, "Tides"),
        ({"full_name": "course files/a", "name": "a"}, "course files/a"),
        ({"name": "Essay"}, "Essay"),
        ({"title": "", "display_name": "moon.png"}, "moon.png"),
        ({"title": "", "name": ""}, "7"),
        ({}, "7"),
    ],
)
async def test_an_object_goes_by_the_first_name_that_it_has_and_else_by_its_id(
    people: School, contexts: Contexts, body: dict[str, Any], title: str
) -> None:
    course = await people.course()
    await add(people, course, Kind.PAGES, 7, body)
    assert await contexts.titles(course.id, Kind.PAGES) == [Titled(7, title)]


async def test_objects_come_by_position_and_those_without_one_last_by_id(people: School, contexts: Contexts) -> None:
    course = await people.course()
    for number, position in ((1, None), (2, 3), (3, 1), (4, 1), (5, None)):
        await add(people, course, Kind.QUIZZES, number, {"title": f"Q{number}"}, position=position)
    assert [row.id for row in await contexts.titles(course.id, Kind.QUIZZES)] == [3, 4, 2, 1, 5]


async def test_an_object_names_its_assignment_and_the_folder_or_group_that_it_lies_in(
    people: School, contexts: Contexts
) -> None:
    course = await people.course()
    await add(people, course, Kind.QUIZZES, 1, {"title": "Quiz", "assignment_id": 5})
    await add(people, course, Kind.ASSIGNMENTS, 5, {"name": "Essay", "assignment_group_id": 9})
    await add(people, course, Kind.FILES, 3, {"display_name": "a.txt"}, parent=21)
    assert await contexts.titles(course.id, Kind.QUIZZES) == [Titled(1, "Quiz", 5)]
    assert await contexts.titles(course.id, Kind.ASSIGNMENTS) == [Titled(5, "Essay", None, 9)]
    assert await contexts.titles(course.id, Kind.FILES) == [Titled(3, "a.txt", None, 21)]


async def test_what_is_deleted_of_another_kind_or_of_another_course_is_left_out(
    people: School, contexts: Contexts
) -> None:
    course, other = await people.course(), await people.course()
    await add(people, course, Kind.PAGES, 1, {"title": "kept"})
    await add(people, course, Kind.PAGES, 2, {"title": "gone", "workflow_state": "deleted"})
    await add(people, course, Kind.QUIZZES, 3, {"title": "a quiz"})
    await add(people, other, Kind.PAGES, 4, {"title": "elsewhere"})
    assert await contexts.titles(course.id, Kind.PAGES) == [Titled(1, "kept")]
    assert await contexts.counts(course.id) == {Kind.PAGES: 1, Kind.QUIZZES: 1}


async def test_student_groups_of_a_course_come_by_id_with_their_names_and_without_the_deleted(
    people: School, contexts: Contexts
) -> None:
    course, other = await people.course(), await people.course()
    crew = await people.people.put_group(None, {"name": "Crew"}, course_id=course.id)
    unnamed = await people.people.put_group(None, {"name": ""}, course_id=course.id)
    gone = await people.people.put_group(None, {"name": "Gone"}, course_id=course.id)
    await people.people.delete("groups", gone)
    await people.people.put_group(None, {"name": "Elsewhere"}, course_id=other.id)
    assert await contexts.group_titles(course.id) == [Titled(crew, "Crew"), Titled(unnamed, str(unnamed))]
