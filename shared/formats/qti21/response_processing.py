"""`<responseProcessing>`, its rules and its expressions. Source: QTI 2.1, response processing and expressions."""

from __future__ import annotations

from copy import deepcopy

from shared.formats import xml
from shared.formats.qti21.vocabulary import FEEDBACK, QTI, SCORE, TEMPLATES
from shared.formats.xml import Element


def add_processing(item: Element, rules: list[Element], template: str | None = None) -> None:
    """Append `<responseProcessing>`: the standard's template if it is given, else the rules; nothing without either."""
    if template:
        xml.add(item, "responseProcessing", template=TEMPLATES + template)
    elif rules:
        xml.add(item, "responseProcessing").extend(rules)


def node(tag: str, *children: Element, **attributes: object) -> Element:
    """An element with these children; a child that already has a parent is copied, so that expressions can be reused."""
    element = xml.element(tag, QTI, **attributes)
    for child in children:
        element.append(child if child.getparent() is None else deepcopy(child))
    return element


def variable(identifier: str) -> Element:
    """The value of a variable."""
    return node("variable", identifier=identifier)


def value(base_type: str, text: object) -> Element:
    """A constant."""
    element = node("baseValue", baseType=base_type)
    element.text = xml.text_of(text)
    return element


def is_correct(identifier: str) -> Element:
    """Whether a response is the declared one."""
    return node("match", variable(identifier), node("correct", identifier=identifier))


def mapped(identifier: str) -> Element:
    """The points that the mapping of a response gives it."""
    return node("mapResponse", identifier=identifier)


def any_of(expressions: list[Element]) -> Element:
    """Whether one of these holds."""
    return expressions[0] if len(expressions) == 1 else node("or", *expressions)


def all_of(expressions: list[Element]) -> Element:
    """Whether all of these hold."""
    return expressions[0] if len(expressions) == 1 else node("and", *expressions)


def set_score(expression: Element) -> Element:
    """The rule that sets the score."""
    return node("setOutcomeValue", expression, identifier=SCORE)


def show(feedback: str) -> Element:
    """The rule that shows one more piece of feedback."""
    # FEEDBACK holds several identifiers: a rule that set it to one would hide what an earlier rule shows.
    identifiers = node("multiple", variable(FEEDBACK), value("identifier", feedback))
    return node("setOutcomeValue", identifiers, identifier=FEEDBACK)


def keep_feedback() -> Element:
    """The rule that changes nothing, for a branch that must have a rule."""
    return node("setOutcomeValue", variable(FEEDBACK), identifier=FEEDBACK)


def when(condition: Element, *rules: Element, otherwise: tuple[Element, ...] = ()) -> Element:
    """Rules for when a condition holds, and others for when it does not."""
    element = node("responseCondition", node("responseIf", condition, *rules))
    if otherwise:
        element.append(node("responseElse", *otherwise))
    return element
