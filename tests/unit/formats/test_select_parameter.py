"""What `select` does to a cartridge, sentence by sentence as Canvas's own tests of its API demand it."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from shared.domain.content.assignments import Assignment, RubricSettings
from shared.domain.content.course import Course
from shared.domain.content.files import File, Folder
from shared.domain.content.grading import Criterion, Rubric
from shared.domain.content.modules import Module, ModuleItem
from shared.domain.content.outcomes import LearningOutcome
from shared.domain.content.pages import Page
from shared.domain.content.quizzes import Quiz
from shared.domain.content.topics import DiscussionTopic
from shared.domain.kinds import Kind
from shared.formats.identifiers import key, local_key
from tests.support.formats import an_importing
from tests.support.memory_course import MemoryCourse, stored
from tests.support.roundtrip import Loaded, export, members, packing

BYTES = b"A picture."
COURSE = Course(id=7, name="Biology")
LINK = '<p><img src="/courses/7/files/6/preview"></p>'
GLOBAL = 10_000_000_000_000


@pytest.fixture
def course() -> Loaded:
    objects: dict[Kind, list[Any]] = {
        Kind.MODULES: [Module(id=1, name="Week 1"), Module(id=2, name="Week 2")],
        Kind.MODULE_ITEMS: [
            ModuleItem(id=11, module_id=1, type="Page", title="Cells", page_url="cells"),
            ModuleItem(id=12, module_id=2, type="Page", title="Atoms", page_url="atoms"),
        ],
        Kind.PAGES: [Page(id=3, url="cells", title="Cells", body=LINK), Page(id=4, url="atoms", title="Atoms")],
        Kind.FOLDERS: [Folder(id=5, name="course files")],
        Kind.FILES: [
            File(id=6, folder_id=5, display_name="cell.png", **stored(BYTES)),
            File(id=7, folder_id=5, display_name="atom.png", **stored(BYTES)),
        ],
        Kind.QUIZZES: [Quiz(id=8, title="Quiz"), Quiz(id=9, title="Other quiz")],
        Kind.ANNOUNCEMENTS: [DiscussionTopic(id=21, title="News", is_announcement=True)],
        Kind.DISCUSSION_TOPICS: [
            DiscussionTopic(id=22, title="Graded", assignment_id=31),
            DiscussionTopic(id=23, title="Chat"),
        ],
        Kind.ASSIGNMENTS: [
            Assignment(id=31, name="Graded", discussion_topic_id=22, rubric_settings=RubricSettings(id=41)),
        ],
        Kind.RUBRICS: [
            Rubric(id=41, title="R", data=[Criterion(id="_1", learning_outcome_id=51)]),
            Rubric(id=42, title="S"),
        ],
        Kind.LEARNING_OUTCOMES: [LearningOutcome(id=51, title="Knows"), LearningOutcome(id=52, title="Does")],
    }
    blobs = {str(stored(BYTES)["sha256"]): BYTES}
    return Loaded(an_importing(), MemoryCourse(COURSE, objects, {}), blobs)


def exported(course: Loaded, select: Any, folder: Path) -> set[str]:
    """The titles or names of what is in the package beside the documents of the course's settings."""
    export(course, folder / "p.imscc", select=select)
    with zipfile.ZipFile(folder / "p.imscc") as package:
        manifest = etree.fromstring(package.read("imsmanifest.xml"))
        documents = [
            etree.fromstring(package.read(f"course_settings/{name}.xml"))
            for name in ("module_meta", "rubrics", "learning_outcomes")
        ]
    named = {str(e.get("identifier")) for e in manifest.iterfind("{*}resources/{*}resource")}
    named |= {str(e.get("identifier")) for document in documents for e in document}
    kinds = (k for k in Kind if k is not Kind.COURSES)
    return {item.label for kind in kinds for item in course.course.each(kind) if key(kind, item.id) in named}


SELECTS_WEEK_1 = [
    pytest.param({"context_modules": {"context_module_1": "1"}}, id="hash of asset strings"),
    pytest.param({"context_modules": {key(Kind.MODULES, 1): "1"}}, id="hash of keys"),
    pytest.param({"modules": [local_key(Kind.MODULES, 1)]}, id="local keys"),
    pytest.param({"context_modules": ["1"]}, id="list of ids"),
    pytest.param({"modules": [1]}, id="short name"),
    pytest.param({"context_modules": {f"context_module_{GLOBAL + 1}": "1"}}, id="hash of global ids"),
    pytest.param({"modules": [str(GLOBAL + 1)]}, id="list of global ids"),
]


