"""File upload questions: nothing to fill in, and nothing that a program scores."""

from __future__ import annotations

from shared.domain.content.new_quiz_items import NewQuizItem
from shared.domain.content.questions import Question
from shared.formats import xml
from shared.formats.qti.item_view import ItemView
from shared.formats.qti.types.new_quiz_attributes import unless_empty, whole_number
from shared.formats.qti.types.question_type import QuestionType
from shared.formats.xml import Element


def _present_upload(presentation: Element, question: Question) -> None:
    if question.new_quiz is not None:
        settings = question.new_quiz
        xml.set_if(presentation, allowed_types=settings.allowed_types, files_count=settings.files_count)


def _read_upload(view: ItemView, question: Question) -> None:
    presentation = xml.find(view.element, "presentation")
    if presentation is not None:
        types, count = presentation.get("allowed_types"), whole_number(presentation.get("files_count"))
        question.new_quiz = unless_empty(NewQuizItem(allowed_types=types, files_count=count))


FILE_UPLOAD = QuestionType("file_upload_question", _read_upload, _present_upload)
