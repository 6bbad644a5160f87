"""The XHTML that tools write as elements inside a text, as HTML."""

from __future__ import annotations

import copy
import re
from html import unescape

from lxml import etree

from shared.formats import xml

_TAG = re.compile(r"</?[A-Za-z]")


def inline_markup(piece: xml.Element) -> str:
    """The elements inside a text as HTML, without namespaces. Text beside them that has tags was escaped twice."""
    copied = copy.deepcopy(piece)
    copied.tail = None
    for element in copied.iter(etree.Element):
        element.tag = xml.local(element)
        for name in [name for name in element.attrib if str(name).startswith("{")]:
            element.set(etree.QName(str(name)).localname, str(element.attrib.pop(name)))
    etree.cleanup_namespaces(copied)
    copied.attrib.clear()
    markup: str = etree.tostring(copied, method="html", encoding="unicode")
    inside = markup.partition(">")[2].rpartition("</")[0]
    escaped_twice = any(_TAG.search(str(text)) for text in copied.itertext())
    return unescape(inside) if escaped_twice else inside