@pytest.mark.parametrize("select", SELECTS_WEEK_1)
def test_a_module_brings_its_page_and_the_file_that_the_page_links_to_and_nothing_else(
    course: Loaded, select: Any, tmp_path: Path
) -> None:
    assert exported(course, select, tmp_path) == {"Week 1", "Cells", "cell.png"}


def test_every_shape_of_one_selection_gives_one_package(course: Loaded, tmp_path: Path) -> None:
    packages = set()
    for number, parameter in enumerate(SELECTS_WEEK_1):
        out = tmp_path / f"{number}.imscc"
        export(course, out, select=parameter.values[0])
        packages.add(out.read_bytes())
    assert len(packages) == 1


def test_a_quiz_is_selected_by_its_id(course: Loaded, tmp_path: Path) -> None:
    assert exported(course, {"quizzes": ["8"]}, tmp_path) == {"Quiz"}
    assert exported(course, {"quizzes": {"quizzes:quiz_8": "1"}}, tmp_path) == {"Quiz"}
    assert exported(course, {"quizzes": {"quiz_8": "1"}}, tmp_path) == set()


def test_an_announcement_is_selected_by_its_id(course: Loaded, tmp_path: Path) -> None:
    assert exported(course, {"announcements": ["21"]}, tmp_path) == {"News"}


def test_an_announcement_is_selected_and_exported_by_its_id_among_the_topics(course: Loaded, tmp_path: Path) -> None:
    assert exported(course, {"discussion_topics": ["21"]}, tmp_path) == {"News"}


def test_all_discussion_topics_are_no_announcements(course: Loaded, tmp_path: Path) -> None:
    found = exported(course, {"all_discussion_topics": "1"}, tmp_path)
    assert {"Graded", "Chat"} <= found
    assert "News" not in found


@pytest.mark.parametrize(
    ("short", "long", "object_id"),
    [
        ("modules", "context_modules", 1),
        ("module_items", "content_tags", 11),
        ("pages", "wiki_pages", 3),
        ("files", "attachments", 6),
    ],
)
def test_short_names_of_types_are_as_good_as_long_ones(
    course: Loaded, tmp_path: Path, short: str, long: str, object_id: int
) -> None:
    found = exported(course, {short: [object_id]}, tmp_path)
    assert found
    assert exported(course, {long: [object_id]}, tmp_path) == found


def test_a_module_item_brings_the_page_behind_it_and_no_other_page(course: Loaded, tmp_path: Path) -> None:
    assert exported(course, {"module_items": ["11"]}, tmp_path) == {"Cells", "cell.png"}
    assert exported(course, {"module_items": ["12"]}, tmp_path) == {"Atoms"}


def test_a_graded_discussion_brings_its_rubric_and_the_outcomes_of_the_rubric(course: Loaded, tmp_path: Path) -> None:
    assert exported(course, {"discussion_topics": ["22"]}, tmp_path) == {"Graded", "R", "Knows"}


def test_the_report_states_why_each_object_that_nobody_asked_for_is_there(course: Loaded, tmp_path: Path) -> None:
    work = packing(course, select={"modules": ["1"], "discussion_topics": ["22"]})
    list(members(work))
    assert work.included_because() == {
        "pages:3": "it is in the module Week 1",
        "files:6": "referenced by pages 3",
        "assignments:31": "Graded is graded by it",
        "rubrics:41": "used by the assignment Graded",
        "learning_outcomes:51": "in the rubric R",
    }


def test_an_imported_object_is_selected_by_the_identifier_of_its_package(course: Loaded, tmp_path: Path) -> None:
    imported = {(Kind.PAGES, 3, ""): "gabc"}
    pages = MemoryCourse(COURSE, {Kind.PAGES: list(course.course.each(Kind.PAGES))}, imported)
    report = export(Loaded(an_importing(), pages, {}), tmp_path / "p.imscc", select={"pages": ["gabc"]})
    with zipfile.ZipFile(tmp_path / "p.imscc") as package:
        assert [n for n in package.namelist() if n.startswith("wiki_content/")] == ["wiki_content/cells.html"]
    assert report.packed == {"pages": 1}
