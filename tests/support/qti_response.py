"""A response processor for QTI 1.2 items, written from the information model of IMS, not from our writer.

`<respcondition>`s are looked at in order. Each whose `<conditionvar>` holds applies its `<setvar>`s and shows its
feedback; unless it says continue="Yes" no later one is looked at. Several children of a conditionvar must all hold,
as in `<and>`; several equals side by side are alternatives where the response has one value (Canvas's short answers),
and the places of an order where it is ordered.

Canvas leaves `continue` out where each condition adds its share, and reads such items as if all were looked at:
`adds_up` does so too. What QTI 1.2 has no condition for is scored by what the item states: `process_formula` by the
answers worked out in its extension, `process_point` by the areas of its picture.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from lxml import etree

Responses = Mapping[str, list[str]]  # what a student gave, by the ident of the response


@dataclass
class Outcome:
    """What an item makes of the responses."""

    score: Decimal = Decimal(0)
    feedback: list[str] = field(default_factory=list)


def process(item: etree._Element, responses: Responses, *, adds_up: bool = False) -> Outcome:
    """Score an item. `responses` may leave out what was not answered."""
    outcome = Outcome()
    decimals = {
        response.get("ident")
        for response in item.iterfind(".//{*}response_str")
        if response.find("{*}render_fib[@fibtype='Decimal']") is not None
    }
    cardinalities = {r.get("ident"): r.get("rcardinality", "Single") for r in item.iterfind(".//{*}response_lid")}
    student = _Student(responses, decimals, cardinalities)
    for condition in item.iterfind("{*}resprocessing/{*}respcondition"):
        if not student.meets(condition.find("{*}conditionvar")):
            continue
        adding = False
        for setvar in condition.iterfind("{*}setvar"):
            value = Decimal(setvar.text or "0")
            adding = setvar.get("action") == "Add"
            outcome.score = outcome.score + value if adding else value
        outcome.feedback += [shown.get("linkrefid", "") for shown in condition.iterfind("{*}displayfeedback")]
        if condition.get("continue", "No") != "Yes" and not (adds_up and condition.get("continue") is None):
            break
    return outcome


def process_formula(item: etree._Element, var_set: str, given: str) -> Decimal:
    """The score of a number for one set of the variables. A tolerance with `%` is a part of the answer."""
    calculated = item.find("{*}itemproc_extension/{*}calculated")
    assert calculated is not None
    answer = Decimal(calculated.findtext(f"{{*}}var_sets/{{*}}var_set[@ident='{var_set}']/{{*}}answer") or "")
    stated = calculated.find("{*}answer_tolerance")
    text = "0" if stated is None else stated.text or "0"
    in_percent = text.endswith("%") or (stated is not None and stated.get("margin_type") == "percent")
    tolerance = Decimal(text.removesuffix("%")) * (abs(answer) / 100 if in_percent else 1)
    is_near = _compare(given, str(answer), lambda a, b: abs(a - b) <= tolerance)
    return Decimal(100 if is_near else 0)


def process_point(item: etree._Element, x: float, y: float) -> Decimal:
    """The score of a point in a picture whose sides are 1 long: 100 in one of its rectangles."""
    areas = [
        label for label in item.iterfind(".//{*}render_hotspot//{*}response_label") if label.get("rarea") == "rectangle"
    ]
    corners = [[float(number) for number in (area.text or "").split(",")] for area in areas]
    return Decimal(100 if any(c[0] <= x <= c[2] and c[1] <= y <= c[3] for c in corners) else 0)


class _Student:
    def __init__(
        self, responses: Responses, decimals: set[str | None], cardinalities: Mapping[str | None, str]
    ) -> None:
        self._responses = responses
        self._decimals = decimals
        self._cardinalities = cardinalities

    def meets(self, conditionvar: etree._Element | None) -> bool:
        children = [] if conditionvar is None else [c for c in conditionvar if isinstance(c.tag, str)]
        alternatives = [c for c in children if _name(c) == "varequal"]
        if len(alternatives) > 1 and len(alternatives) == len(children):
            return self._holds_together(alternatives)
        return all(self._holds(child) for child in children)

    def _holds_together(self, equals: list[etree._Element]) -> bool:
        ident = equals[0].get("respident")
        cardinality = self._cardinalities.get(ident, "Single")
        if cardinality == "Ordered":
            return self._responses.get(ident or "") == [equal.text for equal in equals]
        return (all if cardinality == "Multiple" else any)(self._holds(equal) for equal in equals)

    def _holds(self, element: etree._Element) -> bool:
        name = _name(element)
        inner = [child for child in element if isinstance(child.tag, str)]
        if name == "other":
            return True
        if name == "and":
            return all(self._holds(child) for child in inner)
        if name == "or":
            return any(self._holds(child) for child in inner)
        if name == "not":
            return not all(self._holds(child) for child in inner)
        return self._compares(element, name)

    def _compares(self, element: etree._Element, name: str) -> bool:
        ident, wanted = element.get("respident"), element.text or ""
        given = self._responses.get(ident or "", [])
        if name == "varequal":
            return any(self._equal(ident, value, wanted, element.get("case") == "Yes") for value in given)
        orders: dict[str, Callable[[Decimal, Decimal], bool]] = {
            "vargt": lambda a, b: a > b,
            "vargte": lambda a, b: a >= b,
            "varlt": lambda a, b: a < b,
            "varlte": lambda a, b: a <= b,
        }
        return any(_compare(value, wanted, orders[name]) for value in given)

    def _equal(self, ident: str | None, value: str, wanted: str, case: bool) -> bool:
        if ident in self._decimals:
            return _compare(value, wanted, lambda a, b: a == b)
        return value == wanted if case else value.casefold() == wanted.casefold()


def _compare(value: str, wanted: str, order: Callable[[Decimal, Decimal], bool]) -> bool:
    try:
        return order(Decimal(value), Decimal(wanted))
    except InvalidOperation:
        return False


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname
