"""What a quiz or bank holds for readers other than Canvas: items by the letter of QTI 1.2, and no section without any."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec

from shared.domain.content.questions import Question, QuizQuestion
from shared.domain.content.quizzes import QuestionBank, Quiz, QuizGroup
from shared.domain.kinds import Kind
from shared.formats import xml
from shared.formats.packing import Packing
from shared.formats.qti import chosen
from shared.formats.qti.contents import place_of
from shared.formats.qti.flavour import Flavour
from shared.formats.qti.generic_types import LACKING
from shared.formats.qti.item import item
from shared.formats.qti.preparation import prepared
from shared.formats.qti.reduction import reduced
from shared.formats.xml import Element


@dataclass(frozen=True, slots=True)
class Section:
    """A group of a quiz with its items: the group's own, or those of the bank that it draws from."""

    group: QuizGroup
    items: list[Element]


Contents = list[Element | Section]


def contents(quiz: Quiz, packing: Packing) -> Contents:
    """Items and sections by position. A group without a question that can be asked is left out, and told."""
    groups = {group.id: group for group in packing.course.children(Kind.QUIZ_GROUPS, quiz.id)}
    questions = packing.course.children(Kind.QUIZ_QUESTIONS, quiz.id)
    ungrouped = [question for question in questions if question.quiz_group_id not in groups]
    found: Contents = []
    for entry in sorted([*ungrouped, *groups.values()], key=place_of):
        if not isinstance(entry, QuizGroup):
            found.extend(items([entry], Kind.QUIZ_QUESTIONS, packing))
        elif section := _section(entry, questions, packing):
            found.append(section)
    return found


def _section(group: QuizGroup, questions: Iterable[QuizQuestion], packing: Packing) -> Section | None:
    """The questions of a bank are repeated in each group that draws from it, under idents of their own."""
    own = [_worth(question, group) for question in questions if question.quiz_group_id == group.id]
    bank = chosen.bank_of(group, packing)
    if bank is None:
        found = list(items(own, Kind.QUIZ_QUESTIONS, packing))
    else:
        drawn = [_worth(question, group) for question in packing.course.children(Kind.BANK_QUESTIONS, bank.id)]
        found = list(items(drawn, Kind.BANK_QUESTIONS, packing))
        for element in found:
            element.set("ident", packing.key(Kind.QUIZ_GROUPS, group.id, f"{element.get('ident')}_"))
    if found:
        return Section(group, found)
    said = "This group has no questions that are in the package; readers refuse an empty section."
    packing.report.warn("group_empty", said, kind=Kind.QUIZ_GROUPS, item_id=group.id, title=group.label)
    return None


def _worth(question: Question, group: QuizGroup) -> Question:
    """A question that is worth what the group gives each of its questions, which QTI has no place for."""
    if group.question_points is None:
        return question
    return msgspec.structs.replace(question, points_possible=group.question_points)


def bank_items(bank: QuestionBank, packing: Packing) -> Iterator[Element]:
    """The items of a bank, in order."""
    yield from items(packing.course.children(Kind.BANK_QUESTIONS, bank.id), Kind.BANK_QUESTIONS, packing)


def items(questions: Iterable[Question], kind: Kind, packing: Packing) -> Iterator[Element]:
    """An item for each question that the format can say; the others are left out, and told."""
    for question in questions:
        packing.report.expect(kind)
        element = None
        with packing.guard(kind, question):
            element = _written(question, kind, packing)
        if element is not None:
            packing.report.pack(kind)
            yield element


def _written(question: Question, kind: Kind, packing: Packing) -> Element | None:
    found = reduced(prepared(packing.html(kind, question)), LACKING)
    if found.question is None:
        for code, said in found.losses:
            packing.report.skip(kind, question.id, question.label, code, said)
        return None
    for code, said in found.losses:
        packing.report.warn(code, said, kind=kind, item_id=question.id, title=question.label)
    element = item(found.question, Flavour.GENERIC, packing)
    element.set("title", xml.text_of(_title(question)))
    for ident in _drop_unshown(element):
        said = f"No response to this question would show its comment {ident}; it is not in the package."
        packing.report.warn("feedback_not_shown", said, kind=kind, item_id=question.id, title=question.label)
    return element


def _title(question: Question) -> str:
    """Every item has a title that can be seen: readers list items by it."""
    return (question.question_name or "").strip() or f"Question {question.position or question.id}"


def _drop_unshown(element: Element) -> list[str]:
    """Take out the feedback that no condition shows, which readers report as dangling; its idents."""
    shown = {display.get("linkrefid") for display in element.iterfind(".//{*}displayfeedback")}
    unshown = [block for block in xml.find_all(element, "itemfeedback") if block.get("ident") not in shown]
    for block in unshown:
        element.remove(block)
    return [block.get("ident") or "" for block in unshown]
