"""Feedback: the conditions that show it and the `<itemfeedback>` elements, written and read.

Order and idents as Canvas writes them: general_fb, correct_fb, general_incorrect_fb, then `<answer id>_fb`.
"""

from __future__ import annotations

from collections.abc import Callable

from shared.domain.content.answers import Answer
from shared.domain.content.questions import Question
from shared.formats import xml
from shared.formats.qti.material import add_material
from shared.formats.qti.resprocessing import RESPONSE, add_condition, show
from shared.formats.xml import Element

GENERAL = "general_fb"
CORRECT = "correct_fb"
INCORRECT = "general_incorrect_fb"

# Returns (respident, value) of the comparison that recognises an answer.
AnswerCondition = Callable[[Question, Answer], tuple[str, str]]


def answer_ident(answer: Answer) -> str:
    """The ident of the feedback to one answer."""
    return f"{xml.text_of(answer.id)}_fb"


def response_of(question: Question) -> str:
    """The ident of the one response of most types."""
    return question.response_ident or RESPONSE


def by_id(question: Question, answer: Answer) -> tuple[str, str]:
    """(respident, value) of an answer that is recognised by its id."""
    return response_of(question), xml.text_of(answer.id)


def add_general_condition(resprocessing: Element, question: Question) -> None:
    """Append the condition that shows the neutral comment after any response."""
    if question.neutral_comments or question.neutral_comments_html:
        _always(resprocessing, GENERAL)


def add_answer_conditions(resprocessing: Element, question: Question, answer_condition: AnswerCondition) -> None:
    """Append, for each answer with a comment, the condition that shows it when the answer is given."""
    for answer in question.answers:
        if answer.commented:
            respident, value = answer_condition(question, answer)
            respcondition, conditionvar = add_condition(resprocessing, **{"continue": "Yes"})
            xml.add(conditionvar, "varequal", value, respident=respident)
            show(respcondition, answer_ident(answer))


def add_incorrect_condition(resprocessing: Element, question: Question) -> None:
    """Append the condition for wrong responses: the last one, reached unless a scoring condition ends the processing."""
    if question.incorrect_comments or question.incorrect_comments_html:
        _always(resprocessing, INCORRECT)


def show_correct(respcondition: Element, question: Question) -> None:
    """Make a scoring condition show the comment on right responses, if there is one."""
    if question.correct_comments or question.correct_comments_html:
        show(respcondition, CORRECT)


def add_feedback(item: Element, question: Question) -> None:
    """Append an itemfeedback for every comment of the question and of its answers."""
    # Canvas writes the element for every comment, even where no condition shows it (matching questions).
    _itemfeedback(item, GENERAL, question.neutral_comments, question.neutral_comments_html)
    _itemfeedback(item, CORRECT, question.correct_comments, question.correct_comments_html)
    _itemfeedback(item, INCORRECT, question.incorrect_comments, question.incorrect_comments_html)
    for answer in question.answers:
        _itemfeedback(item, answer_ident(answer), answer.comments, answer.comments_html)


def _always(resprocessing: Element, feedback: str) -> None:
    respcondition, conditionvar = add_condition(resprocessing, **{"continue": "Yes"})
    xml.add(conditionvar, "other")
    show(respcondition, feedback)


def _itemfeedback(item: Element, ident: str, text: str | None, markup: str | None) -> None:
    if text or markup:
        add_material(xml.add(xml.add(item, "itemfeedback", ident=ident), "flow_mat"), text, markup)
