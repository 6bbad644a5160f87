"""The XHTML of QTI 2 bodies as HTML: without namespaces, without feedback and interactions."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lxml import etree, html

from shared.formats import xml
from shared.formats.qti.material import Material
from shared.formats.qti21.xhtml import BLOCK
from shared.formats.xml import Element

Replacement = Callable[[Element], str | None]  # the text that replaces an element; None to keep the element

_FEEDBACK = ("feedbackInline", "feedbackBlock")
_LEFT_OUT = ("stylesheet", "infoControl", *_FEEDBACK)
_NAMED_ELSEWHERE = ("", "rubricBlock", *_FEEDBACK)
# Interactions that hold the text around their gaps, as only these do.
_AROUND_GAPS = ("gapMatchInteraction", "hottextInteraction")
_PARTS_OF_INTERACTIONS = ("prompt", "gapText", "gapImg")
# Elements that HTML does not have; their content takes their place.
_UNWRAPPED = ("templateBlock", "templateInline", "itemBody", "contentBody", "hottext")


def is_interaction(element: Element) -> bool:
    """Whether an element is one that a student responds to."""
    return xml.local(element).endswith("Interaction")


def as_html(element: Element, replacement: Replacement = lambda _: None) -> str:
    """The content of an element as HTML, without feedback.

    An interaction becomes its prompt and the text around its gaps, unless `replacement` gives a text for it.
    """
    holder = html.Element("div")
    _copy_content(element, holder, replacement)
    copy: str = etree.tostring(holder, method="html", encoding="unicode")
    return copy.removeprefix("<div>").removesuffix("</div>").strip()


def material_of(element: Element) -> Material:
    """The content of a choice or a feedback: plain text if it has no elements, else HTML."""
    if all(xml.local(child) in ("", *_LEFT_OUT) for child in element):
        text = (element.text or "") + "".join(child.tail or "" for child in element)
        return Material(text=" ".join(text.split()) or None)
    return Material(html=as_html(element) or None)


def body_texts(body: Element | None) -> Iterator[str]:
    """Each text of a body as it stands there, but for feedback and notes, which have warnings of their own."""
    if body is not None:
        yield body.text or ""
        for child in body:
            if xml.local(child) not in _NAMED_ELSEWHERE:
                yield from body_texts(child)
            yield child.tail or ""


def _copy_content(source: Element, target: Element, replacement: Replacement) -> None:
    _add_text(target, source.text)
    for child in source:
        if isinstance(child.tag, str):
            _copy(child, target, replacement)
        _add_text(target, child.tail)


def _copy(source: Element, target: Element, replacement: Replacement) -> None:
    name, text = xml.local(source), replacement(source)
    if text is not None:
        _add_text(target, text)
    elif name not in _LEFT_OUT:
        copy = _copy_interaction if is_interaction(source) else _copy_element
        copy(source, target, replacement)


def _copy_element(source: Element, target: Element, replacement: Replacement) -> None:
    if xml.local(source) in _UNWRAPPED:
        _copy_content(source, target, replacement)
        return
    copy = html.Element(_name(source))
    _copy_attributes(source, copy)
    _copy_content(source, copy, replacement)
    if not _held_only_an_interaction(source, copy):
        target.append(copy)


def _copy_interaction(source: Element, target: Element, replacement: Replacement) -> None:
    prompt = xml.find(source, "prompt")
    if prompt is not None:
        blocks = any(xml.local(child) in BLOCK for child in prompt)
        copy = etree.SubElement(target, "div" if blocks else "p")
        _copy_content(prompt, copy, replacement)
    for child in source if xml.local(source) in _AROUND_GAPS else ():
        if isinstance(child.tag, str) and xml.local(child) not in _PARTS_OF_INTERACTIONS:
            _copy(child, target, replacement)


def _held_only_an_interaction(source: Element, copy: Element) -> bool:
    return not len(copy) and not (copy.text or "").strip() and any(is_interaction(child) for child in source)


def _name(source: Element) -> str:
    """The element of HTML: QTI also has pictures as objects, and rubrics as blocks."""
    name = xml.local(source)
    if name == "object" and (source.get("type") or "").startswith("image/"):
        return "img"
    return "div" if name == "rubricBlock" else name


def _copy_attributes(source: Element, copy: Element) -> None:
    for key, value in source.items():
        name = etree.QName(str(key)).localname
        if copy.tag == "img" and name == "data":
            name = "src"
        if name not in ("type", "view", "use", "base", "showHide") or copy.tag == "object":
            copy.set(name, str(value))


def _add_text(target: Element, text: str | None) -> None:
    if not text:
        return
    if len(target):
        target[-1].tail = (target[-1].tail or "") + text
    else:
        target.text = (target.text or "") + text
