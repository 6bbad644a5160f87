"""A question that a format cannot express, as the nearest that it can, with the losses."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal

import msgspec

from shared.domain.content.answers import Answer, Match
from shared.domain.content.questions import Question
from shared.domain.warning_codes import WarningCode
from shared.formats.qti.types.blanks import by_blank
from shared.formats.qti.types.numerical_interval import DECIMALS, EXACT, PERCENT, interval_of
from shared.formats.qti.types.table import TYPES, type_of

_TYPED = ("short_answer_question", "fill_in_multiple_blanks_question")
_LISTED = ("dropdown", "wordbank")
# Algorithms of comparison that every format has.
_TEXTUAL = (None, "TextInChoices", "TextEquivalence", "Equivalence")
# 9.8*10^1, as New Quizzes writes it.
_POWER = re.compile(r"\s*([-+]?[\d.]+)\s*\*\s*10\^([-+]?\d+)\s*")


@dataclass(frozen=True, slots=True)
class Reduced:
    """A question that the format has, None where it has nothing like it; and (code, sentence) for each loss."""

    question: Question | None
    losses: list[tuple[WarningCode, str]] = field(default_factory=list)


def reduced(question: Question, unsupported: Iterable[str]) -> Reduced:
    """A complete question without the settings of Canvas; `unsupported` are the types that the format does not have."""
    losses = list(_settings_lost(question))
    if question.question_type not in TYPES:
        mapped_type = type_of(question).name
        losses.append(
            (WarningCode.QUESTION_TYPE_UNKNOWN, f"{question.question_type} is unknown; packed as {mapped_type}.")
        )
        question = msgspec.structs.replace(question, question_type=mapped_type)
    if question.new_quiz is not None and question.new_quiz.margin_type == PERCENT:
        question = msgspec.structs.replace(question, answer_tolerance=f"{question.answer_tolerance}%")
    losses += _blank_comments_lost(question)
    question = _without_repeats(_without_blank_texts(_without_new_quizzes(question)))
    if question.question_type not in unsupported:
        return Reduced(question, losses)
    change = _CHANGES.get(question.question_type)
    changed = None if change is None else change(question)
    if changed is None:
        sentence = f"The format has nothing like a question of the type {question.question_type}."
        return Reduced(None, [(WarningCode.QUESTION_NOT_EXPRESSED, sentence)])
    sentence = f"The format has no questions of the type {question.question_type}; packed as {changed.question_type}."
    return Reduced(changed, [*losses, (WarningCode.QUESTION_TYPE_CHANGED, sentence)])


def _without_new_quizzes(question: Question) -> Question:
    """Margins instead of New Quizzes' percents and decimals; blanks that are typed, or all chosen, answers together."""
    answers = [_classic(answer) for group in by_blank(question).values() for answer in group]
    listed = [answer.answer_type in _LISTED for answer in question.answers]
    dropdowns = question.question_type == "fill_in_multiple_blanks_question" and listed and all(listed)
    return msgspec.structs.replace(
        question,
        answers=answers,
        new_quiz=question.new_quiz if question.question_type == "ordering_question" else None,
        question_type="multiple_dropdowns_question" if dropdowns else question.question_type,
    )


def _is_blank(answer: Answer) -> bool:
    return not (answer.text or "").strip()


def _blank_comments_lost(question: Question) -> Iterable[tuple[WarningCode, str]]:
    if question.question_type in _TYPED and any(_is_blank(answer) and answer.commented for answer in question.answers):
        yield WarningCode.FEEDBACK_NOT_SHOWN, "The comment on an answer without text is not in the package."


def _without_blank_texts(question: Question) -> Question:
    """A question without accepted texts that are blank: nothing that is typed equals them, and readers refuse them.

    A blank of the text that has no others keeps one that is wrong: it is there still, and its share cannot be earned.
    """
    if question.question_type not in _TYPED:
        return question
    answers: list[Answer] = []
    for blank, group in by_blank(question).items():
        accepted = [answer for answer in group if not _is_blank(answer)]
        if not accepted and blank:
            accepted = [msgspec.structs.replace(group[0], weight=0, comments=None, comments_html=None)]
        answers.extend(accepted)
    return msgspec.structs.replace(question, answers=answers)


def _without_repeats(question: Question) -> Question:
    """A question with each accepted text once: Canvas takes texts that differ in case alone for the same.

    A text with a comment of its own stays.
    """
    if question.question_type not in _TYPED:
        return question
    first: dict[tuple[object, ...], Answer] = {}
    for answer in question.answers:
        # Not case-folded: that would make one of "Straße" and "Strasse", which differ in more than case.
        first.setdefault((answer.blank_id, answer.correct, (answer.text or "").lower()), answer)
    first_ids = {id(answer) for answer in first.values()}
    answers = [answer for answer in question.answers if id(answer) in first_ids or answer.commented]
    return msgspec.structs.replace(question, answers=answers)


