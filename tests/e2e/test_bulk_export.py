"""A script that exports every course of the account with `canvasapi`, and looks after the exports of everybody."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from canvasapi import Canvas
from canvasapi import exceptions as errors
from canvasapi.paginated_list import PaginatedList

from tests.support.campus import Campus, write_folder

ROOT, TEACHER, STUDENT = 3601, 3602, 3603
COURSES = 5


@dataclass
class School:
    courses: list[int]
    root: Canvas
    teacher: Canvas
    student: Canvas


@pytest.fixture(scope="module")
def school(campus: Campus, tmp_path_factory: pytest.TempPathFactory) -> School:
    folder = write_folder(tmp_path_factory.mktemp("bulk"), {"course": {"id": 1, "name": "Bulk"}}, {"a.txt": b"a"})
    courses = [campus.load(folder) for _ in range(COURSES)]
    for number, course in enumerate(courses):
        campus.run("course", "--id", str(course), "--name", f"Bulk {number}", "--sis-id", f"BULK-{number}")
        campus.enroll(course, TEACHER, "teacher")
        campus.enroll(course, STUDENT, "student")
    root = canvas(campus, ROOT)
    campus.run("user", "--id", str(ROOT), "--name", "Root", "--site-admin")
    return School(courses, root, canvas(campus, TEACHER), canvas(campus, STUDENT))


def canvas(campus: Campus, user: int) -> Canvas:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it advises https
        return Canvas(campus.stack.base_url, campus.stack.token(user))


def finished(client: Canvas, context: Any, export: Any) -> Any:
    progress = client.get_progress(export.progress_url.rsplit("/", 1)[1])
    deadline = time.monotonic() + 90
    while progress.workflow_state not in ("completed", "failed"):
        assert time.monotonic() < deadline
        time.sleep(0.1)
        progress = progress.query()
    return context.get_content_export(export)


def all_exports(client: Canvas, **filters: Any) -> Iterator[Any]:
    """The list that Canvas does not have, read by the client's own pages."""
    requester = client._Canvas__requester  # type: ignore[attr-defined]
    words = list(filters.items())
    return iter(PaginatedList(Listed, requester, "GET", "accounts/self/content_exports", _kwargs=words))


class Listed:
    """A row of a list, with its fields as attributes."""

    def __init__(self, requester: object, fields: dict[str, Any]) -> None:
        self.__dict__.update(fields)


def test_every_course_of_the_account_is_exported_and_its_package_downloaded(school: School) -> None:
    profile = school.root.get_current_user().get_profile()
    assert (profile["id"], profile["name"]) == (ROOT, "Root")
    (account,) = school.root.get_accounts()
    assert account.id == school.root.get_account(1).id
    courses = list(account.get_courses(per_page=2, search_term="bulk", include=["teachers", "total_students"]))
    assert [course.id for course in courses] == school.courses
    assert {(course.sis_course_id[:5], course.total_students, len(course.teachers)) for course in courses} == {
        ("BULK-", 1, 1)
    }
    exports = {course.id: course.export_content("common_cartridge") for course in courses}
    for course in courses:
        done = finished(school.root, course, exports[course.id])
        assert httpx2.get(done.attachment["url"], trust_env=False).content.startswith(b"PK")
    listed = all_exports(
        school.root, per_page=2, user_id=ROOT, export_type="common_cartridge", workflow_state="exported"
    )
    assert [(each.context_type, each.context_id, each.id) for each in listed] == [
        ("Course", course, exports[course].id) for course in reversed(school.courses)
    ]


def test_a_page_of_all_exports_is_not_moved_by_exports_that_are_created_meanwhile(school: School) -> None:
    course = school.teacher.get_course(school.courses[0])
    made = [course.export_content("qti").id for _ in range(4)]
    seen = []
    for each in all_exports(school.root, per_page=1, user_id=TEACHER, export_type="qti"):
        seen.append(each.id)
        course.export_content("qti")
    assert seen == made[::-1]


def test_the_zip_of_a_student_is_seen_and_deleted_by_a_site_admin_and_downloaded_only_as_the_student(
    campus: Campus, school: School
) -> None:
    course = school.student.get_course(school.courses[0])
    done = finished(school.student, course, course.export_content("zip"))
    (listed,) = all_exports(school.root, user_id=STUDENT, export_type="zip")
    assert (listed.id, listed.workflow_state, hasattr(listed, "attachment")) == (done.id, "exported", False)
    seen = school.root.get_course(school.courses[0])
    assert not hasattr(seen.get_content_export(done), "attachment")
    acting = seen.get_content_export(done, as_user_id=STUDENT)
    assert httpx2.get(acting.attachment["url"], trust_env=False).content.startswith(b"PK")
    file = httpx2.get(done.attachment["url"].split("?")[0], headers=bearer(campus, ROOT), trust_env=False)
    assert file.status_code == 403
    assert (
        httpx2.delete(listed.url, headers=bearer(campus, ROOT), trust_env=False).json()["workflow_state"] == "deleted"
    )
    assert [each.id for each in all_exports(school.root, user_id=STUDENT, workflow_state="deleted")] == [done.id]
    count = "SELECT count(*) FROM audit_log WHERE user_id = $1 AND action = $2 AND content_export_id IS NOT DISTINCT FROM $3"
    for action, export in (("delete", done.id), ("show", done.id), ("list", None)):
        assert campus.query(count, ROOT, action, export) >= 1, action


def bearer(campus: Campus, user: int) -> dict[str, str]:
    return {"Authorization": f"Bearer {campus.stack.token(user)}"}


def test_what_the_account_has_is_refused_to_all_others_and_a_teacher_finds_no_account(school: School) -> None:
    assert list(school.teacher.get_accounts()) == []
    with pytest.raises(errors.Forbidden):
        school.teacher.get_account(1)
    with pytest.raises(errors.Forbidden):
        list(all_exports(school.teacher))
    with pytest.raises(errors.BadRequest, match="workflow_state must be one of"):
        list(all_exports(school.root, workflow_state="frog"))
