"""What a selection brings with it, rule by rule, each with its reason; and what it does not bring."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from shared.domain.content.assignments import (
    Assignment,
    AssignmentGroup,
    ExternalToolTag,
    RubricSettings,
)
from shared.domain.content.course import Course
from shared.domain.content.external_tools import ExternalTool
from shared.domain.content.files import File, Folder
from shared.domain.content.grading import Criterion, GradingStandard, Rubric
from shared.domain.content.modules import Module, ModuleItem
from shared.domain.content.outcomes import LearningOutcome
from shared.domain.content.pages import Page
from shared.domain.content.quizzes import QuestionBank, Quiz, QuizGroup
from shared.domain.content.topics import DiscussionTopic, TopicAttachment
from shared.domain.kinds import Kind
from shared.formats.cartridge import complete_selection, package
from shared.formats.html.package_links import PackageLinks
from tests.support.formats import COURSE_ID, a_packing

OBJECTS: dict[Kind, list[Any]] = {
    Kind.ASSIGNMENT_GROUPS: [AssignmentGroup(id=1, name="G")],
    Kind.ASSIGNMENTS: [
        Assignment(
            id=1,
            name="Essay",
            assignment_group_id=1,
            grading_standard_id=1,
            rubric_settings=RubricSettings(id=1),
            external_tool_tag_attributes=ExternalToolTag(content_id=1),
            annotatable_attachment_id=1,
        ),
        Assignment(id=2, name="Exam work", quiz_id=1, rubric_settings=RubricSettings(id=2)),
        Assignment(id=3, name="Debate work", discussion_topic_id=1),
        Assignment(id=4, name="Path work", submission_types=["wiki_page"], rubric_settings=RubricSettings(id=2)),
        Assignment(id=5, name="Parts", sub_assignments=[Assignment(id=50, name="Reply", annotatable_attachment_id=2)]),
    ],
    Kind.QUIZZES: [Quiz(id=1, title="Exam", assignment_id=2), Quiz(id=2, title="Practice")],
    Kind.QUIZ_GROUPS: [QuizGroup(id=1, quiz_id=2, assessment_question_bank_id=1)],
    Kind.QUESTION_BANKS: [QuestionBank(id=1, title="Bank")],
    Kind.DISCUSSION_TOPICS: [
        DiscussionTopic(id=1, title="Debate", assignment_id=3),
        DiscussionTopic(id=2, title="Chat", attachments=[TopicAttachment(id=1)]),
    ],
    Kind.ANNOUNCEMENTS: [DiscussionTopic(id=3, title="News", is_announcement=True)],
    Kind.PAGES: [Page(id=1, url="home"), Page(id=2, url="path", assignment_id=4)],
    Kind.FOLDERS: [Folder(id=1, name="course files")],
    Kind.FILES: [File(id=1, display_name="a.pdf", folder_id=1), File(id=2, display_name="b.pdf", folder_id=1)],
    Kind.EXTERNAL_TOOLS: [ExternalTool(id=1, name="Tool")],
    Kind.RUBRICS: [
        Rubric(id=1, title="R", data=[Criterion(id="_1", learning_outcome_id=1), Criterion(id="_2")]),
        Rubric(id=2, title="S"),
    ],
    Kind.LEARNING_OUTCOMES: [LearningOutcome(id=1), LearningOutcome(id=2)],
    Kind.GRADING_STANDARDS: [GradingStandard(id=1)],
    Kind.MODULES: [Module(id=1, name="Week 1"), Module(id=2, name="Week 2")],
    Kind.MODULE_ITEMS: [
        ModuleItem(id=1, module_id=1, type="Assignment", content_id=1, title="Write"),
        ModuleItem(id=2, module_id=1, type="Quiz", content_id=1, title="Sit"),
        ModuleItem(id=3, module_id=1, type="Discussion", content_id=2, title="Talk"),
        ModuleItem(id=4, module_id=1, type="Page", content_id=1, title="Read"),
        ModuleItem(id=5, module_id=1, type="File", content_id=2, title="Look"),
        ModuleItem(id=6, module_id=1, type="ExternalTool", content_id=1, title="Try"),
        ModuleItem(id=7, module_id=1, type="SubHeader", title="Then"),
        ModuleItem(id=8, module_id=1, type="ExternalUrl", external_url="https://example.org", title="Elsewhere"),
        ModuleItem(id=9, module_id=2, type="Discussion", content_id=3, title="Hear"),
        ModuleItem(id=10, module_id=2, type="Page", page_url="path", title="Walk"),
        ModuleItem(id=11, module_id=2, type="Page", content_id=99, title="Gone"),
    ],
}
BY_ESSAY = {
    "rubrics:1": "used by the assignment Essay",
    "external_tools:1": "used by the assignment Essay",
    "files:1": "annotated in the assignment Essay",
    "learning_outcomes:1": "in the rubric R",
}
IN_WEEK_1 = "it is in the module Week 1"


def brought(select: Any, course: Course | None = None) -> dict[str, str]:
    packing = a_packing(OBJECTS, course=course, select=select)
    complete_selection.settle(packing)
    return packing.included_because()


CASES: Mapping[str, tuple[Any, dict[str, str]]] = {
    "everything": (None, {}),
    "a module": (
        {"modules": [1]},
        {
            "assignments:1": IN_WEEK_1,
            "quizzes:1": IN_WEEK_1,
            "discussion_topics:2": IN_WEEK_1,
            "pages:1": IN_WEEK_1,
            "files:2": IN_WEEK_1,
            "external_tools:1": IN_WEEK_1,
            "assignments:2": "Exam is graded by it",
            "rubrics:1": "used by the assignment Essay",
            "files:1": "annotated in the assignment Essay",
            "rubrics:2": "used by the assignment Exam work",
            "learning_outcomes:1": "in the rubric R",
        },
    ),
    "a module with an announcement, a page by its url, and what is not there": (
        {"modules": [2]},
        {
            "announcements:3": "it is in the module Week 2",
            "pages:2": "it is in the module Week 2",
            "rubrics:2": "used by the assignment Path work",
        },
    ),
    "a module item": ({"module_items": [4]}, {"pages:1": "the module item Read shows it"}),
    "a module item that names its page by url": (
        {"module_items": [10]},
        {"pages:2": "the module item Walk shows it", "rubrics:2": "used by the assignment Path work"},
    ),
    "a header, and an address": ({"module_items": [7, 8]}, {}),
    "an assignment": ({"assignments": [1]}, BY_ESSAY),
    "the assignment of a quiz": (
        {"assignments": [2]},
        {"quizzes:1": "its assignment is selected", "rubrics:2": "used by the assignment Exam work"},
    ),
    "the assignment of a topic": ({"assignments": [3]}, {"discussion_topics:1": "its assignment is selected"}),
    "the assignment of a page": (
        {"assignments": [4]},
        {"pages:2": "its assignment is selected", "rubrics:2": "used by the assignment Path work"},
    ),
    "an assignment with checkpoints": ({"assignments": [5]}, {"files:2": "annotated in the assignment Reply"}),
    "a graded quiz": (
        {"quizzes": [1]},
        {"assignments:2": "Exam is graded by it", "rubrics:2": "used by the assignment Exam work"},
    ),
    "a quiz that draws from a bank": ({"quizzes": [2]}, {}),
    "a graded topic": ({"discussion_topics": [1]}, {"assignments:3": "Debate is graded by it"}),
    "a topic with an attachment": ({"discussion_topics": [2]}, {"files:1": "attached to the topic Chat"}),
    "an announcement": ({"announcements": [3]}, {}),
    "a page": ({"pages": [1]}, {}),
    "a page on a mastery path": ({"pages": [2]}, {"rubrics:2": "used by the assignment Path work"}),
    "a file": ({"files": [1]}, {}),
    "a rubric": ({"rubrics": [1]}, {"learning_outcomes:1": "in the rubric R"}),
    "an outcome": ({"learning_outcomes": [2]}, {}),
    "what is not there": ({"pages": [99], "modules": ["99"]}, {}),
    "what was asked for as well": ({"rubrics": [1], "all_learning_outcomes": "1"}, {}),
}


@pytest.mark.parametrize(("select", "because"), list(CASES.values()), ids=list(CASES))
def test_a_selection_brings_exactly_this(select: Any, because: dict[str, str]) -> None:
    assert brought(select) == because


def test_the_settings_of_a_course_bring_its_grading_standard() -> None:
    course = Course(id=COURSE_ID, grading_standard_id=1)
    assert brought({"all_course_settings": "1"}, course) == {"grading_standards:1": "used by the course"}
    assert brought({"pages": [1]}, course) == {}


def test_a_folder_adds_nothing_and_is_reported() -> None:
    packing = a_packing(OBJECTS, select={"folders": ["1"]})
    complete_selection.settle(packing)
    assert packing.included_because() == {}
    assert [warning.code for warning in packing.report.warnings] == ["folder_adds_nothing"]


def test_what_goes_in_is_known_before_the_first_entry_and_stays() -> None:
    page = Page(id=1, url="a", body=f'<img src="/courses/{COURSE_ID}/files/5">')
    file = File(id=5, display_name="a.png")
    packing = a_packing({Kind.PAGES: [page], Kind.FILES: [file]}, select={"pages": [1]})
    packing.links = PackageLinks(packing.course, packing.keys, packing.selection, "https://x.example", packing.report)
    entries = package.entries(packing)
    next(entries)
    known = packing.selection
    assert known.because == {(Kind.FILES, 5): "referenced by pages 1"}
    assert list(entries)
    assert packing.selection is known


def test_where_everything_is_selected_no_html_is_looked_at_twice() -> None:
    packing = a_packing({Kind.PAGES: [Page(id=1, url="a", body="<p>a</p>")]})
    packing.links.files = None  # type: ignore[assignment, method-assign]
    complete_selection.settle(packing)
    assert packing.selection.everything
