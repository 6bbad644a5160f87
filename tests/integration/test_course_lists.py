"""Lists of courses in a real database: those of a user and those of the account, by each filter, with their details."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from shared.adapters.postgres.course_lists import AccountCourseFilter, CourseDetails, CourseFilter, CourseLists
from shared.domain.export import Context
from tests.support.school import Person, School

OPEN = ("available", "completed", "unpublished")


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (CourseFilter(), ["Tides", "Reefs"]),
        (CourseFilter(role="student"), ["Reefs"]),
        (CourseFilter(role="frog"), []),
        (CourseFilter(enrollment_state="completed"), ["Winds"]),
        (CourseFilter(states=("unpublished",)), ["Waves"]),
        (CourseFilter(states=("unpublished", "available"), role="student"), ["Waves", "Reefs"]),
        (CourseFilter(states=("available", "completed")), ["Tides", "Reefs"]),
        (CourseFilter(search_term="tID"), ["Tides"]),
        (CourseFilter(search_term="%"), []),
    ],
)
async def test_courses_are_filtered_and_counted(people: School, wanted: CourseFilter, names: list[str]) -> None:
    tides, waves, winds, reefs = [
        await people.course(name=name, workflow_state=state)
        for name, state in (
            ("Tides", "available"),
            ("Waves", "unpublished"),
            ("Winds", "available"),
            ("Reefs", "available"),
        )
    ]
    person = await people.member(tides, "teacher")
    for course in (waves, reefs):
        await people.people.enroll(person.id, course.id, "student")
    await people.people.enroll(person.id, winds.id, "teacher", "completed")
    found, total = await CourseLists(people.pool).of_user(person.id, wanted, limit=10, offset=0)
    assert ([course["name"] for course in found], total) == (names, len(names))


async def test_staff_are_listed_their_courses_in_every_state(people: School) -> None:
    drafts = [await people.course(name=state, workflow_state=state) for state in ("claimed", "completed")]
    person = await people.member(drafts[0], "ta")
    await people.people.enroll(person.id, drafts[1].id, "designer")
    _, total = await CourseLists(people.pool).of_user(person.id, CourseFilter(), limit=10, offset=0)
    assert total == 2


@pytest.fixture
async def school(people: School) -> tuple[School, Person]:
    """Four courses of the term "Q7", and the teacher of one."""
    names = {"Tides": "available", "Waves": "claimed", "Winds": "completed", "Reefs": "available"}
    courses = {
        n: await people.course(name=f"Q7 {n}", workflow_state=s, blueprint=n == "Winds") for n, s in names.items()
    }
    teacher = await people.member(courses["Tides"], "teacher")
    await people.people.enroll((await people.person()).id, courses["Waves"].id, "ta")
    gone = await people.member(courses["Winds"], "student")
    await people.people.enroll(gone.id, courses["Winds"].id, "student", "deleted")
    await people.people.delete("courses", courses["Reefs"].id)
    return people, teacher


@pytest.mark.parametrize(
    ("filter_of", "names"),
    [
        (lambda _: AccountCourseFilter(OPEN), ["Tides", "Waves", "Winds"]),
        (lambda _: AccountCourseFilter((*OPEN, "deleted")), ["Tides", "Waves", "Winds", "Reefs"]),
        (lambda _: AccountCourseFilter(("unpublished",)), ["Waves"]),
        (lambda _: AccountCourseFilter(("completed",)), ["Winds"]),
        (lambda _: AccountCourseFilter(()), []),
        (lambda _: AccountCourseFilter(OPEN, with_enrollments=True), ["Tides", "Waves"]),
        (lambda _: AccountCourseFilter(OPEN, with_enrollments=False), ["Winds"]),
        (lambda _: AccountCourseFilter(OPEN, roles=("ta", "designer")), ["Waves"]),
        (lambda teacher: AccountCourseFilter(OPEN, teachers=(teacher.id,)), ["Tides"]),
        (lambda _: AccountCourseFilter(OPEN, blueprint=True), ["Winds"]),
        (lambda _: AccountCourseFilter(OPEN, blueprint=False), ["Tides", "Waves"]),
    ],
)
async def test_courses_of_the_account_are_filtered(
    school: tuple[School, Person], filter_of: Callable[[Person], AccountCourseFilter], names: list[str]
) -> None:
    people, teacher = school
    newest = await people.pool.fetchval("SELECT max(id) FROM courses")
    found, _ = await CourseLists(people.pool).of_account(filter_of(teacher), limit=10_000, offset=0)
    own = [course["name"] for course in found if course["id"] > newest - 4]
    assert own == [f"Q7 {name}" for name in names]


async def test_courses_of_the_account_are_found_by_name_code_sis_id_and_id_and_come_in_pages(people: School) -> None:
    lists, bodies = (
        CourseLists(people.pool),
        ({"name": "Zq Moon"}, {"course_code": "zqmoon"}, {"sis_course_id": "X-ZQmoon"}),
    )
    made = [await people.course(**body) for body in bodies]
    by_words, total = await lists.of_account(AccountCourseFilter(OPEN, "ZQ"), limit=2, offset=1)
    assert ([course["id"] for course in by_words], total) == ([course.id for course in made[1:]], 3)
    by_id, _ = await lists.of_account(AccountCourseFilter(OPEN, str(made[0].id)), limit=10, offset=0)
    assert made[0].id in [course["id"] for course in by_id]
    assert "syllabus_body" not in by_id[0]


async def test_details_are_the_syllabus_the_active_students_and_the_active_teachers_by_name(people: School) -> None:
    course = await people.course(syllabus_body="<p>Read.</p>")
    empty: Context = await people.course()
    ada = await people.people.put_user(None, {"name": "Ada Lovelace", "short_name": "Ada"})
    bo, gone = await people.people.put_user(None, {"name": "Bo"}), await people.people.put_user(None, {"name": "Gone"})
    for user in (ada, bo, gone):
        await people.people.enroll(user, course.id, "teacher")
    await people.people.enroll(bo, course.id, "student")
    await people.people.enroll(ada, course.id, "student", "completed")
    await people.people.delete("users", gone)
    assert await CourseLists(people.pool).details([course.id, empty.id]) == {
        course.id: CourseDetails("<p>Read.</p>", 1, ((ada, "Ada"), (bo, "Bo"))),
        empty.id: CourseDetails(),
    }
