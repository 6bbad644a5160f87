"""Items by the letter of QTI 1.2, with nothing in them that nothing leads to."""

from __future__ import annotations

from functools import partial

from shared.domain.content.questions import Question
from shared.formats import xml
from shared.formats.packing import Packing
from shared.formats.qti.flavour import Flavour
from shared.formats.qti.generic_types import LACKING
from shared.formats.qti.item import item
from shared.formats.qti.outside_contents import Heading, Losses, Writer
from shared.formats.xml import Element


def generic_items(packing: Packing) -> Writer[Element]:
    """The writer of items for one package."""
    return Writer(LACKING, partial(_write, packing))


def _write(packing: Packing, question: Question, heading: Heading) -> tuple[Element, Losses]:
    """The item, without comments that nothing would show."""
    element = item(question, Flavour.GENERIC, packing)
    element.set("ident", xml.text_of(heading.identifier))
    element.set("title", xml.text_of(heading.title))
    said = "No response to this question would show its comment {}; it is not in the package."
    return element, [("feedback_not_shown", said.format(ident)) for ident in _drop_unshown(element)]


def _drop_unshown(element: Element) -> list[str]:
    """Take out the feedback that no condition shows, which readers report as dangling; its idents."""
    shown = {display.get("linkrefid") for display in element.iterfind(".//{*}displayfeedback")}
    unshown = [block for block in xml.find_all(element, "itemfeedback") if block.get("ident") not in shown]
    for block in unshown:
        element.remove(block)
    return [block.get("ident") or "" for block in unshown]
