"""Numbers that an item of another tool accepts: a condition for each, as Canvas has it, and a point in each."""

from __future__ import annotations

import copy
import re

from shared.formats import xml
from shared.formats.xml import Element

_COMPARISONS = ("varequal", "vargte", "vargt", "varlte", "varlt")
_DECIMAL_COMMA = re.compile(r"\s*[+-]?\d+,\d+\s*")
_NUMERIC = ("Integer", "Decimal", "Scientific")


def split_alternatives(item: Element) -> None:
    """Give each number of an `<or>` a condition of its own; decimal commas become points."""
    numeric = {
        response.get("ident") for response in item.iter("{*}response_num", "{*}response_str") if is_numeric(response)
    }
    if not numeric:
        return
    for comparison in item.iter(*(f"{{*}}{name}" for name in _COMPARISONS)):
        if comparison.get("respident") in numeric:
            comparison.text = with_point(comparison.text or "")
    for condition in xml.find_all(item, "resprocessing/respcondition"):
        _split(condition, numeric)


def with_point(text: str) -> str:
    """A number with a decimal comma as one with a point; any other text as it is."""
    return text.replace(",", ".") if _DECIMAL_COMMA.fullmatch(text) else text


def is_numeric(response: Element) -> bool:
    """Whether a number is to be typed into a response."""
    types = {fib.get("fibtype") for fib in response.iter("{*}render_fib")}
    return xml.local(response) == "response_num" or not types.isdisjoint(_NUMERIC)


def _split(condition: Element, numeric: set[str | None]) -> None:
    either = xml.find(condition, "conditionvar/or")
    if either is None or not {each.get("respident") for each in either.iter() if _compares(each)} <= numeric:
        return
    parts = [part for part in either if xml.local(part) in ("and", *_COMPARISONS)]
    # An equal beside a pair of bounds is one number with its margin.
    if len(parts) < 2 or ({xml.local(part) for part in parts[:2]} == {"varequal", "and"} and len(parts) == 2):
        return
    for part in parts:
        alternative = copy.deepcopy(condition)
        other = xml.find(alternative, "conditionvar/or")
        if other is not None:
            other[:] = [copy.deepcopy(part)]
        condition.addprevious(alternative)
    parent = condition.getparent()
    if parent is not None:
        parent.remove(condition)


def _compares(element: Element) -> bool:
    return xml.local(element) in _COMPARISONS
