"""What a quiz or bank holds for readers other than Canvas: only questions that the format can say, no empty section."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

import msgspec

from shared.domain.content.questions import Question
from shared.domain.content.quizzes import Quiz, QuizGroup
from shared.domain.kinds import Kind
from shared.formats.packing import NothingToPack, Packing
from shared.formats.qti.chosen import Asked, bank_of
from shared.formats.qti.contents import in_order
from shared.formats.qti.preparation import prepared
from shared.formats.qti.reduction import reduced

T = TypeVar("T")
Losses = list[tuple[str, str]]  # (code, sentence) for each thing that an item lacks


@dataclass(frozen=True, slots=True)
class Section(Generic[T]):
    """A group of a quiz with its items: the group's own, or those of the bank that it draws from."""

    group: QuizGroup
    items: list[T]

    @property
    def title(self) -> str:
        """A name that can be seen."""
        return self.group.name.strip() or f"Group {self.group.position or self.group.id}"

    @property
    def wanted(self) -> int:
        """How many items are asked for; never more than there are, which readers refuse."""
        there = len(self.items)
        return there if self.group.pick_count is None else max(0, min(self.group.pick_count, there))


@dataclass(frozen=True, slots=True)
class Heading:
    """What an item is called."""

    identifier: str
    title: str


@dataclass(frozen=True, slots=True)
class Writer(Generic[T]):
    """How one format writes a question that is prepared and of no type in `lacking`. `write` raises ValueError."""

    lacking: frozenset[str]
    write: Callable[[Question, Heading], tuple[T, Losses]]


def contents(quiz: Quiz, packing: Packing, writer: Writer[T]) -> list[T | Section[T]]:
    """Items and sections by position. A group without a question that can be asked is left out, and told."""
    found: list[T | Section[T]] = []
    for entry, own in in_order(quiz, packing):
        if isinstance(entry, QuizGroup):
            kind, questions = _of_group(entry, own, packing)
            items = list(written(questions, kind, packing, writer, entry))
            found.extend([Section(entry, items)] if items else [])
            if not items:
                _tell_empty(entry, packing)
        else:
            alone: Iterator[T] = written([entry], Kind.QUIZ_QUESTIONS, packing, writer)
            found.extend(alone)
    return found


def questions_of(quiz: Quiz, packing: Packing) -> Iterator[Asked]:
    """The questions of a quiz in the order in which they are written."""
    for entry, own in in_order(quiz, packing):
        kind, questions = _of_group(entry, own, packing) if isinstance(entry, QuizGroup) else (Kind.QUIZ_QUESTIONS, own)
        yield from ((kind, question) for question in questions)


def _of_group(group: QuizGroup, own: Sequence[Question], packing: Packing) -> tuple[Kind, Sequence[Question]]:
    """The questions of a bank are repeated in each group that draws from it, under identifiers of their own."""
    bank = bank_of(group, packing)
    if bank is not None:
        return Kind.BANK_QUESTIONS, packing.course.children(Kind.BANK_QUESTIONS, bank.id)
    return Kind.QUIZ_QUESTIONS, own


def _tell_empty(group: QuizGroup, packing: Packing) -> None:
    said = "This group has no questions that are in the package; readers refuse an empty section."
    packing.report.warn("group_empty", said, kind=Kind.QUIZ_GROUPS, item_id=group.id, title=group.label)


def written(
    questions: Iterable[Question],
    kind: Kind,
    packing: Packing,
    writer: Writer[T],
    group: QuizGroup | None = None,
) -> Iterator[T]:
    """An item for each question that the format can say; the others are left out, and told."""
    for question in questions:
        item = packing.packed(kind, question, partial(_write, kind, packing, writer, group))
        if item is not None:
            yield item


def _write(kind: Kind, packing: Packing, writer: Writer[T], group: QuizGroup | None, question: Question) -> T:
    """The item. In a group it is worth what the group gives each, for which the formats have no place."""
    ready = prepared(packing.html(kind, question))
    if group is not None and group.question_points is not None:
        ready = msgspec.structs.replace(ready, points_possible=group.question_points)
    found = reduced(ready, writer.lacking)
    if found.question is None:
        raise NothingToPack(*found.losses[0])
    identifier = packing.key(kind, question.id)
    if group is not None and kind is Kind.BANK_QUESTIONS:
        identifier = packing.key(Kind.QUIZ_GROUPS, group.id, f"{identifier}_")
    item, losses = writer.write(found.question, Heading(identifier, _title(question)))
    for code, said in (*found.losses, *losses):
        packing.report.warn(code, said, kind=kind, item_id=question.id, title=question.label)
    return item


def _title(question: Question) -> str:
    """Every item has a title of its own that can be seen: readers list items by it (Brightspace, Moodle)."""
    name = (question.question_name or "").strip()
    return name if name not in ("", "Question") else f"Question {question.position or question.id}"
