"""Documents of QTI 2.1 and 3.0 as bytes: indented between elements, but not where white space is text."""

from __future__ import annotations

from lxml import etree

from shared.formats import xml
from shared.formats.qti21 import xhtml
from shared.formats.qti21.version3 import as_version3
from shared.formats.qti21.vocabulary import QTI, VERSION_3_0, Edition
from shared.formats.xml import Element

# White space in these is content: a reader would show a blank in the middle of a word.
_MIXED = xhtml.INLINE | xhtml.BLOCK | {"simpleChoice", "simpleAssociableChoice", "modalFeedback"}
_HOLDS_TEXT = frozenset(f"{{{QTI}}}{name}" for name in _MIXED)


def serialize(root: Element, edition: Edition) -> bytes:
    """The document, built in the names of QTI 2.1, in UTF-8 with its declaration, indented by two spaces outside of texts."""
    _indent(root, "\n")
    root = as_version3(root) if edition is VERSION_3_0 else root
    return xml.DECLARATION + etree.tostring(root, encoding="UTF-8", xml_declaration=False) + b"\n"


def _indent(element: Element, line: str) -> None:
    """Indent the children; `line` is the line break and the indentation of the element itself."""
    if not len(element) or element.tag in _HOLDS_TEXT:
        return
    inner = f"{line}  "
    element.text = inner
    for child in element:
        _indent(child, inner)
        child.tail = inner
    element[-1].tail = line
