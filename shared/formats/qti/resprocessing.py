"""`<resprocessing>` and its `<respcondition>`s: which response scores what and shows which feedback.

Source: QTI 1.2, resprocessing; the order of attributes is Canvas's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from shared.formats import xml
from shared.formats.xml import Element

# The ident of the one response of most types, in Canvas.
RESPONSE = "response1"


def add_condition(resprocessing: Element, **attributes: str) -> tuple[Element, Element]:
    """Append a respcondition; (it, its conditionvar)."""
    respcondition = xml.add(resprocessing, "respcondition", **attributes)
    return respcondition, xml.add(respcondition, "conditionvar")


def add_resprocessing(item: Element) -> Element:
    """Append `<resprocessing>` with the one outcome of every Canvas item: SCORE, from 0 to 100."""
    resprocessing = xml.add(item, "resprocessing")
    outcomes = xml.add(resprocessing, "outcomes")
    xml.add(outcomes, "decvar", maxvalue="100", minvalue="0", varname="SCORE", vartype="Decimal")
    return resprocessing


def set_score(respcondition: Element, score: str) -> None:
    """Append the setvar that sets the score, for types with one right response."""
    xml.add(respcondition, "setvar", score, action="Set", varname="SCORE")


def add_score(respcondition: Element, score: str) -> None:
    """Append the setvar that adds to the score, for types with several parts."""
    # Canvas has the attributes of `Set` and `Add` in different orders; the order means nothing.
    xml.add(respcondition, "setvar", score, varname="SCORE", action="Add")


def share(parts: int) -> str:
    """The score of one of several parts, with two decimals: 33.33 for three of them."""
    # Each share is rounded by itself: three add up to 99.99, as in Canvas.
    return f"{100 / parts:.2f}"


def show(respcondition: Element, feedback: str) -> None:
    """Append the displayfeedback that shows the feedback of this ident."""
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
        """Whether a response that meets it earns points."""
        return self.score is not None and self.score > 0

    def values(self, respident: str) -> list[str]:
        """The values of which this response must have one."""
        return [value for ident, value in self.equals if ident == respident]


def read_conditions(item: Element) -> list[Condition]:
    """The respconditions of an item, in order."""
    return [_condition(element) for element in xml.find_all(item, "resprocessing/respcondition")]


def _condition(element: Element) -> Condition:
    conditionvar = xml.find(element, "conditionvar")
    return Condition(
        element,
        equals=[] if conditionvar is None else _comparisons(conditionvar, "varequal"),
        substrings=[] if conditionvar is None else _comparisons(conditionvar, "varsubstring", "varsubset"),
        score=score_of(element),
        shows=[shown.get("linkrefid") or "" for shown in xml.find_all(element, "displayfeedback")],
    )


def _comparisons(parent: Element, *names: str) -> list[tuple[str, str]]:
    """(respident, value) of the comparisons of these names that are not inside a `<not>`, name by name."""
    return [comparison for name in names for comparison in _comparisons_named(parent, name)]


def _comparisons_named(parent: Element, name: str) -> Iterator[tuple[str, str]]:
    for child in parent:
        if xml.local(child) == name:
            yield child.get("respident") or "", xml.inner_text(child)
        elif xml.local(child) in ("and", "or"):
            yield from _comparisons_named(child, name)


def score_of(respcondition: Element) -> float | None:
    """The number of the first setvar that has one, negative where it is subtracted; None where no score is set."""
    for setvar in xml.find_all(respcondition, "setvar"):
        number = xml.number_of(xml.inner_text(setvar))
        if number is not None:
            return -number if setvar.get("action") == "Subtract" else number
    return None
