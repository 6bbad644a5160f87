"""`canvasapi`, the Canvas client for Python, works unchanged: all three contexts, pages, progress and typed errors."""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from canvasapi import Canvas
from canvasapi import exceptions as errors

from tests.support.campus import Campus, write_folder

TEACHER, STUDENT = 3501, 3502


@dataclass
class Places:
    course: int
    group: int
    teacher: Canvas
    student: Canvas


@pytest.fixture(scope="module")
def places(campus: Campus, tmp_path_factory: pytest.TempPathFactory) -> Places:
    folder = write_folder(tmp_path_factory.mktemp("py"), {"course": {"id": 1, "name": "Python"}}, {"a.txt": b"a"})
    course = campus.load(folder)
    campus.run("course", "--id", str(course), "--sis-id", "PY-1")
    campus.enroll(course, TEACHER, "teacher")
    campus.enroll(course, STUDENT, "student")
    campus.run("user", "--id", str(TEACHER), "--name", "Grace Hopper", "--login", "grace")
    group = campus.group(TEACHER)
    campus.load(folder, "--group", str(group))
    campus.load(folder, "--user", str(TEACHER))
    return Places(course, group, canvas(campus, TEACHER), canvas(campus, STUDENT))


def canvas(campus: Campus, user: int, token: str = "") -> Canvas:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it advises https
        return Canvas(campus.stack.base_url, token or campus.stack.token(user))


def finished(client: Canvas, context: Any, export: Any) -> Any:
    progress = client.get_progress(export.progress_url.rsplit("/", 1)[1])
    deadline = time.monotonic() + 60
    while progress.workflow_state not in ("completed", "failed"):
        assert time.monotonic() < deadline
        time.sleep(0.1)
        progress = progress.query()
    assert (progress.workflow_state, progress.completion) == ("completed", 100)
    return context.get_content_export(export)


@pytest.mark.parametrize("kind", ["course", "group", "user", "self"])
def test_each_context_exports_and_hands_out_its_package(places: Places, kind: str) -> None:
    client = places.teacher
    context: Any = {
        "course": lambda: client.get_course(places.course),
        "group": lambda: client.get_group(places.group),
        "user": lambda: client.get_user(TEACHER),
        "self": client.get_current_user,
    }[kind]()
    export = context.export_content("common_cartridge" if kind == "course" else "zip", skip_notifications=True)
    assert export.workflow_state == "created"
    done = finished(client, context, export)
    assert (done.id, done.workflow_state, done.user_id) == (export.id, "exported", TEACHER)
    package = httpx2.get(done.attachment["url"], trust_env=False)
    assert package.content.startswith(b"PK")
    assert export.id in [each.id for each in context.get_content_exports()]


def test_selections_reach_the_export_in_the_form_that_the_client_gives_them(campus: Campus, places: Places) -> None:
    course = places.teacher.get_course(places.course)
    export = course.export_content("common_cartridge", select={"files": [1, 2], "all_pages": True}, version="1.3")
    settings = campus.settings({"id": export.id})
    assert settings["select"] == {"files": ["1", "2"], "all_pages": "true"}
    assert settings["version"] == "1.3"


def test_lists_go_on_beyond_one_page(campus: Campus, places: Places) -> None:
    course = places.teacher.get_course("PY-1", use_sis_id=True)
    assert course.id == places.course
    made = [course.export_content("qti").id for _ in range(5)]
    listed = [export.id for export in course.get_content_exports(per_page=2)]
    assert listed[:5] == made[::-1]
    assert len(set(listed)) == len(listed) >= 5


def test_people_are_found_by_their_login(places: Places) -> None:
    user = places.teacher.get_user("grace", id_type="sis_login_id")
    assert (user.id, user.name) == (TEACHER, "Grace Hopper")
    assert [course.id for course in places.teacher.get_courses()] == [places.course]


def test_each_refusal_is_the_error_that_the_client_has_for_it(campus: Campus, places: Places) -> None:
    course = places.student.get_course(places.course)
    with pytest.raises(errors.Forbidden):
        course.export_content("qti")
    with pytest.raises(errors.BadRequest):
        course.export_content("frog")
    with pytest.raises(errors.ResourceDoesNotExist):
        course.get_content_export(999_999_999)
    with pytest.raises(errors.ResourceDoesNotExist):
        places.student.get_course(999_999_999)
    with pytest.raises(errors.InvalidAccessToken):
        canvas(campus, 0, token="nobody's").get_course(places.course)
    limited = canvas(campus, 0, campus.stack.token(TEACHER, "--scope", "url:GET|/api/v1/courses/:id"))
    with pytest.raises(errors.Unauthorized):
        limited.get_course(places.course).export_content("qti")
