"""The `<text>` of topics and of assignments in Common Cartridge: HTML or plain text, escaped."""

from __future__ import annotations

import html

from shared.formats import xml


def append(parent: xml.Element, text: str | None) -> None:
    """`<text texttype="text/html">`, empty for no text."""
    xml.add(parent, "text", text, texttype="text/html")


def read(parent: xml.Element) -> str | None:
    """The text as HTML, with plain text escaped; None for a missing or an empty one."""
    element = xml.find(parent, "text")
    if element is None:
        return None
    text = "".join(str(part) for part in element.itertext())
    # Only a stated text/plain is escaped: tools omit the attribute where they write HTML.
    if element.get("texttype") == "text/plain":
        text = html.escape(text, quote=False).replace("\n", "<br>\n")
    return text or None
