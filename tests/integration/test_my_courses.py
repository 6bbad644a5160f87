"""The courses of a user in a real database, by role, state and name."""

from __future__ import annotations

import pytest

from shared.adapters.postgres.contexts import Contexts, CourseFilter
from tests.support.school import School


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (CourseFilter(), ["Tides", "Waves"]),
        (CourseFilter(role="student"), ["Waves"]),
        (CourseFilter(role="frog"), []),
        (CourseFilter(enrollment_state="completed"), ["Winds"]),
        (CourseFilter(states=("unpublished",)), ["Waves"]),
        (CourseFilter(states=("available", "completed")), ["Tides"]),
        (CourseFilter(search_term="tID"), ["Tides"]),
        (CourseFilter(search_term="%"), []),
    ],
)
async def test_courses_are_filtered_and_counted(people: School, wanted: CourseFilter, names: list[str]) -> None:
    tides, waves, winds = [
        await people.course(name=name, workflow_state=state)
        for name, state in (("Tides", "available"), ("Waves", "unpublished"), ("Winds", "available"))
    ]
    person = await people.member(tides, "teacher")
    await people.people.enroll(person.id, waves.id, "student")
    await people.people.enroll(person.id, winds.id, "teacher", "completed")
    found, total = await Contexts(people.pool).courses_of(person.id, wanted, limit=10, offset=0)
    assert ([course["name"] for course in found], total) == (names, len(names))
