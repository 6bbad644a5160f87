"""The questions of a quiz or a bank as `<item>`s for the documents of Canvas."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from shared.domain.content.questions import Question, QuizQuestion
from shared.domain.content.quizzes import QuestionBank, Quiz, QuizGroup
from shared.domain.kinds import Kind
from shared.domain.warning_codes import WarningCode
from shared.formats.packing import Packing
from shared.formats.qti.bank_entry import bank_entry
from shared.formats.qti.completed_question import completed
from shared.formats.qti.item import item
from shared.formats.qti.profiles import QtiProfile, of_profile
from shared.formats.qti.selected_quizzes import QuestionOfKind
from shared.formats.qti.surplus_answers import surplus_answers
from shared.formats.qti.types.table import NEW_QUIZZES_ONLY, TYPES, type_of
from shared.formats.xml import Element


@dataclass(frozen=True, slots=True)
class QuestionItem:
    """The items of one question: for the whole quiz, and for the profile of Common Cartridge."""

    full: Element
    cc: Element | None  # None for a type that the profile does not have


@dataclass(frozen=True, slots=True)
class GroupItems:
    """A question group with the items of its own questions."""

    group: QuizGroup
    items: list[QuestionItem]


QuizItems = list[QuestionItem | GroupItems]


def quiz_items(quiz: Quiz, packing: Packing, *, with_cc: bool) -> QuizItems:
    """The ungrouped questions and the groups of a quiz by position, those without one last.

    A question that cannot be written is skipped with a warning; the others are intact.
    """
    contents: QuizItems = []
    for entry, questions in in_order(quiz, packing):
        items = _items(questions, packing, with_cc=with_cc)
        if isinstance(entry, QuizGroup):
            packing.warn_dropped(Kind.QUIZ_GROUPS, entry)
            contents.append(GroupItems(entry, list(items)))
        else:
            contents.extend(items)
    return contents


def in_order(quiz: Quiz, packing: Packing) -> Iterator[tuple[QuizQuestion | QuizGroup, Sequence[QuizQuestion]]]:
    """The ungrouped questions and the groups of a quiz by position, each with its questions: itself, or the group's."""
    groups = {group.id: group for group in packing.course.children(Kind.QUIZ_GROUPS, quiz.id)}
    questions = packing.course.children(Kind.QUIZ_QUESTIONS, quiz.id)
    ungrouped, grouped = by_group(questions, groups)
    for entry in sorted([*ungrouped, *groups.values()], key=_place_of):
        yield entry, grouped[entry.id] if isinstance(entry, QuizGroup) else [entry]


def questions_of(quiz: Quiz, packing: Packing) -> Iterator[QuestionOfKind]:
    """The questions of a quiz in the order in which they are written."""
    for _, questions in in_order(quiz, packing):
        yield from ((Kind.QUIZ_QUESTIONS, question) for question in questions)


def bank_items(bank: QuestionBank, packing: Packing) -> Iterator[Element]:
    """The items of a bank in order; a question that cannot be written is skipped with a warning."""
    for question in packing.course.children(Kind.BANK_QUESTIONS, bank.id):
        element = packing.packed(Kind.BANK_QUESTIONS, question, partial(_bank_item, packing))
        if element is not None:
            yield element


def _bank_item(packing: Packing, question: Question) -> Element:
    return item(_completed(question, Kind.BANK_QUESTIONS, packing), QtiProfile.BANK, packing)


def _items(questions: Iterable[Question], packing: Packing, *, with_cc: bool) -> Iterator[QuestionItem]:
    for question in questions:
        written = packing.packed(Kind.QUIZ_QUESTIONS, question, partial(_question_item, packing, with_cc=with_cc))
        if written is not None:
            yield written


def _question_item(packing: Packing, question: Question, *, with_cc: bool) -> QuestionItem:
    ready = _completed(question, Kind.QUIZ_QUESTIONS, packing)
    cc = item(of_profile(ready), QtiProfile.CC, packing) if with_cc and _fits_common_cartridge(ready) else None
    entry = bank_entry(question, packing)
    return QuestionItem(item(ready, QtiProfile.FULL, packing) if entry is None else entry, cc)


def _completed(question: Question, kind: Kind, packing: Packing) -> Question:
    """The complete question with its HTML rewritten; a warning for what readers do not have of it."""
    ready: Question = completed(packing.html(kind, question))
    if ready.question_type not in TYPES:
        packing.report.warn(
            WarningCode.QUESTION_TYPE_UNKNOWN,
            f"Questions of the type {ready.question_type} are unknown; it is written like a {type_of(ready).name}",
            kind=kind,
            item_id=question.id,
            title=question.label,
        )
    elif ready.question_type in NEW_QUIZZES_ONLY:
        packing.report.warn(
            WarningCode.QUESTION_TYPE_OF_NEW_QUIZZES,
            f"Only New Quizzes has questions of the type {ready.question_type}; it is packed as New Quizzes packs it.",
            kind=kind,
            item_id=question.id,
            title=question.label,
        )
    for code, predicate in surplus_answers(ready):
        packing.report.warn(code, f"It {predicate}.", kind=kind, item_id=question.id, title=question.label)
    return ready


def _fits_common_cartridge(question: Question) -> bool:
    """Whether the profile has the type. Without answers, an item of all types but the essay would be invalid."""
    row = TYPES.get(question.question_type)
    if row is None or row.cc_profile is None:
        return False
    return bool(question.answers) or question.question_type == "essay_question"


def by_group(
    questions: Iterable[QuizQuestion], groups: Collection[int]
) -> tuple[list[QuizQuestion], dict[int, list[QuizQuestion]]]:
    """(questions in none of these groups, those of each group), each in the given order."""
    alone: list[QuizQuestion] = []
    grouped: dict[int, list[QuizQuestion]] = {group: [] for group in groups}
    for question in questions:
        own = alone if question.quiz_group_id is None else grouped.get(question.quiz_group_id, alone)
        own.append(question)
    return alone, grouped


def _place_of(entry: Question | QuizGroup) -> tuple[bool, int, int]:
    """The sort key of a question or a group: by position, those without one last."""
    return entry.position is None, entry.position or 0, entry.id
