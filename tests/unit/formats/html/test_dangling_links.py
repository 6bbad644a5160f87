"""Links to objects that a selection leaves out are named in the report, once it is known what is in the package."""

from __future__ import annotations

from typing import Any

import pytest

from shared.domain.content.assignments import Assignment
from shared.domain.content.course import Course
from shared.domain.content.modules import Module, ModuleItem
from shared.domain.content.pages import Page
from shared.domain.content.questions import QuizQuestion
from shared.domain.content.quizzes import Quiz
from shared.domain.content.topics import DiscussionTopic
from shared.domain.kinds import Kind
from shared.domain.selection import read_select
from shared.formats.html.package_links import PackageLinks
from shared.formats.identifiers import Keys, key, local_key
from shared.formats.packing import PackageRequest, Packing
from tests.support import roundtrip
from tests.support.finished_package import finished
from tests.support.memory_course import MemoryCourse

C = roundtrip.COURSE_ID
TARGETS = {
    "page": f"/courses/{C}/pages/other",
    "quiz": f"/courses/{C}/quizzes/8",
    "assignment of a quiz": f"/courses/{C}/assignments/9",
    "announcement": f"/courses/{C}/announcements/4",
    "module": f"/courses/{C}/modules/3",
    "module item": f"/courses/{C}/modules/items/31",
}


def a_packing(select: Any, address: str, export_type: str = "common_cartridge") -> Packing:
    """A page and a question that link to one address."""
    link = f'<a href="{address}">there</a>'
    objects = {
        Kind.PAGES: [
            Page(id=1, url="start", title="Start", body=link),
            Page(id=2, url="other", title="Other", body=""),
        ],
        Kind.QUIZZES: [Quiz(id=7, title="Quiz"), Quiz(id=8, title="Graded", assignment_id=9)],
        Kind.QUIZ_QUESTIONS: [
            QuizQuestion(id=70, quiz_id=7, question_name="Q", question_type="essay_question", question_text=link)
        ],
        Kind.ASSIGNMENTS: [Assignment(id=9, name="Graded", quiz_id=8, submission_types=["online_quiz"])],
        Kind.ANNOUNCEMENTS: [DiscussionTopic(id=4, title="News", message="")],
        Kind.MODULES: [Module(id=3, name="Week 1")],
        Kind.MODULE_ITEMS: [ModuleItem(id=31, module_id=3, type="SubHeader", title="Read")],
    }
    course, selection = MemoryCourse(Course(id=C, name="Course"), objects, {}), read_select(select)
    packing = Packing(
        course,
        PackageRequest(1, export_type, roundtrip.DAY),
        selection,
        Keys(),
        None,  # type: ignore[arg-type]
    )
    packing.links = PackageLinks(course, packing.keys, selection, packing.request.host, packing.report)
    return packing


def warnings(packing: Packing) -> list[tuple[str, str | None, int | None, str | None]]:
    """(code, kind, id, place) of the warnings of the finished package, which must itself pass."""
    made = finished(packing, roundtrip.members(packing))
    outcome, dangling = made.verify()
    assert outcome.findings == []
    assert dangling == [], "what leads out has been named where it stands"
    return [(w.code, w.kind, w.item_id, w.place) for w in made.written_package.receipt.warnings]


@pytest.mark.parametrize("name", [2, key(Kind.PAGES, 2), local_key(Kind.PAGES, 2)])
def test_a_link_to_a_selected_page_stays_inside_whatever_the_page_was_selected_by(name: int | str) -> None:
    assert warnings(a_packing({"pages": [1, name]}, TARGETS["page"])) == []


@pytest.mark.parametrize("target", TARGETS)
def test_a_link_out_of_a_selection_is_named_with_its_place(target: str) -> None:
    packing = a_packing({"pages": [1]}, TARGETS[target])
    assert warnings(packing) == [("link_leaves_package", "pages", 1, "body")]


@pytest.mark.parametrize(
    ("target", "select"),
    [
        ("page", {"all_wiki_pages": True}),
        ("page", {"pages": [1, 2]}),
        ("quiz", {"pages": [1], "quizzes": [8]}),
        ("assignment of a quiz", {"pages": [1], "quizzes": [8]}),
        ("announcement", {"pages": [1], "announcements": [4]}),
        ("announcement", {"pages": [1], "discussion_topics": [4]}),
        ("module", {"pages": [1], "modules": [3]}),
        ("module item", {"pages": [1], "modules": [3]}),
    ],
)
def test_a_link_to_what_is_selected_too_is_fine(target: str, select: Any) -> None:
    assert warnings(a_packing(select, TARGETS[target])) == []


@pytest.mark.parametrize("target", TARGETS)
def test_a_package_of_everything_leaves_nothing_out(target: str) -> None:
    assert warnings(a_packing(None, TARGETS[target])) == []


def test_a_package_of_quizzes_names_the_question_that_links_to_a_page_once() -> None:
    packing = a_packing(None, TARGETS["page"], "qti")
    assert warnings(packing) == [("link_leaves_package", "quiz_questions", 70, "question_text")]
    (warning,) = packing.report.warnings
    assert warning.title == "Q"
    assert warning.message == (
        f"$WIKI_REFERENCE$/pages/{key(Kind.PAGES, 2)} leads to 'Other' of the pages, which is not in this package."
    )
    assert packing.report.receipt().complete, "nothing that was asked for is missing"
