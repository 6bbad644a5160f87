"""Documents of QTI 2.1 as bytes: indented where only elements stand, and not where white space is text."""

from __future__ import annotations

from lxml import etree

from shared.formats import xml
from shared.formats.qti21 import xhtml
from shared.formats.qti21.names import QTI
from shared.formats.xml import Element

_MIXED = xhtml.INLINE | xhtml.BLOCK | {"simpleChoice", "simpleAssociableChoice", "modalFeedback"}
_HOLDS_TEXT = frozenset(f"{{{QTI}}}{name}" for name in _MIXED)


def serialize(root: Element) -> bytes:
    """The whole document: UTF-8 declaration, two-space indentation outside of texts."""
    _indent(root, "\n")
    return xml.DECLARATION + etree.tostring(root, encoding="UTF-8", xml_declaration=False) + b"\n"


def _indent(element: Element, line: str) -> None:
    """`line` is the line break before the element, with the space that it stands behind."""
    if not len(element) or element.tag in _HOLDS_TEXT:
        return
    inner = f"{line}  "
    element.text = inner
    for child in element:
        _indent(child, inner)
        child.tail = inner
    element[-1].tail = line
