"""Lists of courses: those of a user, and those of the account; and what a list may have beside their basic fields."""

from __future__ import annotations

from typing import Any, NamedTuple

from shared.adapters.postgres.contexts import COURSE, object_from
from shared.adapters.postgres.pool import Pool, translated
from shared.domain.rights import Role

_STATE = """
CASE WHEN c.workflow_state = 'deleted' THEN 'deleted' WHEN concluded THEN 'completed' WHEN unpublished THEN 'unpublished'
     ELSE 'available' END
"""
_ROLES = """
SELECT course_id, role, workflow_state FROM enrollments
 WHERE user_id = $1 AND course_id = ANY($2::bigint[]) AND workflow_state <> 'deleted' ORDER BY course_id, role
"""

# Unless states are named, students and observers are listed available courses alone, as in Canvas.
_MINE = f"""
 WHERE c.workflow_state <> 'deleted'
   AND EXISTS (SELECT FROM enrollments e
                WHERE e.course_id = c.id AND e.user_id = $1 AND e.workflow_state = $2 AND ($3::text IS NULL OR e.role = $3)
                  AND ($4::text[] IS NOT NULL OR e.role NOT IN ('student', 'observer') OR {_STATE} = 'available'))
   AND ($4::text[] IS NULL OR {_STATE} = ANY($4))
   AND ($5::text IS NULL OR strpos(lower(concat_ws(' ', body ->> 'name', body ->> 'course_code')), lower($5)) > 0)
"""
_MY_COURSES = f"{COURSE} {_MINE} ORDER BY id LIMIT $6 OFFSET $7"
_MY_COURSES_COUNT = f"SELECT count(*) FROM courses c {_MINE}"  # noqa: S608  (no value is put in)

_OF_ACCOUNT = f"""
 WHERE {_STATE} = ANY($1::text[])
   AND ($2::text IS NULL OR c.id::text = $2
        OR strpos(lower(concat_ws(' ', body ->> 'name', body ->> 'course_code', body ->> 'sis_course_id')), lower($2)) > 0)
   AND ($3::boolean IS NULL
        OR $3 = EXISTS (SELECT FROM enrollments e WHERE e.course_id = c.id AND e.workflow_state <> 'deleted'))
   AND ($4::text[] IS NULL OR EXISTS (
        SELECT FROM enrollments e WHERE e.course_id = c.id AND e.role = ANY($4) AND e.workflow_state <> 'deleted'))
   AND ($5::bigint[] IS NULL OR EXISTS (
        SELECT FROM enrollments e
         WHERE e.course_id = c.id AND e.role = 'teacher' AND e.user_id = ANY($5) AND e.workflow_state <> 'deleted'))
   AND ($6::boolean IS NULL OR $6 = coalesce(body -> 'blueprint' = 'true', false))
"""  # noqa: S608  (no value is put in)
_ACCOUNT_COURSES = f"{COURSE} {_OF_ACCOUNT} ORDER BY id LIMIT $7 OFFSET $8"
_ACCOUNT_COURSES_COUNT = f"SELECT count(*) FROM courses c {_OF_ACCOUNT}"  # noqa: S608  (no value is put in)

_DETAILS = """
SELECT c.id, c.body ->> 'syllabus_body' AS syllabus_body,
       (SELECT count(DISTINCT e.user_id) FROM enrollments e
         WHERE e.course_id = c.id AND e.role = 'student' AND e.workflow_state = 'active') AS total_students,
       (SELECT coalesce(jsonb_agg(jsonb_build_array(u.id, coalesce(nullif(u.body ->> 'short_name', ''), u.body ->> 'name', ''))
                                  ORDER BY u.id), '[]')
          FROM enrollments e JOIN users u ON u.id = e.user_id
         WHERE e.course_id = c.id AND e.role = 'teacher' AND e.workflow_state = 'active' AND u.workflow_state <> 'deleted'
       ) AS teachers
  FROM courses c WHERE c.id = ANY($1::bigint[])
"""

Enrollment = tuple[Role, str]  # role in a course, state of the enrollment


class CourseFilter(NamedTuple):
    """Which courses of a user are listed. None: any."""

    enrollment_state: str = "active"  # or completed
    role: str | None = None  # of the user
    states: tuple[str, ...] | None = None  # of the course: available, unpublished, completed
    search_term: str | None = None  # a part of the name or the code, in any case


class AccountCourseFilter(NamedTuple):
    """Which courses of the account are listed. None: any."""

    states: tuple[str, ...]  # available, unpublished, completed, deleted
    search_term: str | None = None  # a part of the name, the code or the SIS id, in any case; or the id
    with_enrollments: bool | None = None
    roles: tuple[str, ...] | None = None  # that somebody has in the course
    teachers: tuple[int, ...] | None = None  # users, one of whom teaches it
    blueprint: bool | None = None


class CourseDetails(NamedTuple):
    """What takes a query of its own."""

    syllabus_body: str | None = None
    total_students: int = 0
    teachers: tuple[tuple[int, str], ...] = ()  # (id, name)


class CourseLists:
    """The courses of a database."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def roles(self, user_id: int | None, course_ids: list[int]) -> dict[int, list[Enrollment]]:
        """The enrollments of a user in each of the courses; [] for a course without any."""
        with translated():
            rows = await self._pool.fetch(_ROLES, user_id, course_ids)
        by_course: dict[int, list[Enrollment]] = {course_id: [] for course_id in course_ids}
        for row in rows:
            by_course[row["course_id"]].append((Role(row["role"]), row["workflow_state"]))
        return by_course

    async def of_user(
        self, user_id: int, filters: CourseFilter, *, limit: int, offset: int
    ) -> tuple[list[dict[str, Any]], int]:
        """(one page of the courses with such an enrollment of the user, by id; the number on all pages)."""
        where = (user_id, filters.enrollment_state, filters.role, filters.states, filters.search_term)
        with translated():
            rows = await self._pool.fetch(_MY_COURSES, *where, limit, offset)
            total: int = await self._pool.fetchval(_MY_COURSES_COUNT, *where)
        return [object_from(row) for row in rows], total

    async def of_account(
        self, filters: AccountCourseFilter, *, limit: int, offset: int
    ) -> tuple[list[dict[str, Any]], int]:
        """(one page of all courses, by id; the number on all pages)."""
        with translated():
            rows = await self._pool.fetch(_ACCOUNT_COURSES, *filters, limit, offset)
            total: int = await self._pool.fetchval(_ACCOUNT_COURSES_COUNT, *filters)
        return [object_from(row) for row in rows], total

    async def details(self, course_ids: list[int]) -> dict[int, CourseDetails]:
        """The syllabus, the number of active students and the active teachers of each of the courses."""
        with translated():
            rows = await self._pool.fetch(_DETAILS, course_ids)
        return {
            row["id"]: CourseDetails(row["syllabus_body"], row["total_students"], tuple(map(tuple, row["teachers"])))
            for row in rows
        }
