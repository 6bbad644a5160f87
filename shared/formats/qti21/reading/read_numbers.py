"""Numbers that an item of QTI 2 accepts, from the expressions that compare a response with them."""

from __future__ import annotations

from collections.abc import Iterator

from shared.domain.content.answers import Answer
from shared.domain.content.content_object import Number
from shared.domain.warning_codes import WarningCode
from shared.formats import xml
from shared.formats.qti.feedback import CORRECT, GENERAL, INCORRECT
from shared.formats.qti.types.numerical_interval import DECIMALS, EXACT, PRECISION, RANGE
from shared.formats.qti21.reading.item_view import AssessmentItemView, ResponseDeclaration
from shared.formats.qti21.vocabulary import SCORE, SUFFIX, identity_of
from shared.formats.xml import Element

_BOUNDS = {"gt": "start", "gte": "start", "lt": "end", "lte": "end"}

_OF_THE_WHOLE = (GENERAL, CORRECT, INCORRECT)


def read_numbers(view: AssessmentItemView, declared: ResponseDeclaration) -> list[Answer]:
    """The answers in the order of the rules; without a rule that compares, the declared and the mapped values."""
    answers = [answer for condition in _scoring(view) for answer in _answers(condition, declared)]
    if not answers:
        stated = [xml.number_of(text) for text in declared.accepted]
        answers = [_exact(number) for number in stated if number is not None]
        if len(answers) < len(stated):
            view.warn(WarningCode.QTI2_ANSWER_NOT_MAPPED, "accepts a value that is not a number")
    ids = view.ids_for()
    for place, answer in enumerate(answers):
        answer.id = ids.draw(place)
    _name_by_feedback(view, answers, declared)
    return answers


def _scoring(view: AssessmentItemView) -> Iterator[Element]:
    """The conditions under which a rule sets a score above 0."""
    branches = [] if view.processing is None else view.processing.iterfind(".//{*}responseCondition/*")
    for branch in branches:
        sets = [child for child in branch if xml.local(child) == "setOutcomeValue" and child.get("identifier") == SCORE]
        if sets and xml.local(branch) != "responseElse" and any(_is_positive(rule) for rule in sets):
            yield branch[0]


def _is_positive(rule: Element) -> bool:
    number = xml.number_of(xml.inner_text(rule))
    return number is None or number > 0


def _answers(condition: Element, declared: ResponseDeclaration) -> list[Answer]:
    """One answer for each alternative of a condition; a pair of bounds is one answer."""
    name = xml.local(condition)
    if name == "or":
        return [answer for child in condition for answer in _answers(child, declared)]
    if name == "and":
        bounds = [child for child in condition if xml.local(child) in _BOUNDS and _is_about(child, declared)]
        return [_range(bounds)] if bounds else [a for child in condition for a in _answers(child, declared)]
    if not _is_about(condition, declared):
        return []
    if name in _BOUNDS:
        return [_range([condition])]
    if name in ("equal", "match", "equalRounded"):
        number = _number(condition)
        if number is None and condition.find("{*}correct") is not None:
            number = next((xml.number_of(text) for text in declared.correct), None)
        return [] if number is None else [_compared(condition, number)]
    return []


def _is_about(expression: Element, declared: ResponseDeclaration) -> bool:
    variables = [child.get("identifier") for child in expression if xml.local(child) == "variable"]
    return declared.identifier in variables


def _number(expression: Element) -> Number | None:
    value = expression.find("{*}baseValue")
    return None if value is None else xml.number_of(xml.inner_text(value))


def _compared(condition: Element, number: Number) -> Answer:
    """An exact or a rounded number. Source: QTI 2.1, equal (tolerance absolute or in percent) and equalRounded."""
    if xml.local(condition) == "equalRounded":
        figures = xml.number_of(condition.get("figures") or "")
        places = condition.get("roundingMode") == "decimalPlaces"
        return Answer(
            numerical_answer_type=PRECISION,
            approximate=number,
            precision=None if figures is None else int(figures),
            precision_type=DECIMALS if places else None,
            weight=100,
        )
    # A tolerance is one number, or one for each side; a margin is symmetric, so that the first counts (QTI 2.1, equal).
    tolerance = next((xml.number_of(part) for part in (condition.get("tolerance") or "").split()), None)
    # "relative" is a percentage of the number.
    if tolerance is not None and condition.get("toleranceMode") == "relative":
        tolerance = abs(number) * tolerance / 100
    return _exact(number, tolerance)


def _exact(number: Number | None, margin: Number | None = None) -> Answer:
    return Answer(numerical_answer_type=EXACT, exact=number, margin=margin, weight=100)


def _range(bounds: list[Element]) -> Answer:
    answer = Answer(numerical_answer_type=RANGE, weight=100)
    for bound in bounds:
        setattr(answer, _BOUNDS[xml.local(bound)], _number(bound))
    return answer


def _name_by_feedback(view: AssessmentItemView, answers: list[Answer], declared: ResponseDeclaration) -> None:
    """Give an answer whose condition shows a comment the id in the identifier of that comment, as we write it."""
    branches = [] if view.processing is None else view.processing.iterfind(".//{*}responseIf")
    for branch in branches:
        values = [xml.inner_text(value).strip() for value in branch.iterfind("{*}setOutcomeValue//{*}baseValue")]
        feedback = next((text for text in values if text.endswith(SUFFIX) and text not in _OF_THE_WHOLE), None)
        compared = _answers(branch[0], declared) if feedback and len(branch) else []
        for answer in answers:
            if feedback and len(compared) == 1 and _same(answer, compared[0]):
                answer.id = identity_of(feedback.removesuffix(SUFFIX))


def _same(one: Answer, other: Answer) -> bool:
    names = ("exact", "margin", "start", "end", "approximate", "precision", "precision_type")
    return all(getattr(one, name) == getattr(other, name) for name in names)
