"""Texts that several items share, as a part of each of these items. Source: QTI 2.2 and 3.0, assessmentStimulus."""

from __future__ import annotations

import copy
import posixpath
from collections.abc import Mapping
from urllib.parse import unquote

from lxml import etree

from shared.formats import xml
from shared.formats.xml import Element

STIMULUS = "assessmentStimulus"
_ADDRESSES = ("src", "href", "data")
# Characters of all copies: one large text and many items would fill the memory.
_LARGEST = 20_000_000


def insert_stimuli(documents: Mapping[str, Element]) -> set[str]:
    """Put each shared text in front of the body of the items that refer to it; the members of the texts that are used.

    A reference to a text that is missing, or of which there would be too many copies, stays.
    """
    used: set[str] = set()
    contents = {m: xml.find(root, "stimulusBody") for m, root in documents.items() if xml.local(root) == STIMULUS}
    sizes = {m: len(etree.tostring(content)) for m, content in contents.items() if content is not None}
    room = _LARGEST
    for member, root in documents.items():
        body = xml.find(root, "itemBody")
        for ref in [] if body is None else reversed(xml.find_all(root, f"{STIMULUS}Ref")):
            text = posixpath.normpath(posixpath.join(posixpath.dirname(member), unquote(ref.get("href") or "")))
            content = contents.get(text)
            if body is not None and content is not None and sizes[text] <= room:
                room -= sizes[text]
                body.insert(0, _moved(content, posixpath.dirname(text), posixpath.dirname(member)))
                root.remove(ref)
                used.add(text)
    return used


def _moved(content: Element, source: str, target: str) -> Element:
    """A copy of a text as a block, with its relative addresses as seen from another folder."""
    block = copy.deepcopy(content)
    block.tag, block.tail = content.tag.replace("stimulusBody", "div"), None
    for element in block.iter("{*}*"):
        for name in _ADDRESSES:
            address = element.get(name)
            if address and ":" not in address and not address.startswith(("#", "/")):
                element.set(name, posixpath.relpath(posixpath.join(source, address), target or "."))
    return block
