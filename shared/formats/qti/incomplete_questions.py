"""What a question lacks after it was read: the guard for items that a tool writes in a way that no reader knows."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shared.domain.content.answers import Answer
from shared.domain.content.questions import Question
from shared.domain.warning_codes import WarningCode

Fault = tuple[WarningCode, str]  # the code and the predicate of a warning

_TAG = re.compile(r"<[^>]*>")
_SHOWN = re.compile(r"<(?:img|audio|video|iframe|object|embed|math|svg|source)\b", re.IGNORECASE)
_CHOSEN = frozenset({"multiple_choice_question", "true_false_question", "multiple_answers_question"})
_TYPED = frozenset({"short_answer_question", "numerical_question", "calculated_question"})
_BLANKS = frozenset({"fill_in_multiple_blanks_question", "multiple_dropdowns_question"})
_LISTED = _CHOSEN | {"multiple_dropdowns_question", "matching_question", "ordering_question", "categorization_question"}


def missing_parts(question: Question) -> Iterator[Fault]:
    """A warning for each of text, choices and right answer that the question should have and has not."""
    text = question.question_text or ""
    if not _SHOWN.search(text) and not _TAG.sub("", text).strip():
        yield WarningCode.QUESTION_WITHOUT_TEXT, "has no text"
    if question.question_type == "matching_question" and not all(map(_has_left_side, question.answers)):
        yield WarningCode.QUESTION_WITHOUT_TEXT, "has a left side without a text"
    if question.question_type in _LISTED and not question.answers:
        yield WarningCode.QUESTION_WITHOUT_CHOICES, "has no choices"
    elif not _has_right_answer(question):
        yield WarningCode.QUESTION_WITHOUT_RIGHT_ANSWER, "has no right answer"


def _has_left_side(answer: Answer) -> bool:
    return any((side or "").strip() for side in (answer.left, answer.left_html, answer.text, answer.html))


def _has_right_answer(question: Question) -> bool:
    """Whether each part of the question has one. Types that a person scores have none."""
    kind, answers = question.question_type, question.answers
    if kind in _TYPED or kind == "hot_spot_question":
        return bool(answers)
    if kind in _CHOSEN:
        return any(answer.correct for answer in answers)
    if kind == "matching_question":
        sides = {match.match_id for match in question.matches if (match.text or match.html or "").strip()}
        return any(answer.match_id in sides for answer in answers)
    if kind == "ordering_question":
        return any(answer.order is not None for answer in answers)
    return kind not in _BLANKS or (bool(answers) and all(any(a.correct for a in blank) for blank in _by_blank(answers)))


def _by_blank(answers: list[Answer]) -> list[list[Answer]]:
    blanks: dict[str | None, list[Answer]] = {}
    for answer in answers:
        blanks.setdefault(answer.blank_id, []).append(answer)
    return list(blanks.values())
