"""Formula questions: the formula, its variables and the answers worked out with them."""

from __future__ import annotations

from shared.domain.content.answers import Answer, Formula, Variable, VariableValue
from shared.domain.content.content_object import Number
from shared.domain.content.new_quiz_items import NewQuizItem
from shared.domain.content.questions import Question
from shared.domain.warning_codes import WarningCode
from shared.formats import xml
from shared.formats.qti.item_view import ItemView, identity, with_comment
from shared.formats.qti.resprocessing import add_condition
from shared.formats.qti.types.new_quiz_attributes import unless_empty
from shared.formats.qti.types.numerical import present
from shared.formats.qti.types.question_type import QuestionType
from shared.formats.xml import Element

_CALCULATED = "itemproc_extension/calculated"


def _score(resprocessing: Element, question: Question) -> None:
    """Two conditions, one that always holds and one that never does, as in Canvas: QTI 1.2 cannot score a formula."""
    # The attributes stand in Canvas's order, which here is not that of `set_score`.
    respcondition, conditionvar = add_condition(resprocessing, title="correct")
    xml.add(conditionvar, "other")
    xml.add(respcondition, "setvar", "100", varname="SCORE", action="Set")
    respcondition, conditionvar = add_condition(resprocessing, title="incorrect")
    xml.add(xml.add(conditionvar, "not"), "other")
    xml.add(respcondition, "setvar", "0", varname="SCORE", action="Set")


def _extend(item: Element, question: Question) -> None:
    calculated = xml.add(xml.add(item, "itemproc_extension"), "calculated")
    settings = question.new_quiz or NewQuizItem()
    tolerance = xml.add(calculated, "answer_tolerance", question.answer_tolerance)
    xml.set_if(tolerance, margin_type=settings.margin_type)
    formulas = xml.add(calculated, "formulas", decimal_places=question.formula_decimal_places)
    xml.set_if(formulas, scientific_notation=settings.scientific_notation)
    for step in question.formulas:
        xml.add(formulas, "formula", step.formula)
    variables = xml.add(calculated, "vars")
    for variable in question.variables:
        element = xml.add(variables, "var", name=variable.name, scale=variable.scale)
        xml.add(element, "min", variable.min)
        xml.add(element, "max", variable.max)
    sets = xml.add(calculated, "var_sets")
    for answer in question.answers:
        element = xml.add(sets, "var_set", ident=answer.id)
        for variable_value in answer.variables:
            xml.add(element, "var", variable_value.value, name=variable_value.name)
        xml.add(element, "answer", answer.answer)


def _read(view: ItemView, question: Question) -> None:
    calculated = xml.find(view.element, _CALCULATED)
    if calculated is None:
        view.warn(WarningCode.QTI_FORMULA_MISSING, "is a formula question without its formula")
        return
    question.answer_tolerance = _number_or_text(xml.text_at(calculated, "answer_tolerance"))
    formulas = xml.find(calculated, "formulas")
    if formulas is not None:
        question.formula_decimal_places = _number_or_text(formulas.get("decimal_places"))
    question.formulas = [Formula(formula=xml.inner_text(step)) for step in xml.find_all(calculated, "formulas/formula")]
    question.variables = [_read_variable(element) for element in xml.find_all(calculated, "vars/var")]
    question.answers = [_read_set(view, element) for element in xml.find_all(calculated, "var_sets/var_set")]
    tolerance = xml.find(calculated, "answer_tolerance")
    settings = NewQuizItem(
        margin_type=None if tolerance is None else tolerance.get("margin_type") or None,
        scientific_notation=None if formulas is None else xml.flag_of(formulas.get("scientific_notation")),
    )
    question.new_quiz = unless_empty(settings)


def _read_variable(element: Element) -> Variable:
    scale = xml.number_of(element.get("scale") or "")
    return Variable(
        name=element.get("name") or "",
        min=xml.number_at(element, "min"),
        max=xml.number_at(element, "max"),
        scale=None if scale is None else int(scale),
    )


def _read_set(view: ItemView, element: Element) -> Answer:
    ident = element.get("ident") or ""
    answer = Answer(
        id=identity(ident),
        variables=[
            VariableValue(name=value.get("name") or "", value=_number_or_text(xml.inner_text(value)))
            for value in xml.find_all(element, "var")
        ],
        answer=_number_or_text(xml.text_at(element, "answer")),
        weight=100,
    )
    return with_comment(answer, view.comment(ident))


def _number_or_text(text: str | None) -> Number | str | None:
    """A number where writing it again gives the same text, else the text ("4.50", "5%")."""
    if not text:
        return None
    number = xml.number_of(text)
    return text if number is None or xml.number(number) != text else number


CALCULATED = QuestionType("calculated_question", _read, present, _score, _extend)
