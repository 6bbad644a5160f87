"""Right answers that no package keeps, of questions whose type marks one right answer in each list."""

from __future__ import annotations

from collections.abc import Iterator

from shared.domain.content.answers import Answer
from shared.domain.content.questions import Question
from shared.domain.warning_codes import WarningCode
from shared.formats.qti.completed_question import MISSING_WORD
from shared.formats.qti.incomplete_questions import Fault
from shared.formats.qti.types.blanks import LISTED, by_blank

_CHOICES = frozenset({"multiple_choice_question", "true_false_question"})
_DROPDOWNS = "multiple_dropdowns_question"
_BLANKS = "fill_in_multiple_blanks_question"


def surplus_choices(question: Question) -> Iterator[Fault]:
    """A warning for a choice of one with several right answers, unless the answers have points of their own."""
    if question.question_type in _CHOICES and all(answer.points is None for answer in question.answers):
        yield from _surplus(question.answers, "")


def surplus_answers(question: Question) -> Iterator[Fault]:
    """The same, and one for each list in a text with several; QTI for other tools than Canvas keeps these."""
    yield from surplus_choices(question)
    if question.question_type == MISSING_WORD:
        yield from _surplus(question.answers, "")
    for blank, answers in _lists(question):
        yield from _surplus(answers, f" for [{blank}]")


def _lists(question: Question) -> Iterator[tuple[str, list[Answer]]]:
    """The blanks of a text that are lists, with their answers."""
    if question.question_type == _DROPDOWNS:
        yield from by_blank(question).items()
    elif question.question_type == _BLANKS:
        yield from (
            (blank, answers) for blank, answers in by_blank(question).items() if answers[0].answer_type in LISTED
        )


def _surplus(answers: list[Answer], place: str) -> Iterator[Fault]:
    right = sum(answer.correct for answer in answers)
    if right > 1:
        sentence = f"has {right} right answers{place}, of which one earns the points; an export marks the first alone"
        yield WarningCode.QTI_ANSWER_NOT_MAPPED, sentence
