"""What Canvas's own tests demand of create, one behaviour a test. New Quizzes are not modelled: see services/gateway/README.md."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from lxml import etree

from tests.support.campus import Campus, members, write_folder
from tests.support.client import Client
from tests.support.small_course import small_course

TEACHER, STUDENT = 3201, 3202
GLOBAL = 10_000_000_000_000  # what Canvas adds to the ids of one of its shards

Load = Callable[[int], int]


@pytest.fixture(scope="module")
def load_course(campus: Campus, tmp_path_factory: pytest.TempPathFactory) -> Load:
    def load(shift: int) -> int:
        documents = {"course": {"id": 9, "name": "Chosen"}, **small_course(shift)}
        stored = {"one.txt": b"one", "two.txt": b"two"}
        folder = write_folder(tmp_path_factory.mktemp("course"), documents, stored)
        course_id = campus.load(folder)
        campus.enroll(course_id, TEACHER, "teacher")
        return course_id

    return load


@pytest.fixture(scope="module")
def course(load_course: Load) -> int:
    return load_course(0)


@pytest.fixture(scope="module")
def teacher(campus: Campus) -> Client:
    return campus.client(TEACHER)


@pytest.fixture(scope="module")
def student(campus: Campus, course: int) -> Client:
    campus.enroll(course, STUDENT, "student")
    return campus.client(STUDENT)


def path(course_id: int) -> str:
    return f"/api/v1/courses/{course_id}/content_exports"


def paths(export: dict[str, Any], *suffixes: str) -> list[str]:
    """The members of a package with one of these endings, but for its manifest and settings."""
    return sorted(
        name
        for name in members(export)
        if name.endswith(suffixes) and not name.startswith(("course_settings/", "imsmanifest", "non_cc_assessments"))
    )


def titles(export: dict[str, Any]) -> set[str]:
    """What topics, announcements and quizzes of a package are called."""
    found = set()
    for name, data in members(export).items():
        if name.endswith(".xml") and not name.startswith(("course_settings/", "imsmanifest")):
            root = etree.fromstring(data)
            found |= {str(text) for text in root.xpath("//*[local-name()='title']/text()")}
            found |= {str(text) for text in root.xpath("//*[local-name()='assessment']/@title")}
    return found


# 12 to 18


def test_a_student_may_not_create_a_qti_export(student: Client, course: int) -> None:
    assert student.http.post(path(course), json={"export_type": "qti"}).status_code == 403


@pytest.mark.parametrize("sent", [{}, {"export_type": ""}], ids=["absent", "empty"])
def test_no_export_type_is_a_bad_request(teacher: Client, course: int, sent: dict[str, str]) -> None:
    answer = teacher.http.post(path(course), json=sent)
    assert (answer.status_code, answer.json()) == (400, {"message": "invalid export_type"})


def test_a_nonsense_export_type_is_a_bad_request_for_a_student_too(student: Client, course: int) -> None:
    answer = student.http.post(path(course), json={"export_type": "frog"})
    assert (answer.status_code, answer.json()) == (400, {"message": "invalid export_type"})


@pytest.mark.parametrize(
    ("word", "stored"), [(True, True), ("1", True), ("Yes", True), ("no", False), (False, False), (0, False), (2, True)]
)
def test_skip_notifications_is_kept_where_it_is_true(
    campus: Campus, teacher: Client, course: int, word: object, stored: bool
) -> None:
    settings = campus.settings(teacher.create(course, "qti", skip_notifications=word))
    assert settings.get("skip_notifications", False) is stored


def test_a_qti_export_selects_all_quizzes_and_its_progress_is_queued(
    campus: Campus, teacher: Client, course: int
) -> None:
    campus.stack.stop("qti")
    try:
        export = teacher.create(course, "qti")
        progress = teacher.progress(export)
    finally:
        campus.stack.start("qti")
    assert (export["workflow_state"], export["export_type"], export["user_id"]) == ("created", "qti", TEACHER)
    assert (progress["workflow_state"], progress["completion"]) == ("queued", 0)
    assert titles(teacher.finished(export)) >= {"Chosen", "Left"}


def test_a_cartridge_selects_everything_and_ends_exported_with_an_attachment(teacher: Client, course: int) -> None:
    export = teacher.create(course, "common_cartridge")
    assert (export["workflow_state"], "attachment" in export) == ("created", False)
    done = teacher.finished(export)
    assert (done["workflow_state"], teacher.progress(done)["workflow_state"]) == ("exported", "completed")
    assert paths(done, ".html", ".txt") == [
        "web_resources/one.txt", "web_resources/two.txt", "wiki_content/linked.html", "wiki_content/other.html"
    ]  # fmt: skip


@pytest.mark.parametrize(("version", "schema"), [("1.3", b"1.3.0"), (None, b"1.1.0"), ("1.1", b"1.1.0")])
def test_the_version_is_that_of_the_manifests_schema(
    teacher: Client, course: int, version: str | None, schema: bytes
) -> None:
    done = teacher.exported(course, "common_cartridge", version=version)
    assert b"<schemaversion>%s</schemaversion>" % schema in members(done)["imsmanifest.xml"]


# 19 to 28

KEY = "g" + hashlib.md5(b"context_module_10000000000001").hexdigest()  # what Canvas stores of the same selection
MODULE = {"select": {"context_modules": {"context_module_1": "1"}}}


def test_a_hash_of_asset_strings_exports_the_module_its_page_and_the_file_it_links_to_and_nothing_else(
    teacher: Client, course: int
) -> None:
    done = teacher.exported(course, "common_cartridge", **MODULE)
    assert paths(done, "") == ["web_resources/one.txt", "wiki_content/linked.html"]
    modules = members(done)["course_settings/module_meta.xml"]
    assert b">First<" in modules
    assert b">Second<" not in modules


@pytest.mark.parametrize(
    "sent",
    [
        {"json": {"select": {"context_modules": [1]}}},
        {"json": {"select": {"context_modules": ["1"]}}},
        {"json": {"select": {"context_modules": ["context_module_1"]}}},
        {"json": {"select": {"modules": {"context_module_1": True}}}},
        {"data": {"select[context_modules][]": "1"}},
        {"data": {"select[context_modules][context_module_1]": "1"}},
        {"files": {"select[modules][]": (None, "1")}},
        {"params": {"select[modules][]": "1"}},
        {"json": {"select": {"context_modules": {KEY: "1"}}}},
    ],
    ids=["integers", "strings", "asset strings", "hash", "form list", "form hash", "multipart", "query", "key"],
)
def test_a_list_of_ids_gives_exactly_the_same_package(teacher: Client, course: int, sent: dict[str, Any]) -> None:
    shape = {name: {**value, "export_type": "common_cartridge"} for name, value in sent.items()}
    if "files" in shape:
        shape["files"]["export_type"] = (None, "common_cartridge")
    answer = teacher.http.post(path(course), **shape)
    assert answer.status_code == 200, answer.text
    as_hash = teacher.exported(course, "common_cartridge", **MODULE)
    assert members(teacher.finished(answer.json())) == members(as_hash)


def test_both_shapes_work_with_the_large_ids_of_a_shard(teacher: Client, load_course: Load) -> None:
    course_id, module = load_course(GLOBAL), GLOBAL + 1
    shapes: list[Any] = [[module], {f"context_module_{module}": "1"}]
    for shape in shapes:
        done = teacher.exported(course_id, "common_cartridge", select={"context_modules": shape})
        assert paths(done, "") == ["web_resources/one.txt", "wiki_content/linked.html"]


def test_quizzes_by_id_select_that_quiz(teacher: Client, course: int) -> None:
    for export_type in ("common_cartridge", "qti"):
        done = teacher.exported(course, export_type, select={"quizzes": ["1"]})
        assert titles(done) & {"Chosen", "Left"} == {"Chosen"}


def test_announcements_by_id_select_that_announcement(teacher: Client, course: int) -> None:
    done = teacher.exported(course, "common_cartridge", select={"announcements": ["1"]})
    assert titles(done) & {"Heard", "Unheard", "Plain"} == {"Heard"}


def test_an_announcements_id_under_discussion_topics_exports_the_announcement(teacher: Client, course: int) -> None:
    done = teacher.exported(course, "common_cartridge", select={"discussion_topics": ["1"]})
    assert titles(done) & {"Heard", "Unheard", "Plain", "Graded"} == {"Heard"}


def test_all_discussion_topics_does_not_select_announcements(teacher: Client, course: int) -> None:
    done = teacher.exported(course, "common_cartridge", select={"all_discussion_topics": "1"})
    assert titles(done) & {"Heard", "Unheard", "Plain", "Graded"} == {"Plain", "Graded"}


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("modules", "context_modules"),
        ("module_items", "content_tags"),
        ("pages", "wiki_pages"),
        ("files", "attachments"),
    ],
)
def test_short_names_mean_what_the_long_ones_mean(teacher: Client, course: int, short: str, long: str) -> None:
    packages = [members(teacher.exported(course, "common_cartridge", select={name: [1]})) for name in (short, long)]
    assert packages[0] == packages[1]
    assert {"web_resources/one.txt"} <= set(packages[0])
    assert "web_resources/two.txt" not in packages[0]


def test_a_module_item_exports_the_page_behind_it_and_no_other_page(teacher: Client, course: int) -> None:
    done = teacher.exported(course, "common_cartridge", select={"module_items": ["2"]})
    assert paths(done, ".html") == ["wiki_content/other.html"]


def test_a_graded_discussion_exports_its_rubric_and_the_rubrics_outcomes(teacher: Client, course: int) -> None:
    package = members(teacher.exported(course, "common_cartridge", select={"discussion_topics": ["4"]}))
    assert b"How it is read" in package["course_settings/rubrics.xml"]
    assert b"Reads tides" in package["course_settings/learning_outcomes.xml"]


@pytest.mark.parametrize("more", [{}, {"quiz_id": "x"}, {"quiz_id": 1}])
def test_quizzes2_is_an_export_type_that_is_not_offered(teacher: Client, course: int, more: dict[str, Any]) -> None:
    answer = teacher.http.post(path(course), json={"export_type": "quizzes2", **more})
    assert (answer.status_code, answer.json()) == (400, {"message": "invalid export_type"})
