"""What Canvas's own tests demand of index and show, one behaviour a test."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.campus import Campus
from tests.support.client import Client

TEACHER, TA, STUDENT, STRANGER = 3101, 3102, 3103, 3104


@dataclass
class Course:
    id: int
    teacher: Client
    ta: Client
    student: Client
    stranger: Client
    past: dict[str, Any]  # a cartridge of the teacher
    own_zip: dict[str, Any]  # of the teacher
    student_zip: dict[str, Any]

    @property
    def path(self) -> str:
        return f"/api/v1/courses/{self.id}/content_exports"


@pytest.fixture(scope="module")
def course(campus: Campus) -> Course:
    course_id = campus.course("--name", "Listing", "--no-public")
    for user, role in ((TEACHER, "teacher"), (TA, "ta"), (STUDENT, "student")):
        campus.enroll(course_id, user, role)
    teacher, student = campus.client(TEACHER), campus.client(STUDENT)
    return Course(
        course_id,
        teacher,
        campus.client(TA),
        student,
        campus.client(STRANGER),
        teacher.exported(course_id, "common_cartridge"),
        teacher.exported(course_id, "zip"),
        student.exported(course_id, "zip"),
    )


@pytest.fixture
def pending(campus: Campus, course: Course) -> Iterator[dict[str, Any]]:
    """A qti export that nobody builds yet."""
    campus.stack.stop("qti")
    try:
        yield course.teacher.create(course.id, "qti")
    finally:
        campus.stack.start("qti")


def test_a_stranger_to_the_course_is_refused(course: Course) -> None:
    answer = course.stranger.http.get(course.path)
    assert answer.status_code == 403
    assert answer.json() == {
        "status": "unauthorized",
        "errors": [{"message": "user not authorized to perform that action"}],
    }


def test_the_list_holds_pending_and_past_exports_and_the_callers_own_zip_but_nobody_elses(
    course: Course, pending: dict[str, Any]
) -> None:
    listed = course.teacher.http.get(course.path, params={"per_page": 100}).json()
    ids = {export["id"] for export in listed}
    assert {pending["id"], course.past["id"], course.own_zip["id"]} <= ids
    assert course.student_zip["id"] not in ids
    assert {export["export_type"] for export in listed} <= {"common_cartridge", "qti", "zip"}  # copies there are none
    seen_by_ta = {export["id"] for export in course.ta.http.get(course.path, params={"per_page": 100}).json()}
    assert {pending["id"], course.past["id"]} <= seen_by_ta
    assert not {course.own_zip["id"], course.student_zip["id"]} & seen_by_ta


def test_the_order_is_newest_id_first(course: Course) -> None:
    ids = [export["id"] for export in course.teacher.http.get(course.path).json()]
    assert len(ids) > 1
    assert ids == sorted(ids, reverse=True)


def test_a_pending_export_is_created_with_type_course_time_and_the_address_of_its_progress(
    campus: Campus, course: Course, pending: dict[str, Any]
) -> None:
    listed = {export["id"]: export for export in course.teacher.http.get(course.path).json()}[pending["id"]]
    assert (listed["workflow_state"], listed["export_type"], listed["course_id"]) == ("created", "qti", course.id)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", listed["created_at"])
    assert "attachment" not in listed
    progress_id = campus.query("SELECT progress_id FROM content_exports WHERE id = $1", pending["id"])
    assert listed["progress_url"] == f"{course.teacher.base_url}/api/v1/progress/{progress_id}"


def test_a_past_export_is_exported_with_its_user_and_the_address_of_its_attachment(course: Course) -> None:
    past = {each["id"]: each for each in course.teacher.http.get(course.path).json()}[course.past["id"]]
    assert (past["workflow_state"], past["user_id"]) == ("exported", TEACHER)
    prefix = f"{course.teacher.base_url}/files/{past['attachment']['id']}/download?download_frd=1&verifier="
    assert past["attachment"]["url"].startswith(prefix)


def test_five_exports_at_three_a_page_are_pages_of_three_and_two_ids_descending_over_both(campus: Campus) -> None:
    course_id, user = campus.course("--name", "Pages"), campus.client(TEACHER)
    campus.enroll(course_id, TEACHER, "teacher")
    made = [user.create(course_id, "qti")["id"] for _ in range(5)]
    path = f"/api/v1/courses/{course_id}/content_exports"
    pages = [user.http.get(path, params={"per_page": 3, "page": page}).json() for page in (1, 2, 3)]
    assert [[export["id"] for export in page] for page in pages] == [made[:1:-1], made[1::-1], []]


def test_a_student_may_not_see_a_teachers_cartridge_export(course: Course) -> None:
    assert course.student.http.get(f"{course.path}/{course.past['id']}").status_code == 403


def test_a_teacher_sees_id_state_type_course_time_user_and_attachment(course: Course) -> None:
    shown = course.ta.http.get(f"{course.path}/{course.past['id']}").json()
    facts = {name: shown[name] for name in ("id", "workflow_state", "export_type", "course_id", "user_id")}
    assert facts == {
        "id": course.past["id"],
        "workflow_state": "exported",
        "export_type": "common_cartridge",
        "course_id": course.id,
        "user_id": TEACHER,
    }
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", shown["created_at"])
    assert "/download?download_frd=1&verifier=" in shown["attachment"]["url"]


def test_there_is_no_copy_of_a_course_to_show(campus: Campus, course: Course) -> None:
    with pytest.raises(Exception, match="export_type"):
        campus.query(
            "INSERT INTO content_exports (context_type, context_id, export_type) VALUES ('Course', $1, 'course_copy')",
            course.id,
        )
    assert course.teacher.http.get(f"{course.path}/{10**9}").status_code == 404


def test_a_teacher_may_not_see_a_students_zip_export(course: Course) -> None:
    assert course.teacher.http.get(f"{course.path}/{course.student_zip['id']}").status_code == 403
    assert course.student.http.get(f"{course.path}/{course.student_zip['id']}").status_code == 200
