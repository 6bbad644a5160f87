"""`<item>`: the frame that every question type shares. Source: QTI 1.2; fields and their order as Canvas writes them."""

from __future__ import annotations

from shared.domain.content.questions import BankQuestion, Question, QuizQuestion
from shared.domain.kinds import Kind
from shared.formats import xml
from shared.formats.packing import Packing
from shared.formats.qti.feedback import (
    add_answer_conditions,
    add_feedback,
    add_general_condition,
    add_incorrect_condition,
)
from shared.formats.qti.generic_types import generic_type_of
from shared.formats.qti.material import add_material, stated_text
from shared.formats.qti.profiles import QTI, QtiProfile
from shared.formats.qti.qtimetadata import add_generic_metadata, add_metadata, bank_question_key
from shared.formats.qti.resprocessing import add_resprocessing
from shared.formats.qti.types.question_type import QuestionType
from shared.formats.qti.types.table import type_of
from shared.formats.xml import Element


def item(question: Question, profile: QtiProfile, packing: Packing, row: QuestionType | None = None) -> Element:
    """The item of a complete question whose HTML is rewritten; `row` is for a profile with types of its own.

    Raises ValueError for a number that a numerical answer cannot have.
    """
    if row is None:
        row = generic_type_of(type_of(question)) if profile is QtiProfile.GENERIC else type_of(question)
    ident = _ident(question, profile, packing)
    element = xml.element("item", QTI)
    element.set("ident", xml.text_of(ident))
    # The name that Canvas gives a new question; an item needs a title.
    element.set("title", xml.text_of(question.question_name or "Question"))
    metadata = xml.add(xml.add(element, "itemmetadata"), "qtimetadata")
    if profile is QtiProfile.GENERIC:
        add_generic_metadata(metadata, question, row)
    else:
        add_metadata(metadata, question, profile, packing)
    presentation = xml.add(element, "presentation")
    if not row.presents_text:
        add_material(presentation, None, stated_text(question))
    row.present(presentation, question)
    if row.processed:
        _add_processing(element, question, row)
    return element


def _add_processing(element: Element, question: Question, row: QuestionType) -> None:
    resprocessing = add_resprocessing(element)
    # The order of conditions is Canvas's (lib/cc/qti/qti_items.rb), and readers go by it: the first that holds and does
    # not continue ends the processing.
    add_general_condition(resprocessing, question)
    if row.answer_condition is not None:
        add_answer_conditions(resprocessing, question, row.answer_condition)
    row.score(resprocessing, question)
    if row.incorrect_shown:
        add_incorrect_condition(resprocessing, question)
    row.extend(element, question)
    add_feedback(element, question)


def _ident(question: Question, profile: QtiProfile, packing: Packing) -> str:
    """The key of the question in its quiz or bank; the profile of Common Cartridge has that of the bank question."""
    if isinstance(question, BankQuestion):
        return packing.key(Kind.BANK_QUESTIONS, question.id)
    if profile is QtiProfile.CC and isinstance(question, QuizQuestion):
        return bank_question_key(question, packing)
    return packing.key(Kind.QUIZ_QUESTIONS, question.id)
