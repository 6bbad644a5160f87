"""The `<text>` of topics and of assignments in Common Cartridge: HTML or plain text, escaped."""

from __future__ import annotations

import html

from shared.formats import xml
from shared.formats.inline_markup import inline_markup


def append(parent: xml.Element, text: str | None, tag: str = "text") -> None:
    """`<text texttype="text/html">`, empty for no text."""
    xml.add(parent, tag, text, texttype="text/html")


def read(parent: xml.Element, tag: str = "text") -> str | None:
    """The text as HTML, with plain text escaped; None for a missing or an empty one."""
    element = xml.find(parent, tag)
    if element is None:
        return None
    text = inline_markup(element) if len(element) else element.text or ""
    # Only a stated text/plain is escaped: tools omit the attribute where they write HTML.
    if element.get("texttype") == "text/plain" and not len(element):
        text = html.escape(text, quote=False).replace("\n", "<br>\n")
    return text or None
