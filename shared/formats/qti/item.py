"""`<item>`: the frame that every question type shares. Source: QTI 1.2; fields and their order as Canvas writes them."""

from __future__ import annotations

import json

from shared.domain.content.answers import Identity
from shared.domain.content.questions import BankQuestion, Question, QuizQuestion
from shared.domain.kinds import Kind
from shared.formats import xml
from shared.formats.identifiers import hashed
from shared.formats.packing import Packing
from shared.formats.qti.conditions import add_outcomes
from shared.formats.qti.feedback import (
    add_answer_conditions,
    add_feedback,
    add_general_condition,
    add_incorrect_condition,
)
from shared.formats.qti.flavour import QTI, Flavour
from shared.formats.qti.generic_types import generic_type_of
from shared.formats.qti.material import add_material, stated_text
from shared.formats.qti.types.question_type import QuestionType
from shared.formats.qti.types.table import type_of
from shared.formats.xml import Element

# What Canvas writes as the bank question of a question that has none: the key of a name without its number.
NO_BANK_QUESTION = hashed("assessment_question_")
PARENT_STIMULUS = "parent_stimulus_item_ident"  # New Quizzes: the field that names the text of a question
BANK_QUESTION = "assessment_question"  # the companion under which a package's own constant is kept


def add_field(metadata: Element, label: str, entry: object) -> None:
    """Append one `<qtimetadatafield>`."""
    field = xml.add(metadata, "qtimetadatafield")
    xml.add(field, "fieldlabel", label)
    xml.add(field, "fieldentry", entry)


def item(question: Question, flavour: Flavour, packing: Packing) -> Element:
    """The item of a question whose HTML is rewritten and which is prepared. Raises ValueError for impossible numbers."""
    row = generic_type_of(type_of(question)) if flavour is Flavour.GENERIC else type_of(question)
    ident = _ident(question, flavour, packing)
    element = xml.element("item", QTI)
    element.set("ident", xml.text_of(ident))
    element.set("title", xml.text_of(question.question_name or "Question"))
    metadata = xml.add(xml.add(element, "itemmetadata"), "qtimetadata")
    if flavour is Flavour.GENERIC:
        _add_generic_metadata(metadata, question, row)
    else:
        _add_metadata(metadata, question, flavour, packing)
    presentation = xml.add(element, "presentation")
    if not row.says_text:
        add_material(presentation, None, stated_text(question))
    row.present(presentation, question)
    if row.processed:
        _add_processing(element, question, row)
    return element


def _add_processing(element: Element, question: Question, row: QuestionType) -> None:
    resprocessing = xml.add(element, "resprocessing")
    add_outcomes(resprocessing)
    add_general_condition(resprocessing, question)
    if row.told is not None:
        add_answer_conditions(resprocessing, question, row.told)
    row.score(resprocessing, question)
    if row.incorrect_shown:
        add_incorrect_condition(resprocessing, question)
    row.extend(element, question)
    add_feedback(element, question)


def _ident(question: Question, flavour: Flavour, packing: Packing) -> str:
    """A quiz names its own question, a bank its own, and the Common Cartridge flavour the bank question."""
    if isinstance(question, BankQuestion):
        return packing.key(Kind.BANK_QUESTIONS, question.id)
    if flavour is Flavour.CC and isinstance(question, QuizQuestion):
        return _bank_question(question, packing)
    return packing.key(Kind.QUIZ_QUESTIONS, question.id)


def _add_metadata(metadata: Element, question: Question, flavour: Flavour, packing: Packing) -> None:
    row = type_of(question)
    if flavour is Flavour.CC:
        add_field(metadata, "cc_profile", row.profile)
        if question.question_type == "essay_question":
            add_field(metadata, "qmd_computerscored", "No")
        return
    ids = _stated_ids(question) if row.ids_stated else []
    add_field(metadata, "question_type", question.question_type)
    add_field(metadata, "points_possible", xml.number(question.points_possible))
    add_field(metadata, "original_answer_ids", _listed([xml.text_of(i) for i in ids], question))
    if question.question_type == "text_only_question":
        _add_passage(metadata, question)
    if isinstance(question, QuizQuestion):
        add_field(metadata, "assessment_question_identifierref", _bank_question(question, packing))
    if question.parent_stimulus_id is not None:
        kind = Kind.BANK_QUESTIONS if isinstance(question, BankQuestion) else Kind.QUIZ_QUESTIONS
        add_field(metadata, PARENT_STIMULUS, packing.key(kind, question.parent_stimulus_id))
    for label, entry in question.item_metadata.items():
        add_field(metadata, label, entry)


def _add_generic_metadata(metadata: Element, question: Question, row: QuestionType) -> None:
    """The type and the points in the words of Canvas and in those of Common Cartridge, which more readers know."""
    add_field(metadata, "question_type", question.question_type)
    add_field(metadata, "points_possible", xml.number(question.points_possible))
    if row.profile is not None:
        add_field(metadata, "cc_profile", row.profile)
    if question.question_type == "essay_question":
        add_field(metadata, "qmd_computerscored", "No")
    points = question.points_possible
    if isinstance(points, int) or (points is not None and points.is_integer()):
        add_field(metadata, "cc_weighting", int(points))
    add_field(metadata, "original_answer_ids", _listed([xml.text_of(i) for i in _stated_ids(question)], question))
    for label, entry in question.item_metadata.items():
        add_field(metadata, label, entry)


def _listed(ids: list[str], question: Question) -> str:
    """With commas between them; New Quizzes writes those of blanks as a JSON list."""
    if any(answer.answer_type is not None for answer in question.answers):
        return json.dumps(list(dict.fromkeys(ids)), ensure_ascii=False)
    return ",".join(ids)


def _add_passage(metadata: Element, question: Question) -> None:
    """Canvas calls each text a passage; New Quizzes tells passages from texts that have questions about them."""
    stated = True if question.new_quiz is None else question.new_quiz.passage
    if stated is not None:
        add_field(metadata, "passage", xml.text_of(stated))


def _stated_ids(question: Question) -> list[Identity | None]:
    """The ids of the answers; in the order that a package stated for the same ones, if it did."""
    ids = [answer.id for answer in question.answers]
    stated = question.original_answer_ids
    return [*stated] if stated and sorted(map(str, stated)) == sorted(map(str, ids)) else ids


def _bank_question(question: QuizQuestion, packing: Packing) -> str:
    """The key of the bank question that Canvas makes with every question but a text.

    Where it is not known, a key made from the question's own stands in: with Canvas's constant for all of them, an
    importer would take them for one.
    """
    if question.assessment_question_id is not None:
        return packing.key(Kind.BANK_QUESTIONS, question.assessment_question_id)
    if question.question_type == "text_only_question":
        return packing.keys.imported.get((Kind.QUIZ_QUESTIONS, question.id, BANK_QUESTION), NO_BANK_QUESTION)
    return packing.key(Kind.QUIZ_QUESTIONS, question.id, BANK_QUESTION)
