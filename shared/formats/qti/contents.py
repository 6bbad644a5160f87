"""What a quiz or bank holds, as items that are ready to be put into its documents."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from shared.domain.content.questions import Question, QuizQuestion
from shared.domain.content.quizzes import QuestionBank, Quiz, QuizGroup
from shared.domain.kinds import Kind
from shared.formats.packing import Packing
from shared.formats.qti.chosen import Asked
from shared.formats.qti.flavour import Flavour
from shared.formats.qti.item import item
from shared.formats.qti.preparation import prepared
from shared.formats.qti.types.table import NEW_QUIZZES_ONLY, TYPES, type_of
from shared.formats.xml import Element


@dataclass(frozen=True, slots=True)
class Items:
    """A question in each flavour that can hold it."""

    full: Element
    cc: Element | None  # None for a type that Common Cartridge does not know


@dataclass(frozen=True, slots=True)
class Group:
    """A question group with its own questions."""

    group: QuizGroup
    items: list[Items]


Contents = list[Items | Group]


def contents(quiz: Quiz, packing: Packing, *, with_cc: bool) -> Contents:
    """The ungrouped questions and the groups of a quiz by position, those without one last.

    A question that cannot be written is skipped, with a line in the report, and the rest is intact.
    """
    found: Contents = []
    for entry, questions in in_order(quiz, packing):
        items = _items(questions, packing, with_cc=with_cc)
        if isinstance(entry, QuizGroup):
            packing.tell_dropped(Kind.QUIZ_GROUPS, entry)
            found.append(Group(entry, list(items)))
        else:
            found.extend(items)
    return found


def in_order(quiz: Quiz, packing: Packing) -> Iterator[tuple[QuizQuestion | QuizGroup, Sequence[QuizQuestion]]]:
    """The ungrouped questions and the groups of a quiz by position, each with its questions: itself, or the group's."""
    groups = {group.id: group for group in packing.course.children(Kind.QUIZ_GROUPS, quiz.id)}
    questions = packing.course.children(Kind.QUIZ_QUESTIONS, quiz.id)
    ungrouped, grouped = by_group(questions, groups)
    for entry in sorted([*ungrouped, *groups.values()], key=_place_of):
        yield entry, grouped[entry.id] if isinstance(entry, QuizGroup) else [entry]


def questions_of(quiz: Quiz, packing: Packing) -> Iterator[Asked]:
    """The questions of a quiz in the order in which they are written."""
    for _, questions in in_order(quiz, packing):
        yield from ((Kind.QUIZ_QUESTIONS, question) for question in questions)


def bank_items(bank: QuestionBank, packing: Packing) -> Iterator[Element]:
    """The questions of a bank, in order; one that cannot be written is skipped with a line in the report."""
    for question in packing.course.children(Kind.BANK_QUESTIONS, bank.id):
        element = packing.packed(Kind.BANK_QUESTIONS, question, partial(_bank_item, packing))
        if element is not None:
            yield element


def _bank_item(packing: Packing, question: Question) -> Element:
    return item(_ready(question, Kind.BANK_QUESTIONS, packing), Flavour.BANK, packing)


def _items(questions: Iterable[Question], packing: Packing, *, with_cc: bool) -> Iterator[Items]:
    for question in questions:
        found = packing.packed(Kind.QUIZ_QUESTIONS, question, partial(_in_flavours, packing, with_cc=with_cc))
        if found is not None:
            yield found


def _in_flavours(packing: Packing, question: Question, *, with_cc: bool) -> Items:
    ready = _ready(question, Kind.QUIZ_QUESTIONS, packing)
    cc = item(ready, Flavour.CC, packing) if with_cc and _fits_common_cartridge(ready) else None
    return Items(item(ready, Flavour.FULL, packing), cc)


def _ready(question: Question, kind: Kind, packing: Packing) -> Question:
    """The question with its HTML rewritten; a type without a home of its own is written by what it has, and told."""
    ready: Question = prepared(packing.html(kind, question))
    if ready.question_type not in TYPES:
        packing.report.warn(
            "question_type_unknown",
            f"Questions of the type {ready.question_type} are not known; written like a {type_of(ready).name}",
            kind=kind,
            item_id=question.id,
            title=question.label,
        )
    elif ready.question_type in NEW_QUIZZES_ONLY:
        packing.report.warn(
            "question_type_of_new_quizzes",
            f"Only New Quizzes has questions of the type {ready.question_type}; it is packed as New Quizzes packs it.",
            kind=kind,
            item_id=question.id,
            title=question.label,
        )
    return ready


def _fits_common_cartridge(question: Question) -> bool:
    """Five types; one that must have answers and has none would be no valid item of the profile."""
    row = TYPES.get(question.question_type)
    if row is None or row.profile is None:
        return False
    return bool(question.answers) or question.question_type == "essay_question"


def by_group(
    questions: Iterable[QuizQuestion], groups: Collection[int]
) -> tuple[list[QuizQuestion], dict[int, list[QuizQuestion]]]:
    """(questions in none of these groups, those of each group), all in the order they came in."""
    alone: list[QuizQuestion] = []
    grouped: dict[int, list[QuizQuestion]] = {group: [] for group in groups}
    for question in questions:
        own = alone if question.quiz_group_id is None else grouped.get(question.quiz_group_id, alone)
        own.append(question)
    return alone, grouped


def _place_of(entry: Question | QuizGroup) -> tuple[bool, int, int]:
    """By which a question or a group is sorted: by position, those without one last."""
    return entry.position is None, entry.position or 0, entry.id
