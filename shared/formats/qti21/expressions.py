"""Expressions and rules of response processing, as elements. Source: QTI 2.1, response processing and expressions."""

from __future__ import annotations

from copy import deepcopy

from shared.formats import xml
from shared.formats.qti21.names import FEEDBACK, QTI, SCORE
from shared.formats.xml import Element


def node(tag: str, *children: Element, **attributes: object) -> Element:
    """An element with these children. One that stands somewhere already is copied: an expression has many places."""
    made = xml.element(tag, QTI, **attributes)
    for child in children:
        made.append(child if child.getparent() is None else deepcopy(child))
    return made


def variable(identifier: str) -> Element:
    """The value of a variable."""
    return node("variable", identifier=identifier)


def value(base_type: str, text: object) -> Element:
    """A constant."""
    made = node("baseValue", baseType=base_type)
    made.text = xml.text_of(text)
    return made


def is_correct(identifier: str) -> Element:
    """Whether a response is the declared one."""
    return node("match", variable(identifier), node("correct", identifier=identifier))


def mapped(identifier: str) -> Element:
    """What a response is worth by its mapping."""
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
    shown = node("multiple", variable(FEEDBACK), value("identifier", feedback))
    return node("setOutcomeValue", shown, identifier=FEEDBACK)


def when(condition: Element, *rules: Element, otherwise: tuple[Element, ...] = ()) -> Element:
    """Rules for when a condition holds, and for when it does not."""
    made = node("responseCondition", node("responseIf", condition, *rules))
    if otherwise:
        made.append(node("responseElse", *otherwise))
    return made
