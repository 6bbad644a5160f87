"""A dry run reports the content of an export without creating one."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.support.campus import Campus, members, write_folder
from tests.support.client import Client
from tests.support.small_course import small_course

USER = 3701
STORED = {"one.txt": b"one" * 1000, "two.txt": b"two"}


@pytest.fixture(scope="module")
def course(campus: Campus, tmp_path_factory: pytest.TempPathFactory) -> int:
    documents = {"course": {"id": 9, "name": "Planned"}, **small_course()}
    course_id = campus.load(write_folder(tmp_path_factory.mktemp("plan"), documents, STORED))
    campus.enroll(course_id, USER, "teacher")
    return course_id


@pytest.fixture(scope="module")
def teacher(campus: Campus, course: int) -> Client:
    return campus.client(USER)


@pytest.mark.parametrize("export_type", ["common_cartridge", "qti", "zip"])
def test_a_dry_run_states_what_the_export_then_holds(
    campus: Campus, teacher: Client, course: int, export_type: str
) -> None:
    before = campus.query("SELECT count(*) FROM content_exports")
    plan = teacher.http.post(
        f"/api/v1/courses/{course}/content_exports", json={"export_type": export_type, "dry_run": True}
    ).json()
    assert campus.query("SELECT count(*) FROM content_exports") == before
    done = teacher.exported(course, export_type)
    package, report = members(done), teacher.report(done)
    # What is planned has no id yet, which the name of a package with a manifest ends in.
    name = done["attachment"]["filename"].replace(f"-{done['id']}.", ".")
    assert (plan["dry_run"], plan["filename"]) == (True, name)
    assert (plan["entries"], plan["content_type"]) == (len(package), done["attachment"]["content-type"])
    assert plan["bytes"] == sum(map(len, package.values()))
    assert (plan["expected"], plan["packed"]) == (report["expected"], report["packed"])
    assert (plan["complete"], plan["warnings"]) == (True, [])
    assert 0 < plan["estimated_seconds"] < 60
    assert "error" not in plan


def test_a_dry_run_of_a_selection_states_what_is_dragged_in_and_why(teacher: Client, course: int) -> None:
    select = {"export_type": "common_cartridge", "select": {"modules": [1]}, "dry_run": "1"}
    plan = teacher.http.post(f"/api/v1/courses/{course}/content_exports", json=select).json()
    assert {"pages:1", "files:1"} <= set(plan["included_because"])
    assert plan["packed"]["pages"] == 1


def test_a_dry_run_states_what_would_be_left_out(campus: Campus, teacher: Client, tmp_path: Path) -> None:
    course_id = campus.load(write_folder(tmp_path, {"course": {"id": 1, "name": "Lost"}}, {"lost.txt": b"soon lost"}))
    campus.enroll(course_id, USER, "teacher")
    digest = hashlib.sha256(b"soon lost").hexdigest()
    (lost,) = [path for path in Path(campus.stack.store_url).rglob("*") if digest in path.name]
    lost.unlink()
    plan = teacher.http.post(
        f"/api/v1/courses/{course_id}/content_exports", json={"export_type": "zip", "dry_run": True}
    ).json()
    assert (plan["entries"], plan["complete"], plan["failed"]) == (0, False, {"files": 1})
    assert plan["warnings"][0]["code"] == "object_missing"


def test_a_dry_run_shows_that_the_export_would_fail_and_why(teacher: Client, course: int) -> None:
    body = {"export_type": "zip", "select": {"files": [999]}, "dry_run": True}
    answer = teacher.http.post(f"/api/v1/courses/{course}/content_exports", json=body)
    assert answer.status_code == 200
    assert answer.json()["error"]["code"] == "nothing_selected"


def test_a_dry_run_needs_the_right_to_the_export(campus: Campus, course: int) -> None:
    stranger = campus.client(3702)
    answer = stranger.http.post(
        f"/api/v1/courses/{course}/content_exports", json={"export_type": "zip", "dry_run": True}
    )
    assert answer.status_code == 403


def test_progress_may_be_waited_for(teacher: Client, course: int) -> None:
    export = teacher.create(course, "common_cartridge")
    done = teacher.http.get(export["progress_url"], params={"wait": "30"})
    assert (done.json()["workflow_state"], done.json()["completion"]) == ("completed", 100)
    again = teacher.http.get(export["progress_url"], headers={"If-None-Match": done.headers["ETag"]})
    assert again.status_code == 304
    assert "Retry-After" not in again.headers
