"""What Canvas's tests demand of content_list, of the model behind an export, and of progress, one behaviour a test.

What is different on purpose, with the reason in services/gateway/README.md, has its tests in test_api_differences.py.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from tests.support.campus import Campus, members, write_folder
from tests.support.client import Client
from tests.support.small_course import small_course

TEACHER, STUDENT, STRANGER = 3401, 3402, 3403


@dataclass
class Course:
    id: int
    teacher: Client
    student: Client
    stranger: Client

    @property
    def path(self) -> str:
        return f"/api/v1/courses/{self.id}/content_exports"


@pytest.fixture(scope="module")
def course(campus: Campus, tmp_path_factory: pytest.TempPathFactory) -> Course:
    about = {"id": 9, "name": "Model", "syllabus_body": "<p>All of it.</p>", "is_public": True}
    documents = {"course": about, **small_course()}
    documents["quizzes"][0]["assignment_id"] = 1
    folder = write_folder(tmp_path_factory.mktemp("model"), documents, {"one.txt": b"one", "two.txt": b"two"})
    course_id = campus.load(folder)
    campus.enroll(course_id, TEACHER, "teacher")
    campus.enroll(course_id, STUDENT, "student")
    return Course(course_id, *(campus.client(user) for user in (TEACHER, STUDENT, STRANGER)))


# content_list


def test_the_content_list_has_areas_with_properties_counts_and_addresses(course: Course) -> None:
    path = f"/api/v1/courses/{course.id}/content_list"
    areas = course.teacher.http.get(path).json()
    url = f"{course.teacher.base_url}{path}"
    assert areas[0] == {
        "type": "course_settings",
        "property": "select[all_course_settings]",
        "title": "Course Settings",
    }
    assert areas[1] == {"type": "syllabus_body", "property": "select[all_syllabus_body]", "title": "Syllabus Body"}
    assert {area["type"]: area.get("count") for area in areas[2:]} == {
        "context_modules": 2,
        "assignments": 1,
        "quizzes": 2,
        "discussion_topics": 2,
        "wiki_pages": 2,
        "announcements": 2,
        "rubrics": 1,
        "learning_outcomes": 1,
        "attachments": 2,
    }
    for area in areas[2:]:
        assert area["property"] == f"select[all_{area['type']}]"
        address = f"{url}?type={area['type']}"
        assert area.get("sub_items_url") == (None if area["type"] == "learning_outcomes" else address)
        listed = [inner for item in course.teacher.http.get(address).json() for inner in item.get("sub_items", [item])]
        assert [item["type"] for item in listed if item["type"] == area["type"]] == [area["type"]] * area["count"]
        assert all(re.fullmatch(r"[a-z_:]+_\d+", item["id"]) for item in listed)


def test_items_of_the_content_list_are_asset_strings_and_a_quiz_has_its_assignment(course: Course) -> None:
    path = f"/api/v1/courses/{course.id}/content_list"
    quizzes = course.teacher.http.get(path, params={"type": "quizzes"}).json()
    assert [(quiz["id"], quiz["title"]) for quiz in quizzes] == [
        ("quizzes:quiz_1", "Chosen"),
        ("quizzes:quiz_2", "Left"),
    ]
    assert quizzes[0]["linked_resource"]["id"] == "assignment_1"
    assert "linked_resource" not in quizzes[1]
    modules = course.teacher.http.get(path, params={"type": "context_modules"}).json()
    assert [module["id"] for module in modules] == ["context_module_1", "context_module_2"]


def test_the_content_list_is_for_who_reads_as_an_admin_and_knows_its_types(stack: Any, course: Course) -> None:
    path = f"/api/v1/courses/{course.id}/content_list"
    assert course.student.http.get(path).status_code == 403
    assert httpx2.get(stack.base_url + path, trust_env=False).status_code == 401
    answer = course.teacher.http.get(path, params={"type": "frogs"})
    assert (answer.status_code, answer.json()) == (400, {"message": "unsupported migration type"})


def test_what_the_content_list_offers_can_be_selected(course: Course) -> None:
    path = f"/api/v1/courses/{course.id}/content_list"
    page = course.teacher.http.get(path, params={"type": "wiki_pages"}).json()[1]
    form = {"export_type": "common_cartridge", page["property"]: "1"}
    done = course.teacher.finished(course.teacher.http.post(course.path, data=form).json())
    assert [name for name in members(done) if name.startswith("wiki_content/")] == ["wiki_content/other.html"]


# The model


def test_the_running_job_is_known_by_its_worker_and_attempt(campus: Campus, course: Course) -> None:
    done = course.teacher.exported(course.id, "qti")
    worker = campus.query("SELECT worker FROM content_exports WHERE id = $1", done["id"])
    assert str(campus.stack.pid("qti")) in worker


def test_the_duration_is_measured_once_on_success(campus: Campus, course: Course) -> None:
    def measured() -> float:
        text = httpx2.get(campus.stack.system.processes.url("qti") + "/metrics", trust_env=False).text
        found = re.search(r'^content_exports_attempt_seconds_count\{export_type="qti"\} (\S+)$', text, re.MULTILINE)
        return float(found[1]) if found else 0.0

    before = measured()
    course.teacher.exported(course.id, "qti")
    time.sleep(0.2)  # the metric follows the commit of the end
    assert measured() == before + 1


def pages(course: Course, select: Any) -> set[str]:
    done = course.teacher.exported(course.id, "common_cartridge", select=select)
    names = {
        name.removeprefix("wiki_content/").removesuffix(".html") for name in members(done) if "wiki_content/" in name
    }
    return names - {""}


@pytest.mark.parametrize("select", [None, {}, {"everything": "1"}, {"everything": True, "pages": {"wiki_page_1": "0"}}])
def test_no_selection_or_everything_selects_every_object(course: Course, select: Any) -> None:
    assert pages(course, select) == {"linked", "other"}


@pytest.mark.parametrize(
    ("select", "selected"),
    [
        ({"all_wiki_pages": "1"}, {"linked", "other"}),
        ({"all_pages": True}, {"linked", "other"}),
        ({"all_wiki_pages": "0"}, set()),
        ({"wiki_pages": {}}, set()),
        ({"wiki_pages": {"wiki_page_1": "1", "wiki_page_2": "0"}}, {"linked"}),
        ({"wiki_pages": {"wiki_page_2": "off"}}, set()),
        ({"wiki_pages": {"quiz_2": "1"}}, set()),
        ({"wiki_pages": ["999"], "frogs": ["1"]}, set()),
    ],
)
def test_all_of_a_type_selects_with_a_true_word_and_single_objects_by_theirs(
    course: Course, select: dict[str, Any], selected: set[str]
) -> None:
    # The course's settings are selected too: a selection of nothing is no export here.
    assert pages(course, {**select, "all_course_settings": "1"}) == selected


def test_what_is_added_while_packing_changes_nothing_where_everything_is_selected(course: Course) -> None:
    whole = course.teacher.exported(course.id, "common_cartridge")
    assert course.teacher.report(whole)["included_because"] == {}
    part = course.teacher.exported(course.id, "common_cartridge", select={"modules": [1]})
    assert course.teacher.report(part)["included_because"] != {}


def test_nobody_creates_anonymously_in_a_public_course_and_an_enrolled_student_does(stack: Any, course: Course) -> None:
    for export_type in ("zip", "user_data"):
        answer = httpx2.post(stack.base_url + course.path, json={"export_type": export_type}, trust_env=False)
        assert answer.status_code == 401
        assert answer.json()["status"] == "unauthenticated"
    assert course.student.http.post(course.path, json={"export_type": "zip"}).status_code == 200
    listed = httpx2.get(stack.base_url + course.path, trust_env=False)
    assert (listed.status_code, listed.json()) == (200, [])


# Progress


def test_progress_has_all_its_fields(course: Course) -> None:
    done = course.teacher.exported(course.id, "qti")
    progress = course.teacher.progress(done)
    times = {progress.pop("created_at"), progress.pop("updated_at")}
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", time) for time in times)
    assert progress == {
        "id": int(done["progress_url"].rsplit("/", 1)[1]),
        "context_id": done["id"],
        "context_type": "ContentExport",
        "user_id": TEACHER,
        "tag": "content_export",
        "completion": 100.0,
        "workflow_state": "completed",
        "message": None,
        "url": done["progress_url"],
    }


def test_who_cannot_read_the_export_is_refused_its_progress(course: Course) -> None:
    export = course.teacher.create(course.id, "qti")
    for caller in (course.student, course.stranger):
        assert caller.http.get(export["progress_url"]).status_code == 403


def test_an_unknown_progress_is_not_found(course: Course) -> None:
    answer = course.teacher.http.get("/api/v1/progress/999999999")
    assert (answer.status_code, answer.json()) == (
        404,
        {"errors": [{"message": "The specified resource does not exist."}]},
    )
