"""Which of the caller's courses are listed, by the filters that Canvas has."""

from __future__ import annotations

from typing import Any

import pytest

from shared.adapters.postgres.contexts import CourseFilter
from tests.support.gateway_without_sockets import TEACHER, World


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
async def test_filters_of_the_query_choose_the_courses(query: dict[str, Any], wanted: CourseFilter) -> None:
    world = World()
    answer = await world.ask("GET", "/api/v1/courses", TEACHER, query=query)
    assert (answer.status, world.contexts.wanted) == (200, [wanted])


async def test_a_filter_that_no_text_can_be_is_a_bad_request() -> None:
    answer = await World().ask("GET", "/api/v1/courses", TEACHER, query={"search_term": "a\0"})
    assert (answer.status, answer.code) == (400, "bad_request")
