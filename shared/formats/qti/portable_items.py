"""The questions of a quiz or a bank as items for readers other than Canvas, in QTI 1.2 by the letter and in QTI 2.1.

A question that the format cannot express is left out with a warning, and so is a group without items: readers refuse an
empty section.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

import msgspec

from shared.domain.content.questions import Question
from shared.domain.content.quizzes import Quiz, QuizGroup
from shared.domain.kinds import Kind
from shared.domain.warning_codes import WarningCode
from shared.formats.packing import NothingToPack, Packing
from shared.formats.qti.completed_question import completed
from shared.formats.qti.quiz_items import in_order
from shared.formats.qti.reduced_question import reduced
from shared.formats.qti.selected_quizzes import QuestionOfKind, bank_of
from shared.formats.qti.surplus_answers import surplus_choices

T = TypeVar("T")
Loss = tuple[WarningCode, str]  # the code and the sentence of a warning
Losses = list[Loss]  # one for each thing that an item lacks


@dataclass(frozen=True, slots=True)
class Section(Generic[T]):
    """A group of a quiz with its items: the group's own, or those of the bank that it draws from."""

    group: QuizGroup
    items: list[T]
    copied: bool = False  # from a bank, which has the questions themselves

    @property
    def title(self) -> str:
        """The name of the group; one by its position where that is blank."""
        return self.group.name.strip() or f"Group {self.group.position or self.group.id}"

    @property
    def select_count(self) -> int:
        """The number of items to select; never more than there are, which readers refuse."""
        count = len(self.items)
        return count if self.group.pick_count is None else max(0, min(self.group.pick_count, count))


@dataclass(frozen=True, slots=True)
class Heading:
    """The identifier and the title of an item."""

    identifier: str
    title: str


@dataclass(frozen=True, slots=True)
class ItemWriter(Generic[T]):
    """How a format writes items.

    `write` takes a complete question of a type that is not in `unsupported` and returns (item, losses). It raises
    ValueError for a number that a numerical answer cannot have.
    """

    unsupported: frozenset[str]
    write: Callable[[Question, Heading], tuple[T, Losses]]


def quiz_items(quiz: Quiz, packing: Packing, writer: ItemWriter[T]) -> list[T | Section[T]]:
    """Items and sections by position; a group without items is left out with a warning."""
    contents: list[T | Section[T]] = []
    for entry, own in in_order(quiz, packing):
        if isinstance(entry, QuizGroup):
            kind, questions = _of_group(entry, own, packing)
            items = list(question_items(questions, kind, packing, writer, entry))
            copied = kind is Kind.BANK_QUESTIONS
            contents.extend([Section(entry, items, copied)] if items else [])
            if not items:
                _warn_empty(entry, packing)
        else:
            alone: Iterator[T] = question_items([entry], Kind.QUIZ_QUESTIONS, packing, writer)
            contents.extend(alone)
    return contents


def questions_of(quiz: Quiz, packing: Packing) -> Iterator[QuestionOfKind]:
    """The questions of a quiz in the order in which they are written."""
    for entry, own in in_order(quiz, packing):
        kind, questions = _of_group(entry, own, packing) if isinstance(entry, QuizGroup) else (Kind.QUIZ_QUESTIONS, own)
        yield from ((kind, question) for question in questions)


def has_items(quiz: Quiz, packing: Packing, fits: Callable[[Question], bool]) -> bool:
    """Whether a format has an item of a quiz, `fits` whether it has one of a question; a group that draws none has none."""
    for entry, own in in_order(quiz, packing):
        questions: Sequence[Question] = own
        if isinstance(entry, QuizGroup):
            drawn = entry.pick_count is None or entry.pick_count > 0
            questions = _of_group(entry, own, packing)[1] if drawn else ()
        if any(map(fits, questions)):
            return True
    return False


def _of_group(group: QuizGroup, own: Sequence[Question], packing: Packing) -> tuple[Kind, Sequence[Question]]:
    """The group's own questions, or those of its bank: these have other identifiers in each group that draws on them."""
    bank = bank_of(group, packing)
    if bank is not None:
        return Kind.BANK_QUESTIONS, packing.course.children(Kind.BANK_QUESTIONS, bank.id)
    return Kind.QUIZ_QUESTIONS, own


def _warn_empty(group: QuizGroup, packing: Packing) -> None:
    sentence = "This group has no questions that are in the package; readers refuse an empty section."
    packing.report.warn(WarningCode.GROUP_EMPTY, sentence, kind=Kind.QUIZ_GROUPS, item_id=group.id, title=group.label)


def question_items(
    questions: Iterable[Question],
    kind: Kind,
    packing: Packing,
    writer: ItemWriter[T],
    group: QuizGroup | None = None,
) -> Iterator[T]:
    """An item for each question that the format can express; the others are skipped with a warning.

    The questions of a bank are copies in a group, and are counted in the bank alone.
    """
    pack = packing.copied if group is not None and kind is Kind.BANK_QUESTIONS else packing.packed
    for question in questions:
        item = pack(kind, question, partial(_write, kind, packing, writer, group))
        if item is not None:
            yield item


def _write(kind: Kind, packing: Packing, writer: ItemWriter[T], group: QuizGroup | None, question: Question) -> T:
    """The item. In a group it has the points that the group gives each question: sections have no points."""
    ready = completed(packing.html(kind, question))
    if group is not None and group.question_points is not None:
        ready = msgspec.structs.replace(ready, points_possible=group.question_points)
    result = reduced(ready, writer.unsupported)
    if result.question is None:
        raise NothingToPack(*result.losses[0])
    identifier = packing.key(kind, question.id)
    if group is not None and kind is Kind.BANK_QUESTIONS:
        identifier = packing.key(Kind.QUIZ_GROUPS, group.id, f"{identifier}_")
    item, losses = writer.write(result.question, Heading(identifier, _title(question)))
    surplus = [(code, f"It {predicate}.") for code, predicate in surplus_choices(ready)]
    for code, sentence in (*surplus, *result.losses, *losses):
        packing.report.warn(code, sentence, kind=kind, item_id=question.id, title=question.label)
    return item


def _title(question: Question) -> str:
    """A title that distinguishes items: readers list items by it (Brightspace, Moodle)."""
    name = (question.question_name or "").strip()
    return name if name not in ("", "Question") else f"Question {question.position or question.id}"
