"""The XHTML of QTI 2 bodies as HTML: without namespaces, without what belongs to the scoring."""

from __future__ import annotations

from collections.abc import Callable

from lxml import etree, html

from shared.formats import xml
from shared.formats.qti.material import Material
from shared.formats.qti21.xhtml import BLOCK
from shared.formats.xml import Element

Stand = Callable[[Element], str | None]  # the text in the place of an element; None for one that is not replaced

_FEEDBACK = ("feedbackInline", "feedbackBlock")
_LEFT_OUT = ("stylesheet", "infoControl", *_FEEDBACK)
_AROUND_GAPS = ("gapMatchInteraction", "hottextInteraction")  # interactions with text of their own
_ASKED = ("prompt", "gapText", "gapImg")
_UNWRAPPED = (
    "templateBlock",
    "templateInline",
    "itemBody",
    "contentBody",
    "hottext",
)  # their content stands for itself


def is_interaction(element: Element) -> bool:
    """Whether an element asks something of a student."""
    return xml.local(element).endswith("Interaction")


def as_html(element: Element, stand: Stand = lambda _: None) -> str:
    """The content of an element as HTML, without feedback.

    Of an interaction only its prompt is left, and the text around gaps, unless something stands for it.
    """
    holder = html.Element("div")
    _copy_content(element, holder, stand)
    made: str = etree.tostring(holder, method="html", encoding="unicode")
    return made.removeprefix("<div>").removesuffix("</div>").strip()


def said(element: Element) -> Material:
    """What a choice or a feedback says: plain text where there is nothing else, else HTML."""
    if all(xml.local(child) in ("", *_LEFT_OUT) for child in element):
        text = (element.text or "") + "".join(child.tail or "" for child in element)
        return Material(text=" ".join(text.split()) or None)
    return Material(html=as_html(element) or None)


def _copy_content(source: Element, target: Element, stand: Stand) -> None:
    _add_text(target, source.text)
    for child in source:
        if isinstance(child.tag, str):
            _copy(child, target, stand)
        _add_text(target, child.tail)


def _copy(source: Element, target: Element, stand: Stand) -> None:
    name, instead = xml.local(source), stand(source)
    if instead is not None:
        _add_text(target, instead)
    elif is_interaction(source):
        _copy_interaction(source, target, stand)
    elif name in _UNWRAPPED:
        _copy_content(source, target, stand)
    elif name not in _LEFT_OUT:
        made = html.Element(_name(source))
        _copy_attributes(source, made)
        _copy_content(source, made, stand)
        if not _held_only_an_interaction(source, made):
            target.append(made)


def _copy_interaction(source: Element, target: Element, stand: Stand) -> None:
    prompt = xml.find(source, "prompt")
    if prompt is not None:
        blocks = any(xml.local(child) in BLOCK for child in prompt)
        made = etree.SubElement(target, "div" if blocks else "p")
        _copy_content(prompt, made, stand)
    for child in source if xml.local(source) in _AROUND_GAPS else ():
        if isinstance(child.tag, str) and xml.local(child) not in _ASKED:
            _copy(child, target, stand)


def _held_only_an_interaction(source: Element, made: Element) -> bool:
    return not len(made) and not (made.text or "").strip() and any(is_interaction(child) for child in source)


def _name(source: Element) -> str:
    """Pictures come as objects in QTI too; a rubric is a block of its own."""
    name = xml.local(source)
    if name == "object" and (source.get("type") or "").startswith("image/"):
        return "img"
    return "div" if name == "rubricBlock" else name


def _copy_attributes(source: Element, made: Element) -> None:
    for key, value in source.items():
        name = etree.QName(str(key)).localname
        if made.tag == "img" and name == "data":
            name = "src"
        if name not in ("type", "view", "use", "base", "showHide") or made.tag == "object":
            made.set(name, str(value))


def _add_text(target: Element, text: str | None) -> None:
    if not text:
        return
    if len(target):
        target[-1].tail = (target[-1].tail or "") + text
    else:
        target.text = (target.text or "") + text
