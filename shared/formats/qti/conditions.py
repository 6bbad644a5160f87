"""`<respcondition>`: which response scores what and shows which feedback, written and read.

Source: QTI 1.2, resprocessing; the order of attributes is Canvas's.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from shared.formats import xml
from shared.formats.xml import Element

RESPONSE = "response1"  # what Canvas calls the one response of most types


def add_condition(resprocessing: Element, **attributes: str) -> tuple[Element, Element]:
    """Append a respcondition; (it, its conditionvar)."""
    respcondition = xml.add(resprocessing, "respcondition", **attributes)
    return respcondition, xml.add(respcondition, "conditionvar")


def add_outcomes(resprocessing: Element) -> None:
    """Append the one outcome of every Canvas item: SCORE, from 0 to 100."""
    outcomes = xml.add(resprocessing, "outcomes")
    xml.add(outcomes, "decvar", maxvalue="100", minvalue="0", varname="SCORE", vartype="Decimal")


def set_score(respcondition: Element, score: str) -> None:
    """The condition sets the score, as types with one right response do."""
    xml.add(respcondition, "setvar", score, action="Set", varname="SCORE")


def add_score(respcondition: Element, score: str) -> None:
    """The condition adds to the score, as types with several parts do."""
    xml.add(respcondition, "setvar", score, varname="SCORE", action="Add")


def share(parts: int) -> str:
    """The score of one of several parts, with two decimals: 33.33 for three of them."""
    return f"{100 / parts:.2f}"


def show(respcondition: Element, feedback: str) -> None:
    """The condition shows the feedback of this ident."""
    xml.add(respcondition, "displayfeedback", feedbacktype="Response", linkrefid=feedback)


@dataclass(frozen=True, slots=True)
class Condition:
    """A respcondition, read."""

    element: Element
    equals: list[tuple[str, str]] = field(default_factory=list)  # (respident, value) of what must be the response
    substrings: list[tuple[str, str]] = field(default_factory=list)
    score: float | None = None  # None where no score is set
    shows: list[str] = field(default_factory=list)

    @property
    def scores(self) -> bool:
        """Whether a response that meets it earns something."""
        return self.score is not None and self.score > 0

    def values(self, respident: str) -> list[str]:
        """The values that this response must have."""
        return [value for ident, value in self.equals if ident == respident]


def read_conditions(item: Element) -> list[Condition]:
    """The respconditions of an item, in order."""
    return [_condition(element) for element in xml.find_all(item, "resprocessing/respcondition")]


def _condition(element: Element) -> Condition:
    wanted = xml.find(element, "conditionvar")
    return Condition(
        element,
        equals=[] if wanted is None else _wanted(wanted, "varequal"),
        substrings=[] if wanted is None else [*_wanted(wanted, "varsubstring"), *_wanted(wanted, "varsubset")],
        score=_score(element),
        shows=[shown.get("linkrefid") or "" for shown in xml.find_all(element, "displayfeedback")],
    )


def _wanted(parent: Element, name: str) -> list[tuple[str, str]]:
    """The comparisons of this name that are not inside a `<not>`."""
    found: list[tuple[str, str]] = []
    for child in parent:
        if xml.local(child) == name:
            found.append((child.get("respident") or "", xml.inner_text(child)))
        elif xml.local(child) in ("and", "or"):
            found.extend(_wanted(child, name))
    return found


def _score(respcondition: Element) -> float | None:
    """What the condition does to the score; a setvar of another variable is no score."""
    for setvar in xml.find_all(respcondition, "setvar"):
        try:
            return float(xml.inner_text(setvar).strip())
        except ValueError:
            continue
    return None
