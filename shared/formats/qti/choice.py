"""Questions with one list of choices: multiple choice, true or false, multiple answers."""

from __future__ import annotations

from shared.domain.content.answers import Answer
from shared.domain.content.questions import Question
from shared.formats import xml
from shared.formats.qti.conditions import add_condition, set_score
from shared.formats.qti.feedback import response_of, show_correct
from shared.formats.qti.item_view import ItemView, identity, labels, with_comment
from shared.formats.qti.material import add_material
from shared.formats.qti.question_type import QuestionType
from shared.formats.xml import Element


def add_choices(response: Element, answers: list[Answer]) -> None:
    """Append the `<render_choice>` of these answers."""
    choices = xml.add(response, "render_choice")
    for answer in answers:
        add_material(xml.add(choices, "response_label", ident=answer.id), answer.text, answer.html)


def read_choices(view: ItemView, response: Element) -> list[Answer]:
    """The choices of one response with their comments; weight 100 for those that earn something, else 0."""
    right = set(view.right_values(response.get("ident") or ""))
    return [
        with_comment(
            Answer(id=identity(ident), text=said.text, html=said.html, weight=100 if ident in right else 0),
            view.comment(ident),
        )
        for ident, said in labels(response)
    ]


def _present_one(presentation: Element, question: Question) -> None:
    _present(presentation, question, "Single")


def _present_several(presentation: Element, question: Question) -> None:
    _present(presentation, question, "Multiple")


def _present(presentation: Element, question: Question, cardinality: str) -> None:
    response = xml.add(presentation, "response_lid", ident=response_of(question), rcardinality=cardinality)
    add_choices(response, question.answers)


def _score_one(resprocessing: Element, question: Question) -> None:
    """The first right answer earns all; without one the condition compares with nothing, as in Canvas."""
    right = next((answer.id for answer in question.answers if answer.correct), None)
    respcondition, wanted = add_condition(resprocessing, **{"continue": "No"})
    xml.add(wanted, "varequal", right, respident=response_of(question))
    set_score(respcondition, "100")
    show_correct(respcondition, question)


def _score_several(resprocessing: Element, question: Question) -> None:
    """All or nothing: every right answer chosen, and no other."""
    respcondition, wanted = add_condition(resprocessing, **{"continue": "No"})
    both = xml.add(wanted, "and")
    for answer in question.answers:
        parent = both if answer.correct else xml.add(both, "not")
        xml.add(parent, "varequal", answer.id, respident=response_of(question))
    set_score(respcondition, "100")
    show_correct(respcondition, question)


def _read(view: ItemView, question: Question) -> None:
    question.answers = [answer for response in view.responses for answer in read_choices(view, response)]


MULTIPLE_CHOICE = QuestionType(
    "multiple_choice_question", _read, _present_one, _score_one, profile="cc.multiple_choice.v0p1"
)
TRUE_FALSE = QuestionType("true_false_question", _read, _present_one, _score_one, profile="cc.true_false.v0p1")
MULTIPLE_ANSWERS = QuestionType(
    "multiple_answers_question", _read, _present_several, _score_several, profile="cc.multiple_response.v0p1"
)
