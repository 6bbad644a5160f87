"""No question, however odd, makes a package of any form ill-formed, ends an export, or harms the questions beside it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from shared.domain.content.content_object import Content
from shared.domain.content.quizzes import BankQuestion, QuestionBank, QuizGroup, QuizQuestion
from shared.domain.errors import InvalidContent
from shared.domain.kinds import Kind
from shared.domain.packages.package_options import Target
from shared.formats.cartridge import package as cartridge
from shared.formats.packing import Packing
from shared.formats.qti.types.table import TYPES
from shared.formats.quizzes import package
from tests.support.odd_questions import groups, questions
from tests.support.qti_builders import a_packing
from tests.unit.formats.qti.test_assessment import a_quiz

FORMS = {
    "canvas": {"export_type": "qti", "version": "1.2"},
    "generic": {"export_type": "qti", "version": "1.2", "target": Target.GENERIC},
    "2.1": {"export_type": "qti", "version": "2.1"},
    "cartridge": {"export_type": "common_cartridge", "version": "1.1"},
}
GOOD = {
    "question_type": "multiple_choice_question",
    "question_text": "<p>Good?</p>",
    "answers": [{"id": 1, "text": "Yes", "weight": 100, "comments": "Well"}, {"id": 2, "text": "No", "weight": 0}],
}

IMPOSSIBLE_NUMBERS = ("ValueError", "OverflowError")  # no scale has them, so that no format can say the question


def course(odd: list[dict[str, Any]], group: dict[str, Any], form: str) -> tuple[Packing, dict[Kind, int]]:
    """A quiz with a group, and a bank, each with a good question among the odd ones; how many questions they took."""
    found: dict[Kind, list[Content]] = {
        Kind.QUIZZES: [a_quiz()],
        Kind.QUESTION_BANKS: [QuestionBank(id=3, title="Bank")],
        Kind.QUIZ_GROUPS: _taken(QuizGroup, [{**group, "id": 2, "quiz_id": 5}]) or [QuizGroup(id=2, quiz_id=5)],
        Kind.QUIZ_QUESTIONS: [
            QuizQuestion.from_json({**GOOD, "id": 7, "quiz_id": 5, "question_name": "Good"}),
            QuizQuestion.from_json({**GOOD, "id": 8, "quiz_id": 5, "quiz_group_id": 2, "question_name": "Grouped"}),
        ],
        Kind.BANK_QUESTIONS: [
            BankQuestion.from_json({**GOOD, "id": 9, "question_bank_id": 3, "question_name": "Banked"})
        ],
    }
    for number, fields in enumerate(odd, 100):
        own = {**fields, "id": number}
        found[Kind.QUIZ_QUESTIONS] += _taken(QuizQuestion, [{**own, "quiz_id": 5, "quiz_group_id": 2 * (number % 2)}])
        found[Kind.BANK_QUESTIONS] += _taken(BankQuestion, [{**own, "question_bank_id": 3}])
    packing = a_packing(found)
    request = replace(packing.request, include_banks=True, **FORMS[form])
    counted = {kind: len(found[kind]) for kind in (Kind.QUIZ_QUESTIONS, Kind.BANK_QUESTIONS)}
    return replace(packing, request=request), counted


def _taken(kind: type[Content], all_data: list[dict[str, Any]]) -> list[Content]:
    """What a load takes of these: it warns of and leaves out objects without the shape of their kind."""
    taken = []
    for data in all_data:
        try:
            taken.append(kind.from_json(data))
        except InvalidContent:
            continue
    return taken


def documents(packing: Packing) -> dict[str, etree._Element]:
    """Every document of the package, as an independent strict parser reads it."""
    write = cartridge.entries if packing.request.export_type == "common_cartridge" else package.entries
    bodies = {entry.path: entry.body for entry in write(packing)}
    return {
        path: etree.fromstring(body)
        for path, body in bodies.items()
        if isinstance(body, bytes) and path.endswith((".xml", ".qti"))
    }


def good_items(found: dict[str, etree._Element]) -> dict[tuple[str, str], bytes]:
    """The items of the good questions, by the document they stand in and their title."""
    items = {}
    for path, root in found.items():
        for element in root.iter("{*}item", "{*}assessmentItem"):
            if element.get("title") in ("Good", "Grouped", "Banked"):
                items[path, element.get("title")] = etree.tostring(element, method="c14n", with_tail=False)
    return items


WHOLE = {form: good_items(documents(course([], {}, form)[0])) for form in FORMS}


@pytest.mark.parametrize(("form", "written"), [("canvas", 3), ("generic", 3), ("2.1", 3), ("cartridge", 5)])
def test_the_good_questions_are_in_every_form(form: str, written: int) -> None:
    assert len(WHOLE[form]) == written


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(odd=st.lists(questions, min_size=1, max_size=3), group=groups)
def test_any_json_is_refused_reported_or_written_and_leaves_the_rest_as_it_was(
    form: str, odd: list[dict[str, Any]], group: dict[str, Any]
) -> None:
    packing, there = course(odd, group, form)
    found = documents(packing)
    assert good_items(found).keys() >= {key for key in WHOLE[form] if form != "cartridge" or "qti.xml" not in key[0]}
    for (path, title), item in good_items(found).items():
        if title != "Grouped" or form == "canvas":  # other formats give it the points of its group
            assert item == WHOLE[form][path, title]
    report = packing.report
    for kind, count in there.items():
        outcome = report.packed[kind] + report.skipped[kind] + report.failed[kind]
        assert (report.expected[kind], outcome) == (count, count)
    warnings = {(warning.kind, warning.item_id) for warning in report.warnings if warning.kind in there}
    assert len(warnings) >= sum(report.skipped[kind] + report.failed[kind] for kind in there)
    surprises = [warning.message for warning in report.warnings if warning.code == "not_packed"]
    assert [surprise for surprise in surprises if not surprise.startswith(IMPOSSIBLE_NUMBERS)] == []
    assert report.packed[Kind.QUIZZES] == report.packed[Kind.QUESTION_BANKS] == 1


@given(data=questions)
def test_what_is_taken_is_the_same_after_it_was_kept_as_json(data: dict[str, Any]) -> None:
    for question in _taken(QuizQuestion, [{**data, "id": 1, "quiz_id": 5}]):
        kept = question.to_json()
        assert repr(QuizQuestion.from_json(kept).to_json()) == repr(kept)  # a NaN equals nothing, but looks the same


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("question_type", [*TYPES, "missing_word_question"])
def test_a_question_without_answers_is_written_or_cannot_be_expressed(question_type: str, form: str) -> None:
    packing, _ = course([{"question_type": question_type, "question_text": "<p>?</p>"}], {}, form)
    documents(packing)
    assert packing.report.failed == {}
    if form in ("canvas", "cartridge"):
        assert packing.report.skipped == {}
    codes = {warning.code for warning in packing.report.warnings}
    assert codes <= {"question_type_of_new_quizzes", "question_not_expressed", "question_type_changed"}
