"""Documents of QTI 2.1 as bytes: indented where only elements stand, and not where white space is text."""

from __future__ import annotations

from lxml import etree

from shared.formats import xml
from shared.formats.qti21 import xhtml
from shared.formats.xml import Element

_MIXED = xhtml.INLINE | xhtml.BLOCK | {"simpleChoice", "simpleAssociableChoice", "modalFeedback"}


def serialize(root: Element) -> bytes:
    """The whole document: UTF-8 declaration, two-space indentation outside of texts."""
    _indent(root, 0)
    return xml.DECLARATION + etree.tostring(root, encoding="UTF-8", xml_declaration=False) + b"\n"


def _indent(element: Element, depth: int) -> None:
    if not len(element) or xml.local(element) in _MIXED:
        return
    inner = "\n" + "  " * (depth + 1)
    element.text = inner
    for child in element:
        _indent(child, depth + 1)
        child.tail = inner
    element[-1].tail = inner[:-2]
