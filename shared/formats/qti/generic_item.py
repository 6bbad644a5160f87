"""`<item>` by the letter of QTI 1.2, for readers other than Canvas: without feedback that no condition shows."""

from __future__ import annotations

from functools import partial

from shared.domain.content.questions import Question
from shared.domain.warning_codes import WarningCode
from shared.formats import xml
from shared.formats.packing import Packing
from shared.formats.qti.generic_types import UNSUPPORTED_TYPES
from shared.formats.qti.item import item
from shared.formats.qti.portable_items import Heading, ItemWriter, Losses
from shared.formats.qti.profiles import QtiProfile
from shared.formats.xml import Element

# How the names of elements begin that compare a response, or stand for any other one; `setvar` does neither.
_COMPARES = ("var", "other")


def generic_items(packing: Packing) -> ItemWriter[Element]:
    """The writer of items for one package."""
    return ItemWriter(UNSUPPORTED_TYPES, partial(_write, packing))


def _write(packing: Packing, question: Question, heading: Heading) -> tuple[Element, Losses]:
    """(item, losses); ValueError for a number that a numerical answer cannot have."""
    element = item(question, QtiProfile.GENERIC, packing)
    element.set("ident", xml.text_of(heading.identifier))
    element.set("title", xml.text_of(heading.title))
    drop_empty_processing(element)
    return element, [*feedback_lost(element), *_labels_lost(question)]


def feedback_lost(element: Element) -> Losses:
    """Remove the feedback that no condition shows; a warning for each."""
    sentence = "No response to this question would show its comment {}; it is not in the package."
    return [(WarningCode.FEEDBACK_NOT_SHOWN, sentence.format(ident)) for ident in _drop_unshown(element)]


def _labels_lost(question: Question) -> Losses:
    settings = question.new_quiz
    if settings is None or not (settings.top_label or settings.bottom_label):
        return []
    return [(WarningCode.SETTINGS_NOT_EXPRESSED, "The format has no place for labels at the ends of an order.")]


def drop_empty_processing(element: Element) -> None:
    """Remove conditions that compare nothing, then a `<resprocessing>` without conditions: QTI 1.2 has neither."""
    for processing in xml.find_all(element, "resprocessing"):
        for condition in xml.find_all(processing, "respcondition"):
            if not any(xml.local(each).startswith(_COMPARES) for each in condition.iter()):
                processing.remove(condition)
        if xml.find(processing, "respcondition") is None:
            element.remove(processing)


def _drop_unshown(element: Element) -> list[str]:
    """Remove the feedback that no condition shows, which readers report as dangling; return its idents."""
    shown = {display.get("linkrefid") for display in element.iterfind(".//{*}displayfeedback")}
    unshown = [block for block in xml.find_all(element, "itemfeedback") if block.get("ident") not in shown]
    for block in unshown:
        element.remove(block)
    return [block.get("ident") or "" for block in unshown]
