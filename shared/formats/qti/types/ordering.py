"""Ordering questions, of New Quizzes: answers that are put into one order.

Source: QTI 1.2, ordered responses and the IMS extension for rendering objects; the labels are those of New Quizzes.
"""

from __future__ import annotations

from shared.domain.content.answers import Answer
from shared.domain.content.new_quiz_items import NewQuizItem
from shared.domain.content.questions import Question
from shared.formats import xml
from shared.formats.qti.feedback import response_of, show_correct
from shared.formats.qti.item_view import ItemView, identity, labels, with_comment
from shared.formats.qti.material import add_material
from shared.formats.qti.resprocessing import add_condition, set_score
from shared.formats.qti.types.question_type import QuestionType
from shared.formats.xml import Element


def in_right_order(question: Question) -> list[Answer]:
    """The answers that have a place in the right order, in that order."""
    placed = [answer for answer in question.answers if answer.order is not None]
    return sorted(placed, key=lambda answer: answer.order or 0)


def _present(presentation: Element, question: Question) -> None:
    settings = question.new_quiz or NewQuizItem()
    response = xml.add(presentation, "response_lid", ident=response_of(question), rcardinality="Ordered")
    extension = xml.add(response, "render_extension")
    _add_label(extension, "top", settings.top_label)
    rendered = xml.add(extension, "ims_render_object", shuffle="Yes" if settings.shuffle else "No")
    if settings.display_answers_paragraph is not None:
        rendered.set("orientation", "Row" if settings.display_answers_paragraph else "Column")
    choices = xml.add(rendered, "flow_label")
    for answer in question.answers:
        add_material(xml.add(choices, "response_label", ident=answer.id), answer.text, answer.html)
    _add_label(extension, "bottom", settings.bottom_label)


def _add_label(extension: Element, position: str, text: str | None) -> None:
    if text:
        xml.add(xml.add(extension, "material", position=position), "mattext", text)


def _score(resprocessing: Element, question: Question) -> None:
    """All points or none: the values side by side are the right order, first to last."""
    respcondition, conditionvar = add_condition(resprocessing, **{"continue": "No"})
    for answer in in_right_order(question):
        xml.add(conditionvar, "varequal", answer.id, respident=response_of(question))
    set_score(respcondition, "100")
    show_correct(respcondition, question)


def _read(view: ItemView, question: Question) -> None:
    for response in view.responses:
        ident = response.get("ident") or ""
        places = {value: place for place, value in enumerate(view.right_values(ident), 1)}
        for label, material in labels(response):
            answer = Answer(
                id=identity(label), text=material.text, html=material.html, order=places.get(label), weight=100
            )
            question.answers.append(with_comment(answer, view.comment(label)))
        _read_settings(response, question)


def _read_settings(response: Element, question: Question) -> None:
    settings = NewQuizItem()
    for label in xml.find_all(response, "render_extension/material"):
        text = xml.inner_text(label).strip() or None
        if label.get("position") == "top":
            settings.top_label = text
        elif label.get("position") == "bottom":
            settings.bottom_label = text
    rendered = xml.find(response, "render_extension/ims_render_object")
    if rendered is not None:
        settings.shuffle = True if rendered.get("shuffle") == "Yes" else None
        orientation = (rendered.get("orientation") or "").lower()
        settings.display_answers_paragraph = orientation == "row" if orientation else None
    if settings != NewQuizItem():
        question.new_quiz = settings


ORDERING = QuestionType("ordering_question", _read, _present, _score, answer_condition=None)
