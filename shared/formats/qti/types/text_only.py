"""Text only questions: a text between questions, without a response."""

from __future__ import annotations

from shared.domain.content.new_quiz_items import NewQuizItem
from shared.domain.content.questions import Question
from shared.formats import xml
from shared.formats.qti.item_view import ItemView
from shared.formats.qti.types.question_type import QuestionType
from shared.formats.xml import Element


def _present_text(presentation: Element, question: Question) -> None:
    settings = question.new_quiz
    if settings is not None:
        xml.set_if(presentation[0], orientation=settings.orientation)
        item = presentation.getparent()
        if item is not None:
            xml.set_if(item, instructions=settings.instructions)


def _read_text(view: ItemView, question: Question) -> None:
    """The settings of a text of New Quizzes: its place beside its questions, and its instructions."""
    material = xml.find(view.element, "presentation/material")
    orientation = None if material is None else material.get("orientation")
    instructions = view.element.get("instructions")
    if orientation is not None or instructions is not None:
        passage = xml.flag_of(view.metadata.get("passage"))
        question.new_quiz = NewQuizItem(orientation=orientation, instructions=instructions, passage=passage)


TEXT_ONLY = QuestionType("text_only_question", _read_text, _present_text, processed=False)