def _classic(answer: Answer) -> Answer:
    changes = {"answer_type": None, "scoring_algorithm": None, "levenshtein_distance": None}
    changes |= {"ignore_case": None, "allow_reuse": None}
    if answer.margin_type is not None or answer.precision_type == DECIMALS:
        accepted = interval_of(answer)
        point = accepted.point or Decimal(0)
        margin = (accepted.high or point) - point
        return msgspec.structs.replace(
            answer,
            numerical_answer_type=EXACT,
            exact=float(point),
            margin=float(margin),
            margin_type=None,
            precision_type=None,
            **changes,
        )
    return msgspec.structs.replace(answer, precision_type=None, **changes)


def _settings_lost(question: Question) -> Iterable[tuple[WarningCode, str]]:
    settings = question.new_quiz
    if settings is not None and question.question_type not in ("ordering_question", "calculated_question"):
        names = [name for name in settings.__struct_fields__ if getattr(settings, name) is not None]
        yield WarningCode.SETTINGS_NOT_EXPRESSED, f"The format has no place for: {', '.join(names)}."
    if question.parent_stimulus_id is not None:
        yield WarningCode.SETTINGS_NOT_EXPRESSED, "The format has no place for the text that this question is about."
    ways = {answer.scoring_algorithm for answer in question.answers} - set(_TEXTUAL)
    if ways:
        algorithms = sorted(way for way in ways if way is not None)
        yield (
            WarningCode.COMPARISON_NOT_EXPRESSED,
            f"Answers are compared word for word instead of by {', '.join(algorithms)}.",
        )
    listed = {answer.answer_type in _LISTED for answer in question.answers}
    if len(listed) > 1:
        yield (
            WarningCode.BLANKS_ALL_TYPED,
            "Some blanks of this question list their answers; all of them are typed in here.",
        )


def _as_essay(question: Question) -> Question | None:
    return msgspec.structs.replace(question, question_type="essay_question")


def _as_matching(question: Question) -> Question | None:
    """Each thing that belongs into a category as the left side of that category; the other things are left out."""
    names = {match.match_id: match for match in question.matches}
    pairs = [
        Answer(id=match_id, text=names[match_id].text, html=names[match_id].html, match_id=category.id, weight=100)
        for category in question.answers
        for match_id in category.match_ids
        if match_id in names
    ]
    rights = [_right_side(category) for category in question.answers]
    if not pairs:
        return None
    return msgspec.structs.replace(question, question_type="matching_question", answers=pairs, matches=rights)


def _right_side(category: Answer) -> Match:
    return Match(match_id=category.id, text=category.text if category.html is None else category.html)


def _as_example(question: Question) -> Question | None:
    """The first worked answer of a formula as a numerical question, with the values of its variables in the text."""
    worked = next((answer for answer in question.answers if answer.answer is not None), None)
    result = None if worked is None else _decimal(worked.answer)
    if worked is None or result is None:
        return None
    text = question.question_text or ""
    for variable in worked.variables:
        text = text.replace(f"[{variable.name}]", "" if variable.value is None else str(variable.value))
    answer = Answer(
        id=worked.id,
        numerical_answer_type=EXACT,
        exact=float(result),
        margin=float(_tolerance(question, result)),
        comments=worked.comments,
        comments_html=worked.comments_html,
        weight=100,
    )
    return msgspec.structs.replace(
        question,
        question_type="numerical_question",
        question_text=text,
        answers=[answer],
        formulas=[],
        variables=[],
        answer_tolerance=None,
        formula_decimal_places=None,
    )


def _tolerance(question: Question, result: Decimal) -> Decimal:
    """The tolerance in the unit of the result; one in percent has a percent sign."""
    stated = str(question.answer_tolerance if question.answer_tolerance is not None else 0).strip()
    size = _decimal(stated.removesuffix("%")) or Decimal(0)
    return abs(result) * size / 100 if stated.endswith("%") else size


def _decimal(value: float | str | None) -> Decimal | None:
    text = str(value)
    power = _POWER.fullmatch(text)
    try:
        number = Decimal(power[1]).scaleb(int(power[2])) if power else Decimal(text)
    except ArithmeticError:
        return None
    return number if number.is_finite() else None


_CHANGES: dict[str, Callable[[Question], Question | None]] = {
    "file_upload_question": _as_essay,
    "categorization_question": _as_matching,
    "calculated_question": _as_example,
}
