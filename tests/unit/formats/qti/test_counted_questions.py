"""All questions of real packages come back with type, answers, weights and feedback, as lxml counts them in the source.

Once as they are read into the model, which is put into the words of the source here, and once as they are exported.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from shared.domain.kinds import Kind
from tests.support.qti_facts import Answers, ItemFacts, PackageFacts, read_package, seen
from tests.support.roundtrip import exported, load, version_of
from tests.support.shared import needs_shared, package
from tests.unit.formats.qti.test_real_packages import CANVAS, CANVAS_QTI

pytestmark = needs_shared

BOTH = [(name, "common_cartridge") for name in CANVAS] + [(name, "qti") for name in CANVAS_QTI]


def counted(items: list[ItemFacts]) -> Counter[str]:
    return Counter(item.key for item in items)


def shown(text: str | None, markup: str | None) -> str:
    return seen(markup) if markup else " ".join((text or "").split())


def stated(question: Any) -> ItemFacts:
    """A question of the model in the words of its source."""
    answers, weights = _STATED.get(question.question_type, lambda _: ({}, {}))(question)
    return ItemFacts(
        question.question_type,
        question.question_name or "",
        seen(question.question_text),
        None if question.points_possible is None else float(question.points_possible),
        answers,
        weights,
        _feedback(question),
    )


def _feedback(question: Any) -> Answers:
    comments = {
        "general_fb": shown(question.neutral_comments, question.neutral_comments_html),
        "correct_fb": shown(question.correct_comments, question.correct_comments_html),
        "general_incorrect_fb": shown(question.incorrect_comments, question.incorrect_comments_html),
    }
    comments |= {f"{answer.id}_fb": shown(answer.comments, answer.comments_html) for answer in question.answers}
    return {ident: text for ident, text in comments.items() if text}


def _choices(question: Any) -> tuple[Answers, Answers]:
    answers = {str(answer.id): shown(answer.text, answer.html) for answer in question.answers}
    return answers, {str(answer.id): str(answer.weight) for answer in question.answers}


def _texts(question: Any) -> tuple[Answers, Answers]:
    return {a.text: a.text for a in question.answers}, {a.text: str(a.weight) for a in question.answers}


def _blanks(question: Any) -> tuple[Answers, Answers]:
    answers, first = {}, {}
    for answer in question.answers:
        name = f"response_{answer.blank_id or ''}/{answer.id}"
        answers[name] = shown(answer.text, answer.html)
        if answer.weight == 100:
            first.setdefault(answer.blank_id, name)
    return answers, dict.fromkeys(first.values(), "100")


def _pairs(question: Any) -> tuple[Answers, Answers]:
    named = {f"response_{answer.id}": answer for answer in question.answers}
    answers = {name: shown(answer.left, answer.left_html) for name, answer in named.items()}
    answers |= {f"match {match.match_id}": " ".join((match.text or "").split()) for match in question.matches}
    return answers, {name: str(answer.match_id) for name, answer in named.items()}


def _numbers(question: Any) -> tuple[Answers, Answers]:
    answers = {str(place): str(_compared(answer)) for place, answer in enumerate(question.answers)}
    return answers, {str(place): str(answer.weight) for place, answer in enumerate(question.answers)}


def _compared(answer: Any) -> list[tuple[str, float]]:
    if answer.numerical_answer_type == "range_answer":
        return [("vargte", float(answer.start)), ("varlte", float(answer.end))]
    if answer.numerical_answer_type == "exact_answer":
        low, high = float(answer.exact - answer.margin), float(answer.exact + answer.margin)
        return [("varequal", float(answer.exact)), ("vargte", round(low, 9)), ("varlte", round(high, 9))]
    value = Decimal(str(answer.approximate))
    half = Decimal(5).scaleb(value.adjusted() - answer.precision)
    return [("varequal", float(value)), ("vargt", float(value - half)), ("varlte", float(value + half))]


def _formula(question: Any) -> tuple[Answers, Answers]:
    answers = {f"formula {n}": step.formula for n, step in enumerate(question.formulas)}
    answers["tolerance"] = str(question.answer_tolerance)
    for variable in question.variables:
        answers[f"variable {variable.name}"] = f"{[float(variable.min), float(variable.max)]} {variable.scale}"
    worked = {
        str(answer.id): f"{[f'{v.name}={float(v.value)}' for v in answer.variables]} {float(answer.answer)}"
        for answer in question.answers
    }
    return answers, worked


_STATED: dict[str, Callable[[Any], tuple[Answers, Answers]]] = {
    "multiple_choice_question": _choices,
    "true_false_question": _choices,
    "multiple_answers_question": _choices,
    "short_answer_question": _texts,
    "fill_in_multiple_blanks_question": _blanks,
    "multiple_dropdowns_question": _blanks,
    "matching_question": _pairs,
    "numerical_question": _numbers,
    "calculated_question": _formula,
}


def test_the_exports_hold_forty_two_questions_and_banks_four_hundred_and_forty_three() -> None:
    found = [read_package(package(name)) for name in CANVAS]
    quizzes = [item for one in found for item in one.quizzes]
    banks = [item for one in found for item in one.banks]
    assert (len(quizzes), len(banks)) == (42, 443)
    assert len(PackageFacts.types(quizzes)) == len(PackageFacts.types(banks)) == 12
    assert sum(bool(item.feedback) for item in quizzes + banks) > 80
    with_answers = [item for item in quizzes + banks if item.answers]
    assert {item.question_type for item in with_answers} == _STATED.keys()
    assert all(item.weights for item in with_answers)


@pytest.mark.parametrize("name", [*CANVAS, *CANVAS_QTI])
def test_every_question_is_read_with_its_answers_weights_and_feedback(name: str) -> None:
    source, loaded = read_package(package(name)), load(package(name))
    for kind, items in ((Kind.QUIZ_QUESTIONS, source.quizzes), (Kind.BANK_QUESTIONS, source.banks)):
        assert counted([stated(question) for question in loaded.course.each(kind)]) == counted(items)


@pytest.mark.parametrize(("name", "export_type"), BOTH)
def test_every_question_is_exported_with_its_answers_weights_and_feedback(name: str, export_type: str) -> None:
    out, _ = exported(package(name), version_of(package(name)), export_type)
    before, after = read_package(package(name)), read_package(out)
    assert counted(after.quizzes) == counted(before.quizzes)
    assert counted(after.banks) == counted(before.banks)
