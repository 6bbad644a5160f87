"""Which of the selected objects a context lacks, for many requests at once."""

from __future__ import annotations

import asyncio

import pytest

from shared.adapters.postgres.contexts import Contexts
from shared.adapters.postgres.pool import Pool
from shared.domain.export import Context
from shared.domain.kinds import Kind
from tests.support.school import School

_ADD = """
INSERT INTO content_objects (context_type, context_id, kind, id, body) VALUES ($1, $2, $3, $4, $5)
"""


@pytest.fixture
async def courses(people: School) -> tuple[Context, Context]:
    """The first has page 1, topic 2, announcement 3 and a deleted page 4; the second has page 5."""
    first, second = await people.course(), await people.course()
    rows = [
        (first, Kind.PAGES, 1, {}),
        (first, Kind.DISCUSSION_TOPICS, 2, {}),
        (first, Kind.ANNOUNCEMENTS, 3, {}),
        (first, Kind.PAGES, 4, {"workflow_state": "deleted"}),
        (second, Kind.PAGES, 5, {}),
    ]
    values = [(course.type.value, course.id, kind.value, number, body) for course, kind, number, body in rows]
    await people.pool.executemany(_ADD, values)
    return first, second


async def test_each_of_many_requests_gets_what_its_own_course_lacks(
    pool: Pool, courses: tuple[Context, Context]
) -> None:
    first, second = courses
    contexts = Contexts(pool)
    pages = [(Kind.PAGES, number) for number in (1, 4, 5)]
    questions = [(first, pages), (second, pages), (first, pages[:1]), (first, []), (first, [(Kind.QUIZZES, 1)])]
    missing = await asyncio.gather(*(contexts.missing(*question) for question in questions))
    assert missing == [pages[1:], pages[:2], [], [], [(Kind.QUIZZES, 1)]]


async def test_an_announcement_may_be_named_as_a_topic_and_a_topic_not_as_an_announcement(
    pool: Pool, courses: tuple[Context, Context]
) -> None:
    first, _ = courses
    named = [(kind, number) for kind in (Kind.DISCUSSION_TOPICS, Kind.ANNOUNCEMENTS) for number in (2, 3)]
    assert await Contexts(pool).missing(first, named) == [(Kind.ANNOUNCEMENTS, 2)]


async def test_an_id_beyond_those_that_a_database_can_hold_is_missing(
    pool: Pool, courses: tuple[Context, Context]
) -> None:
    beyond = (Kind.PAGES, 2**63)
    assert await Contexts(pool).missing(courses[0], [beyond, (Kind.PAGES, 1)]) == [beyond]
