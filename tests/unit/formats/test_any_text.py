"""Any title, any HTML and any file name survive the way into a package and out of it again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from shared.domain.content.assignments import Assignment, AssignmentGroup
from shared.domain.content.course import Course
from shared.domain.content.external_tools import ExternalTool
from shared.domain.content.feeds_and_links import ExternalFeed, NavMenuLink
from shared.domain.content.files import File, Folder
from shared.domain.content.grading import GradingStandard, Rubric
from shared.domain.content.modules import Module, ModuleItem
from shared.domain.content.outcomes import LearningOutcome, LearningOutcomeGroup
from shared.domain.content.pages import Page
from shared.domain.content.questions import BankQuestion, QuizQuestion
from shared.domain.content.quizzes import QuestionBank, Quiz, QuizGroup
from shared.domain.content.registry import TYPES
from shared.domain.content.schedule import CalendarEvent
from shared.domain.content.topics import DiscussionTopic
from shared.domain.kinds import Kind
from shared.formats.identifiers import key
from shared.formats.xml import legal
from tests.support.formats import an_importing
from tests.support.memory_course import MemoryCourse, stored
from tests.support.package_checkers import faults
from tests.support.roundtrip import Loaded, export, load
from tests.support.shared import REPOSITORY, needs_shared

BLANK = " \t\r\n"  # what XML calls white space: a title or text of nothing else says nothing
TEXT = st.text(st.characters(exclude_categories=()), max_size=60)  # control characters and surrogates too
VERSIONS = st.sampled_from(["1.1", "1.3"])
ANY = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

# What one step of a path may be called, and what should better not be.
ODD_NAMES = st.sampled_from(
    [
        *(".", "..", "a/b", "..\\..\\x", "/etc/passwd", "C:\\x", "CON", "aux.txt", "a:b", "a?b*c", "a|b", " a ", "a."),
        *(
            "A.txt",
            "a.txt",
            "a-1.txt",
            "\u00e9.txt",
            "e\u0301.txt",
            "%41.txt",
            "a%20b.txt",
            "a b.txt",
            "a+b.txt",
            "#.txt",
        ),
        *("imsmanifest.xml", "week", "a\nb", "a\tb", "\x01", "x" * 255, "ü" * 200 + ".pdf", "a." + "y" * 300, "&<>\"'"),
        *(".hidden", "a.tar.gz", "no extension", "\u202etxt.exe", "潮汐.csv", "x.en.subtitles"),
    ]
)
NAMES = st.one_of(ODD_NAMES, st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=30))

ODD_HTML = st.sampled_from(
    [
        *(
            "<p>",
            "</p>",
            "<br/>",
            "<b",
            "<!-- x -->",
            "<!--",
            "]]>",
            "<![CDATA[ x ]]>",
            "</body>",
            "</html>",
            "</title>",
        ),
        *("&amp;", "&nbsp;", "&#13;", "&lt;p&gt;", "&", "<script>if (a < b && c) {}</script>", "<p class='a\"b'>"),
        *("\r", "\r\n", "\n", "\u0085", "\u2028", "\ufeff", "\u00a0", "\U0001f600", "\x01", "\x0c", "é", "e\u0301"),
        *(
            "<img src=x alt='>'>",
            '<a href="#x?y=%20&amp;z">',
            "$",
            "%24",
            "{{x}}",
            "[a]",
            "\\(x\\)",
            "<math><mi>x</mi>",
        ),
    ]
)
HTML = st.lists(st.one_of(ODD_HTML, st.text(max_size=10)), max_size=12).map("".join)


def titled(title: str) -> dict[Kind, list[Any]]:
    """One object of every kind that has a title of its own, all of the same title."""
    return {
        Kind.PAGES: [Page(id=1, url="page", title=title)],
        Kind.ASSIGNMENT_GROUPS: [AssignmentGroup(id=1, name=title)],
        Kind.ASSIGNMENTS: [Assignment(id=1, name=title)],
        Kind.DISCUSSION_TOPICS: [DiscussionTopic(id=1, title=title)],
        Kind.ANNOUNCEMENTS: [DiscussionTopic(id=2, title=title, is_announcement=True)],
        Kind.QUIZZES: [Quiz(id=1, title=title)],
        Kind.QUIZ_GROUPS: [QuizGroup(id=1, quiz_id=1, name=title)],
        Kind.QUIZ_QUESTIONS: [QuizQuestion(id=1, quiz_id=1, question_type="essay_question", question_name=title)],
        Kind.QUESTION_BANKS: [QuestionBank(id=1, title=title)],
        Kind.BANK_QUESTIONS: [
            BankQuestion(id=1, question_bank_id=1, question_type="essay_question", question_name=title)
        ],
        Kind.MODULES: [Module(id=1, name=title)],
        Kind.MODULE_ITEMS: [
            ModuleItem(id=1, module_id=1, type="SubHeader", title=title),
            ModuleItem(id=2, module_id=1, type="ExternalUrl", external_url="https://example.org", title=title),
        ],
        Kind.CALENDAR_EVENTS: [CalendarEvent(id=1, title=title)],
        Kind.RUBRICS: [Rubric(id=1, title=title)],
        Kind.LEARNING_OUTCOME_GROUPS: [LearningOutcomeGroup(id=1, title=title)],
        Kind.LEARNING_OUTCOMES: [LearningOutcome(id=1, title=title)],
        Kind.EXTERNAL_TOOLS: [ExternalTool(id=1, name=title, url="https://example.org")],
        Kind.EXTERNAL_FEEDS: [ExternalFeed(id=1, display_name=title)],
        Kind.GRADING_STANDARDS: [GradingStandard(id=1, title=title)],
        Kind.NAV_MENU_LINKS: [NavMenuLink(id=1, label=title, url="https://example.org")],
    }


def through_a_package(course: Course, objects: Mapping[Kind, list[Any]], folder: Path, version: str = "1.1") -> Loaded:
    """What is read from the export of a course; files have no bytes but their own names."""
    blobs = {str(file.sha256): file.display_name.encode("utf-8", "replace") for file in objects.get(Kind.FILES, ())}
    export(Loaded(an_importing(), MemoryCourse(course, objects, {}), blobs), folder / "p.imscc", version)
    return load(folder / "p.imscc")


@ANY
@given(title=TEXT, version=VERSIONS)
@example(title="\u0085", version="1.3")
@example(title="a\rb\u2028c\x0b\x85", version="1.1")
def test_any_title_comes_back_without_what_xml_cannot_hold(tmp_path: Path, title: str, version: str) -> None:
    expected = legal(title)
    assume(expected.strip(BLANK))
    objects = titled(title)
    found = through_a_package(Course(id=1, name=title), objects, tmp_path, version)
    assert {warning.code for warning in found.importing.warnings} <= {"question_without_text"}
    for kind in objects:
        assert {item.label for item in found.course.each(kind)} == {expected}, kind
    assert found.course.course.name == expected


@pytest.fixture(scope="module")
def sample() -> Loaded:
    return load(REPOSITORY / "deploy/sample")


@settings(ANY, max_examples=6)
@given(html=HTML, version=VERSIONS)
@example(html="<p>\r\nx\r</p>\x01\u0085", version="1.3")
def test_any_html_comes_back_in_every_field_that_holds_some(
    sample: Loaded, tmp_path: Path, html: str, version: str
) -> None:
    expected = legal(html)
    assume(expected.strip(BLANK))
    objects = {
        kind: [item.map_html(lambda *_: html) for item in sample.course.each(kind) if not is_converted(item)]
        for kind in TYPES
    }
    course = sample.course.course.map_html(lambda *_: html)
    out = tmp_path / "p.imscc"
    report = export(Loaded(sample.importing, MemoryCourse(course, objects, {}), sample.blobs), out, version)
    assert {warning.code for warning in report.warnings} <= {"character_dropped"}
    found = load(out)
    assert htmls(found.course.course) == {expected}
    for kind in TYPES:
        for item in found.course.each(kind):
            assert htmls(item) <= {expected}, (kind, item.label)


def is_converted(item: Any) -> bool:
    """Canvas exports a missing word question as another type, whose text is made of two."""
    return getattr(item, "question_type", None) == "missing_word_question"


def htmls(item: Any) -> set[str]:
    """Every HTML text of an object."""
    seen = set()
    item.map_html(lambda text, _: seen.add(text) or text)
    return seen


@ANY
@given(names=st.lists(NAMES, min_size=1, max_size=8), in_folder=st.lists(NAMES, max_size=3), version=VERSIONS)
def test_any_file_name_comes_back_with_the_bytes_of_its_file(
    tmp_path: Path, names: list[str], in_folder: list[str], version: str
) -> None:
    assume(all(legal(name).strip(BLANK) for name in (*names, *in_folder)))
    files = [a_file(number, name, 1) for number, name in enumerate(names, 1)]
    files += [a_file(number, name, 2) for number, name in enumerate(in_folder, 101)]
    folders = [Folder(id=1, name="course files"), Folder(id=2, name="week", parent_folder_id=1)]
    objects = {Kind.FOLDERS: folders, Kind.FILES: files}
    found = through_a_package(Course(id=1, name="C"), objects, tmp_path, version)
    came = {item.migration_id: item for item in found.course.each(Kind.FILES)}
    week = {item.id for item in found.course.each(Kind.FOLDERS) if item.name == "week"}
    for file in files:
        again = came[key(Kind.FILES, file.id)]
        assert again.display_name == legal(file.display_name)
        assert again.sha256 == file.sha256
        assert (again.folder_id in week) == (file.folder_id == 2)
    assert len(came) == len(files)


def a_file(file_id: int, name: str, folder_id: int) -> File:
    return File(id=file_id, display_name=name, folder_id=folder_id, **stored(name.encode()))


@needs_shared
@ANY
@given(names=st.lists(NAMES, min_size=1, max_size=8))
def test_files_of_any_names_make_a_package_without_a_fault(tmp_path: Path, names: list[str]) -> None:
    assume(not set("%[]#") & set("".join(names)))  # an href names a file as it is (Canvas): it may be no URI
    files = [a_file(number, name, 1) for number, name in enumerate(names, 1)]
    objects = {Kind.FOLDERS: [Folder(id=1, name="course files")], Kind.FILES: files}
    through_a_package(Course(id=1, name="C"), objects, tmp_path)
    assert faults(tmp_path / "p.imscc") == []
