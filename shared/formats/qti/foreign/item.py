"""An `<item>` of another tool in the shape that the readers of items know: that of Canvas.

Other tools put white space around values, score by "SCORE.max" or by feedback alone, write matching questions as one
`response_grp`, and several blanks as one response. Each is rewritten here, in the parsed item, before it is read.
Source: QTI 1.2 and its best practice guide; Samigo, Blackboard, Respondus.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from shared.formats import xml
from shared.formats.qti.foreign.numbers import split_alternatives, with_point
from shared.formats.qti.foreign.responses import TYPED, rewrite_responses
from shared.formats.qti.material import RESPONSES, is_html, pieces
from shared.formats.xml import Element

_VALUES = frozenset(
    {
        *("fieldlabel", "fieldentry", "setvar", "qmd_itemtype"),
        *("varequal", "vargte", "vargt", "varlte", "varlt", "varsubset", "varsubstring", "varinside"),
    }
)
# Attributes of parts of an item that name a part, and those that have one of a few words, whatever their case.
_NAMING = ("ident", "respident", "linkrefid")
_WORDS = ("rcardinality", "fibtype", "action", "shuffle")
# Elements whose text is one whole: its edges are no content.
_HOLDERS = frozenset({"response_label", "itemfeedback", "presentation", *RESPONSES})
_LINE_AT_EDGE = re.compile(r"\A\s*\n\s*|\s*\n\s*\Z")
_RIGHT = re.compile(r"correct|right", re.IGNORECASE)
_WRONG = re.compile(r"in-?correct|not|wrong|(^|_)ic$", re.IGNORECASE)


def rewrite(item: Element) -> None:
    """Rewrite an item of another tool in place."""
    _trim(item)
    _score_by_number(item)
    _score_by_feedback(item)
    rewrite_responses(item)
    split_alternatives(item)


def _trim(item: Element) -> None:
    """Remove the white space around values, and that which a line of its own puts around a text."""
    for element in item.iter():
        name = xml.local(element)
        if name in _VALUES:
            element.text = (element.text or "").strip()
        elif name in _HOLDERS:
            _trim_texts(pieces(element, with_responses=True))
            element.text = (element.text or "").strip() or None
    for element in item.iterdescendants("{*}*"):
        xml.set_if(element, **{name: value.strip() for name in _NAMING if (value := element.get(name)) is not None})
        xml.set_if(element, **{name: value.strip().capitalize() for name in _WORDS if (value := element.get(name))})


def _trim_texts(parts: list[Element]) -> None:
    """Trim the texts of one whole. Blanks stand between words: the space beside one is content."""
    several = sum(xml.local(part) in RESPONSES for part in parts) > 1
    parts = [part for part in parts if xml.local(part) not in RESPONSES or _is_blank(part, several)]
    for part in parts:
        if xml.local(part) == "mattext" and not is_html(part):
            part.text = _LINE_AT_EDGE.sub(" ", part.text or "")
            part.text = part.text.lstrip() if part is parts[0] else part.text
            part.text = part.text.rstrip() if part is parts[-1] else part.text


def _is_blank(response: Element, several: bool) -> bool:
    """Whether a response stands between words: a typed one, or one of several lists without a text of their own."""
    return xml.local(response) in TYPED or (several and not pieces(response))


def _score_by_number(item: Element) -> None:
    """Give the number in the place of a name: the score "SCORE.max" is the highest one of the outcome."""
    highest = {outcome.get("varname") or "SCORE": outcome.get("maxvalue") for outcome in _outcomes(item)}
    for setvar in item.iter("{*}setvar"):
        setvar.text = with_point(setvar.text or "")
        name, _, end = (setvar.text or "").lower().rpartition(".")
        if name and end in ("max", "min"):
            number = highest.get(setvar.get("varname") or setvar.get("variablename") or "SCORE")
            setvar.text = "0" if end == "min" else number if number and _is_number(number) else "100"


def _outcomes(item: Element) -> list[Element]:
    return xml.find_all(item, "resprocessing/outcomes/decvar")


def _score_by_feedback(item: Element) -> None:
    """Where no condition sets a score, the one that is called, or shows what is called, correct earns all points."""
    conditions = xml.find_all(item, "resprocessing/respcondition")
    if any(_is_number(xml.inner_text(setvar)) for each in conditions for setvar in xml.find_all(each, "setvar")):
        return
    for condition in conditions:
        words = [condition.get("title") or "", *(shown.get("linkrefid") or "" for shown in _shown(condition))]
        if any(_RIGHT.search(word) and not _WRONG.search(word) for word in words) and _compares(condition):
            xml.add(condition, "setvar", "100", action="Set", varname="SCORE")


def _shown(condition: Element) -> Iterator[Element]:
    return condition.iterfind("{*}displayfeedback")


def _compares(condition: Element) -> bool:
    return any(xml.local(element).startswith("var") for element in condition.iter())


def _is_number(text: str) -> bool:
    return xml.number_of(text) is not None
