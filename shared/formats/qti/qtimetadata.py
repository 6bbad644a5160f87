"""`<qtimetadata>`: the fields of items, quizzes and banks. Source: QTI 1.2; the fields and their order are Canvas's."""

from __future__ import annotations

import json

from shared.domain.content.answers import Identity
from shared.domain.content.questions import BankQuestion, Question, QuizQuestion
from shared.domain.kinds import Kind
from shared.formats import xml
from shared.formats.identifiers import hashed
from shared.formats.packing import Packing
from shared.formats.qti.profiles import QtiProfile
from shared.formats.qti.types.question_type import QuestionType
from shared.formats.qti.types.table import type_of
from shared.formats.xml import Element

# The bank question that Canvas states for a question without one: the hash of a name that lacks its number.
NO_BANK_QUESTION = hashed("assessment_question_")
# The field of New Quizzes that names the text which a question is about.
PARENT_STIMULUS = "parent_stimulus_item_ident"
# The prefix under which the constant of the package of origin is kept.
BANK_QUESTION = "assessment_question"


def add_field(metadata: Element, label: str, entry: object) -> None:
    """Append one `<qtimetadatafield>`."""
    field = xml.add(metadata, "qtimetadatafield")
    xml.add(field, "fieldlabel", label)
    xml.add(field, "fieldentry", entry)


def add_metadata(metadata: Element, question: Question, profile: QtiProfile, packing: Packing) -> None:
    """Append the fields of an item of Canvas: all of them, or the few of the profile of Common Cartridge."""
    row = type_of(question)
    if profile is QtiProfile.CC:
        add_field(metadata, "cc_profile", row.cc_profile)
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
        add_field(metadata, "assessment_question_identifierref", bank_question_key(question, packing))
    if question.parent_stimulus_id is not None:
        kind = Kind.BANK_QUESTIONS if isinstance(question, BankQuestion) else Kind.QUIZ_QUESTIONS
        add_field(metadata, PARENT_STIMULUS, packing.key(kind, question.parent_stimulus_id))
    for label, entry in question.item_metadata.items():
        add_field(metadata, label, entry)


def add_generic_metadata(metadata: Element, question: Question, row: QuestionType) -> None:
    """Type and points in the fields of Canvas and in those of Common Cartridge, which more readers know."""
    add_field(metadata, "question_type", question.question_type)
    add_field(metadata, "points_possible", xml.number(question.points_possible))
    if row.cc_profile is not None:
        add_field(metadata, "cc_profile", row.cc_profile)
    if question.question_type == "essay_question":
        add_field(metadata, "qmd_computerscored", "No")
    points = question.points_possible
    # `cc_weighting` is a whole number in Common Cartridge.
    if isinstance(points, int) or (points is not None and points.is_integer()):
        add_field(metadata, "cc_weighting", int(points))
    add_field(metadata, "original_answer_ids", _listed([xml.text_of(i) for i in _stated_ids(question)], question))
    for label, entry in question.item_metadata.items():
        add_field(metadata, label, entry)


def _listed(ids: list[str], question: Question) -> str:
    """The ids with commas between them; those of blanks as a JSON list, as New Quizzes writes them."""
    if any(answer.answer_type is not None for answer in question.answers):
        return json.dumps(list(dict.fromkeys(ids)), ensure_ascii=False)
    return ",".join(ids)


def _add_passage(metadata: Element, question: Question) -> None:
    """Canvas marks each text as a passage; New Quizzes states whether questions are about it."""
    stated = True if question.new_quiz is None else question.new_quiz.passage
    if stated is not None:
        add_field(metadata, "passage", xml.text_of(stated))


def _stated_ids(question: Question) -> list[Identity | None]:
    """The ids of the answers, in the order of the package that they come from, if that listed the same ids."""
    ids = [answer.id for answer in question.answers]
    stated = question.original_answer_ids
    return [*stated] if stated and sorted(map(str, stated)) == sorted(map(str, ids)) else ids


def bank_question_key(question: QuizQuestion, packing: Packing) -> str:
    """The key of the bank question that Canvas creates with every question but a text.

    For an unknown one, a key of the question's own: with Canvas's one constant, an importer would take all such
    questions for the same.
    """
    if question.assessment_question_id is not None:
        return packing.key(Kind.BANK_QUESTIONS, question.assessment_question_id)
    if question.question_type == "text_only_question":
        return packing.keys.imported.get((Kind.QUIZ_QUESTIONS, question.id, BANK_QUESTION), NO_BANK_QUESTION)
    return packing.key(Kind.QUIZ_QUESTIONS, question.id, BANK_QUESTION)
