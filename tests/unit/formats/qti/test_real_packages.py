"""Quizzes of real packages: everything is read, and everything is in the export again."""

from __future__ import annotations

import json
import re
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from shared.domain.content.quizzes import QuizQuestion
from shared.domain.kinds import Kind
from tests.support.package_checkers import facts
from tests.support.roundtrip import exported, load, version_of
from tests.support.shared import CORPORA, needs_shared, package, schema

pytestmark = needs_shared

CANVAS = [
    "allyworkshop.imscc",
    "canvas-fall-spring-template-export.imscc",
    "canvas-summer-template-export.imscc",
    "FA17AC106M_9511_Air_Conditioning_Service.imscc",
    "course-1.imscc",
    "course-with-associated-content-assignments.imscc",
    "modules.imscc",
    "cc-with-modules-export.imscc",
    "cc-without-modules-export.imscc",
    "grouptest.zip",
    "qti-gem-canvas_cartridge.imscc",
    "qti-gem-test_imscc_canvas.imscc",
    "all-question-types.imscc",
]
CANVAS_QTI = [
    "qti-gem-test_qti_1.2_multi.zip",
    "newquiz-question-upload-history.zip",
    "qti-gem-test_qti_1.2_canvas.zip",
    "newquiz-question-matching-history.zip",
]


@pytest.mark.parametrize(
    ("name", "export_type"), [(n, "common_cartridge") for n in CANVAS] + [(n, "qti") for n in CANVAS_QTI]
)
def test_no_fact_about_a_quiz_is_lost(name: str, export_type: str) -> None:
    out, report = exported(package(name), version_of(package(name)), export_type)
    before, after = (
        Counter(fact for fact in facts(path).elements() if fact[0] == "quizzes") for path in (package(name), out)
    )
    assert list((before - after).elements()) == []
    left_out = {*report.skipped, *report.failed}
    assert not [kind for kind in left_out if "quiz" in kind or "question" in kind or "bank" in kind]


@pytest.mark.parametrize("name", [*CANVAS, "cc_full_test.zip", "quiz.zip", "spec-canvas-1.zip"])
def test_the_common_cartridge_flavour_is_valid(name: str) -> None:
    out, _ = exported(package(name), "1.1")
    checked = schema("ccv1p1_qtiasiv1p2p1_v1p0.xsd")
    with zipfile.ZipFile(out) as archive:
        for member in archive.namelist():
            if member.endswith("assessment_qti.xml"):
                root = etree.fromstring(archive.read(member))
                empty = len(root.find("{*}assessment/{*}section")) == 0
                assert checked.validate(root) or empty, f"{member}: {checked.error_log}"


@pytest.mark.parametrize("path", sorted(CORPORA.glob("*/*")) if CORPORA.is_dir() else [], ids=lambda path: path.name)
def test_an_exported_package_reads_as_the_same_questions(path: Path) -> None:
    if path.name == "whatthebackslash.zip":
        pytest.skip("no package")
    again, _ = exported(path, "1.1")
    first, second = load(path), load(again)
    for kind in (Kind.QUIZ_QUESTIONS, Kind.BANK_QUESTIONS):
        assert [_content(q) for q in first.course.each(kind)] == [_content(q) for q in second.course.each(kind)]


def _content(question: QuizQuestion) -> Any:
    """A question without the ids that differ with each load."""
    data = question.to_json()
    kept = {name: value for name, value in data.items() if not name.endswith("_id") and name != "id"}
    return json.loads(re.sub(r"/(files|assignments|quizzes)/\d+", r"/\1/N", json.dumps(kept)))


def test_groups_and_banks_come_back_with_their_questions() -> None:
    loaded = load(package("grouptest.zip"))
    quiz = next(quiz for quiz in loaded.course.each(Kind.QUIZZES) if quiz.title == "Grouped questions")
    groups = {group.name: group for group in loaded.course.children(Kind.QUIZ_GROUPS, quiz.id)}
    assert (groups["Group 1"].pick_count, groups["Group 1"].question_points) == (2, 3.0)
    questions = [q for q in loaded.course.each(Kind.QUIZ_QUESTIONS) if q.quiz_group_id == groups["Group 1"].id]
    assert [(q.question_name, q.position) for q in questions] == [
        ("Question 1", 1),
        ("Question 3", 2),
        ("Question 2", 3),
    ]
    bank_questions = {question.id for question in loaded.course.each(Kind.BANK_QUESTIONS)}
    assert {question.assessment_question_id for question in questions} <= bank_questions


def test_idents_of_quiz_and_bank_questions_are_both_kept() -> None:
    loaded = load(package("grouptest.zip"))
    question = next(q for q in loaded.course.each(Kind.QUIZ_QUESTIONS) if q.question_name == "Q1")
    identifiers = loaded.course.identifiers()
    assert question.migration_id == "g8e2f521364720b2bd761e41d14e349d6"
    assert identifiers[Kind.BANK_QUESTIONS, question.assessment_question_id, ""] == "g5b30c3dd1992103b4e86557f8510dc8e"
    quiz_id = question.quiz_id
    assert identifiers[Kind.QUIZZES, quiz_id, "canvas_"] == "ga610762c0e343989f45acaaead1272d6"


def warnings_of(name: str) -> Counter[str]:
    return Counter(w.code for w in load(package(name)).importing.warnings if w.code.startswith("qti"))


@pytest.mark.parametrize(
    ("name", "code", "count"),
    [
        ("qti-gem-test_qti_1.2_bank_entry_item.zip", "qti_reference_not_mapped", 1),
        ("cc_full_test.zip", "qti_pattern_as_text", 2),
        ("cc2olx-fixture-main.imscc", "qti_flavours_differ", 1),
        ("canvas_small_1.1.corrupt.imscc", "qti_missing", 2),
    ],
)
def test_what_cannot_be_read_is_reported(name: str, code: str, count: int) -> None:
    assert warnings_of(name)[code] == count


def test_a_package_of_respondus_is_read_with_its_points_feedback_and_pictures() -> None:
    loaded = load(package("spec-canvas-1.zip"))
    files = {file.display_name: file.id for file in loaded.course.each(Kind.FILES)}
    first, second = loaded.course.each(Kind.QUIZ_QUESTIONS)
    assert (first.question_type, first.points_possible) == ("multiple_choice_question", 3.0)
    assert f"/files/{files['header-logo.png']}/preview" in first.question_text
    assert [(answer.html, answer.weight, answer.comments_html) for answer in first.answers] == [
        ("A", 0, "nope "),
        ("B", 100, f'yes! <img src="/courses/4711/files/{files["smiley.jpg"]}/preview">'),
        ("C", 0, None),
    ]
    assert first.correct_comments_html == "I can't <i>believe </i>you got that right. <b>Awesome!</b> "
    assert first.incorrect_comments_html == "<b>Wrong. </b>That's a bummer. "
    assert [answer.weight for answer in second.answers] == [0, 0, 100]
    assert not [w for w in loaded.importing.warnings if w.code.startswith("qti")]
