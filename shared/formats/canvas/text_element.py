"""The `<text>` of topics and of assignments in Common Cartridge: HTML or plain text, escaped."""

from __future__ import annotations

import html

from shared.formats import xml


def append(parent: xml.Element, text: str | None) -> None:
    """`<text texttype="text/html">`, empty for no text."""
    xml.add(parent, "text", text, texttype="text/html")


def read(parent: xml.Element) -> str | None:
    """The text as HTML: as it stands, or escaped where it says that it is plain; None for none."""
    element = xml.find(parent, "text")
    if element is None:
        return None
    text = "".join(str(part) for part in element.itertext())
    if element.get("texttype") == "text/plain":
        text = html.escape(text, quote=False).replace("\n", "<br>\n")
    return text or None
