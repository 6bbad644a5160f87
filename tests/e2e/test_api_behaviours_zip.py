"""What Canvas's own tests demand of zip exports of courses, groups and users, one behaviour a test."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.campus import Campus, members, write_folder
from tests.support.client import Client

TEACHER, STUDENT, MEMBER, OUTSIDER, OWNER = range(3301, 3306)
FOLDERS = [
    {"id": 1, "name": "course files", "full_name": "course files"},
    {"id": 2, "name": "teh_folder", "full_name": "course files/teh_folder", "parent_folder_id": 1},
    {"id": 3, "name": "empty_folder", "full_name": "course files/teh_folder/empty_folder", "parent_folder_id": 2},
    {"id": 4, "name": "shut", "full_name": "course files/shut", "parent_folder_id": 1, "locked": True},
    {"id": 5, "name": "gone", "full_name": "course files/gone", "parent_folder_id": 1, "workflow_state": "deleted"},
]
FILES: list[dict[str, Any]] = [
    {"id": 1, "display_name": "file1.txt", "folder_id": 1},
    {"id": 2, "display_name": "hidden.txt", "folder_id": 1, "hidden": True},
    {"id": 3, "display_name": "file2.txt", "folder_id": 2},
    {"id": 4, "display_name": "file3.txt", "folder_id": 1},
    {"id": 5, "display_name": "locked.txt", "folder_id": 1, "locked": True},
    {"id": 6, "display_name": "inside.txt", "folder_id": 4},
    {"id": 7, "display_name": "deleted.txt", "folder_id": 1, "workflow_state": "deleted"},
]
STORED = {
    path: f"the text of {path}".encode()
    for path in (
        "file1.txt",
        "hidden.txt",
        "teh_folder/file2.txt",
        "file3.txt",
        "locked.txt",
        "shut/inside.txt",
        "deleted.txt",
    )
}
FOR_STUDENTS = {"file1.txt", "file3.txt", "teh_folder/", "teh_folder/file2.txt", "teh_folder/empty_folder/"}
FOR_TEACHERS = FOR_STUDENTS | {"hidden.txt", "locked.txt", "shut/", "shut/inside.txt"}


@dataclass
class School:
    course: int
    open: int  # public to the institution
    group: int
    teacher: Client
    student: Client
    member: Client
    outsider: Client
    owner: Client


def documents(**course: Any) -> dict[str, Any]:
    return {"course": {"id": 1, "name": "Files", **course}, "folders": FOLDERS, "files": FILES}


@pytest.fixture(scope="module")
def school(campus: Campus, tmp_path_factory: pytest.TempPathFactory) -> School:
    tmp = tmp_path_factory.mktemp("school")
    course = campus.load(write_folder(tmp / "course", documents(), STORED))
    is_open = campus.load(write_folder(tmp / "open", documents(is_public_to_auth_users=True), STORED))
    campus.run("user", "--id", str(TEACHER), "--time-zone", "America/Denver")
    campus.enroll(course, TEACHER, "teacher")
    campus.enroll(course, STUDENT, "student")
    people = {user: campus.client(user) for user in (TEACHER, STUDENT, MEMBER, OUTSIDER, OWNER)}
    group = campus.group(MEMBER, TEACHER, words=("--name", "Crew"))
    files = {"course": {"id": 1, "name": "x"}}
    campus.load(write_folder(tmp / "group", files, {"plan.txt": b"of the group"}), "--group", str(group))
    campus.load(write_folder(tmp / "user", files, {"mine.txt": b"of the user"}), "--user", str(OWNER))
    return School(course, is_open, group, *people.values())


# Of courses


def test_a_teacher_gets_all_files_and_folders_hidden_locked_and_empty_ones_too(school: School) -> None:
    done = school.teacher.exported(school.course, "zip")
    assert done["attachment"]["filename"] == "course_files_export.zip"
    package = members(done)
    assert set(package) == FOR_TEACHERS
    assert {path: data for path, data in package.items() if not path.endswith("/")} == {
        path: STORED[path] for path in FOR_TEACHERS if not path.endswith("/")
    }
    assert done["warnings_count"] == 0


@pytest.mark.parametrize("name", ["attachments", "files"])
def test_one_folder_and_one_file_are_packed_with_what_lies_in_the_folder(school: School, name: str) -> None:
    done = school.teacher.exported(school.course, "zip", select={"folders": ["2"], name: ["4"]})
    assert done["attachment"]["filename"] == "course_files_export.zip"
    assert set(members(done)) == {"teh_folder/", "teh_folder/file2.txt", "teh_folder/empty_folder/", "file3.txt"}


def test_an_unreadable_file_is_skipped_and_reported_and_the_rest_is_packed(
    campus: Campus, school: School, tmp_path: Path
) -> None:
    stored = {"file1.txt": b"these bytes will be lost", "file2.txt": b"these not"}
    course = campus.load(write_folder(tmp_path, {"course": {"id": 1, "name": "Damaged"}}, stored))
    campus.enroll(course, TEACHER, "teacher")
    digest = hashlib.sha256(stored["file1.txt"]).hexdigest()
    (lost,) = [path for path in Path(campus.stack.store_url).rglob("*") if digest in path.name]
    lost.unlink()
    done = school.teacher.exported(course, "zip")
    assert set(members(done)) == {"file2.txt"}
    (warning,) = school.teacher.report(done)["warnings"]
    assert "file1.txt" in f"{warning}"


def test_a_students_list_has_their_own_zips_and_neither_a_cartridge_nor_a_teachers_zip(school: School) -> None:
    own, others = school.student.create(school.course, "zip"), school.teacher.create(school.course, "zip")
    cartridge = school.teacher.create(school.course, "common_cartridge")
    listed = school.student.http.get(f"/api/v1/courses/{school.course}/content_exports?per_page=100").json()
    ids = {export["id"] for export in listed}
    assert own["id"] in ids
    assert not ids & {others["id"], cartridge["id"]}
    assert {export["user_id"] for export in listed} == {STUDENT}


def test_a_student_is_refused_a_cartridge_to_see_and_to_make(school: School) -> None:
    made = school.teacher.create(school.course, "common_cartridge")
    path = f"/api/v1/courses/{school.course}/content_exports"
    assert school.student.http.get(f"{path}/{made['id']}").status_code == 403
    assert school.student.http.post(path, json={"export_type": "common_cartridge"}).status_code == 403


def test_a_students_zip_lacks_what_is_locked_deleted_or_hidden_and_all_of_locked_folders(school: School) -> None:
    assert set(members(school.student.exported(school.course, "zip"))) == FOR_STUDENTS


def test_somebody_of_the_institution_gets_the_visible_files_of_a_course_that_is_open_to_it(school: School) -> None:
    done = school.outsider.exported(school.open, "zip")
    assert set(members(done)) == FOR_STUDENTS
    path = f"/api/v1/courses/{school.course}/content_exports"
    assert school.outsider.http.post(path, json={"export_type": "zip"}).status_code == 403


# Of groups


def test_an_outsider_is_refused_an_export_of_a_group(school: School) -> None:
    path = f"/api/v1/groups/{school.group}/content_exports"
    assert school.outsider.http.post(path, json={"export_type": "zip"}).status_code == 403
    assert school.outsider.http.get(path).status_code == 403


def queued(campus: Campus, export: dict[str, Any]) -> int:
    """How many messages ask for this export to be built; the relay does not run meanwhile."""
    found = campus.query("SELECT count(*) FROM outbox WHERE body ->> 'export_id' = $1", str(export["id"]))
    return int(found)


def test_a_members_export_of_a_group_is_one_job_of_type_zip_that_the_list_and_the_show_have(
    campus: Campus, school: School
) -> None:
    campus.stack.stop("relay")
    try:
        export = school.member.create(school.group, "zip", context="groups")
        assert queued(campus, export) == 1
    finally:
        campus.stack.start("relay")
    assert (export["export_type"], export["workflow_state"], "course_id" in export) == ("zip", "created", False)
    done = school.member.finished(export, at=f"groups/{school.group}")
    assert (done["attachment"]["filename"], members(done)) == ("files_export.zip", {"plan.txt": b"of the group"})
    listed = school.member.http.get(f"/api/v1/groups/{school.group}/content_exports").json()
    assert [each["id"] for each in listed] == [export["id"]]


def test_a_group_has_no_cartridge(school: School) -> None:
    path = f"/api/v1/groups/{school.group}/content_exports"
    answer = school.member.http.post(path, json={"export_type": "common_cartridge"})
    assert (answer.status_code, answer.json()) == (400, {"message": "invalid export_type"})


# Of users


def test_a_teacher_may_not_export_the_files_of_a_student(school: School) -> None:
    path = f"/api/v1/users/{STUDENT}/content_exports"
    assert school.teacher.http.post(path, json={"export_type": "zip"}).status_code == 403


@pytest.mark.parametrize("name", [str(OWNER), "self"])
def test_a_user_exports_the_own_files_in_one_job_that_the_show_has(campus: Campus, school: School, name: str) -> None:
    campus.stack.stop("relay")
    try:
        answer = school.owner.http.post(f"/api/v1/users/{name}/content_exports", json={"export_type": "zip"})
        assert answer.status_code == 200, answer.text
        assert queued(campus, answer.json()) == 1
    finally:
        campus.stack.start("relay")
    done = school.owner.finished(answer.json(), at=f"users/{OWNER}")
    assert (done["attachment"]["filename"], members(done)) == ("my_files_export.zip", {"mine.txt": b"of the user"})


def test_a_user_has_no_package_of_quizzes(school: School) -> None:
    answer = school.owner.http.post("/api/v1/users/self/content_exports", json={"export_type": "qti"})
    assert (answer.status_code, answer.json()) == (400, {"message": "invalid export_type"})


def test_a_users_list_has_what_they_started_and_not_what_others_started_for_them(admin: Client, school: School) -> None:
    own = school.owner.create(OWNER, "zip", context="users")
    others = admin.create(OWNER, "zip", context="users")
    ids = {export["id"] for export in school.owner.http.get("/api/v1/users/self/content_exports?per_page=100").json()}
    assert own["id"] in ids
    assert others["id"] not in ids


def test_another_user_is_refused(school: School) -> None:
    own = school.owner.create(OWNER, "zip", context="users")
    for path in (f"/api/v1/users/{OWNER}/content_exports", f"/api/v1/users/{OWNER}/content_exports/{own['id']}"):
        assert school.outsider.http.get(path).status_code == 403
