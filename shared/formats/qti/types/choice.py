"""Questions with one list of choices: multiple choice, true or false, multiple answers."""

from __future__ import annotations

from shared.domain.content.answers import Answer
from shared.domain.content.content_object import Number
from shared.domain.content.questions import Question
from shared.domain.warning_codes import WarningCode
from shared.formats import xml
from shared.formats.qti.feedback import response_of, show_correct
from shared.formats.qti.item_view import ItemView, identity, labels, with_comment
from shared.formats.qti.material import add_material
from shared.formats.qti.resprocessing import add_condition, set_score
from shared.formats.qti.types.question_type import QuestionType
from shared.formats.xml import Element

# The scoring algorithm of New Quizzes for answers with points of their own.
_EACH_ITS_OWN = "VaryPointsByAnswer"


def add_choices(response: Element, answers: list[Answer]) -> None:
    """Append the `<render_choice>` of these answers."""
    choices = xml.add(response, "render_choice")
    for answer in answers:
        add_material(xml.add(choices, "response_label", ident=answer.id), answer.text, answer.html)


def read_choices(view: ItemView, response: Element) -> list[Answer]:
    """The choices of one response with their comments; weight 100 for those that earn points, else 0."""
    right = set(view.right_values(response.get("ident") or ""))
    return [
        with_comment(
            Answer(id=identity(ident), text=material.text, html=material.html, weight=100 if ident in right else 0),
            view.comment(ident),
        )
        for ident, material in labels(response)
    ]


def _present_one(presentation: Element, question: Question) -> None:
    _present(presentation, question, "Single")


def _present_several(presentation: Element, question: Question) -> None:
    _present(presentation, question, "Multiple")


def _present(presentation: Element, question: Question, cardinality: str) -> None:
    response = xml.add(presentation, "response_lid", ident=response_of(question), rcardinality=cardinality)
    add_choices(response, question.answers)


def _score_one(resprocessing: Element, question: Question) -> None:
    """The first right answer earns all points; without one the comparison is empty, as in Canvas."""
    if any(answer.points is not None for answer in question.answers):
        _score_each(resprocessing, question)
        return
    right = next((answer.id for answer in question.answers if answer.correct), None)
    respcondition, conditionvar = add_condition(resprocessing, **{"continue": "No"})
    xml.add(conditionvar, "varequal", right, respident=response_of(question))
    set_score(respcondition, "100")
    show_correct(respcondition, question)


def _score_each(resprocessing: Element, question: Question) -> None:
    """Each answer earns its own points. Source: New Quizzes, scoring by VaryPointsByAnswer."""
    for answer in question.answers:
        if answer.points is not None:
            marked = {"correctanswer": "Yes"} if answer.correct else {}
            respcondition, conditionvar = add_condition(resprocessing, **marked)
            xml.add(conditionvar, "varequal", answer.id, respident=response_of(question))
            set_score(respcondition, xml.text_of(answer.points))


def _score_several(resprocessing: Element, question: Question) -> None:
    """All or nothing: every right answer chosen, and no other."""
    respcondition, conditionvar = add_condition(resprocessing, **{"continue": "No"})
    both = xml.add(conditionvar, "and")
    for answer in question.answers:
        # Every wrong answer is inside a <not>: the comparison holds for exactly the right set
        # (lib/cc/qti/qti_items.rb).
        parent = both if answer.correct else xml.add(both, "not")
        xml.add(parent, "varequal", answer.id, respident=response_of(question))
    set_score(respcondition, "100")
    show_correct(respcondition, question)


def _read(view: ItemView, question: Question) -> None:
    question.answers = [answer for response in view.responses for answer in read_choices(view, response)]
    marked = [condition.element.get("correctanswer") for condition in view.conditions]
    if view.metadata.get("scoring_algorithm") == _EACH_ITS_OWN or any(marked):
        _read_points(view, question)


def _read_one(view: ItemView, question: Question) -> None:
    _read(view, question)
    if all(answer.points is None for answer in question.answers):
        _keep_best(view, question)


def _keep_best(view: ItemView, question: Question) -> None:
    """Of answers that another tool gives different points, those with the most are right."""
    earned = {value: condition.score or 0 for condition in view.scoring for _, value in condition.equals}
    partial = [a for a in question.answers if a.correct and earned.get(str(a.id), 0) < max(earned.values(), default=0)]
    if partial and view.is_foreign:
        for answer in partial:
            answer.weight = 0
        sentence = f"gives {len(partial)} answers a part of the points; here they earn none"
        view.warn(WarningCode.QTI_ANSWER_NOT_MAPPED, sentence)


def _read_points(view: ItemView, question: Question) -> None:
    """The points of each answer; the right one is marked, else it is the one with the most points."""
    earned: dict[str, Number | None] = {}
    right: set[str] = set()
    for condition in view.conditions:
        for _, value in condition.equals if condition.score is not None else ():
            earned[value] = xml.number_at(condition.element, "setvar")
            if xml.flag_of(condition.element.get("correctanswer")):
                right.add(value)
    most = max((points or 0 for points in earned.values()), default=0)
    right = right or {value for value, points in earned.items() if points == most and most > 0}
    for answer in question.answers:
        answer.points = earned.get(str(answer.id))
        answer.weight = 100 if str(answer.id) in right else 0


MULTIPLE_CHOICE = QuestionType(
    "multiple_choice_question", _read_one, _present_one, _score_one, cc_profile="cc.multiple_choice.v0p1"
)
TRUE_FALSE = QuestionType("true_false_question", _read_one, _present_one, _score_one, cc_profile="cc.true_false.v0p1")
MULTIPLE_ANSWERS = QuestionType(
    "multiple_answers_question", _read, _present_several, _score_several, cc_profile="cc.multiple_response.v0p1"
)
