"""Documents of QTI 3.0 from those of QTI 2.1, and back: 3.0 has other names for nearly the same.

Elements of QTI have a prefix and words with hyphens (`<qti-item-body>`), so have their attributes; those of HTML keep
their names. Source: QTI 3.0, its binding, final of 2022.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from lxml import etree

from shared.formats import xml
from shared.formats.qti21 import xhtml
from shared.formats.qti21.vocabulary import QTI, QTI3, QTI3_XSD, TEMPLATES, TEMPLATES3
from shared.formats.xml import XSI, Element

_PREFIX = "qti-"
_HTML = xhtml.INLINE | xhtml.BLOCK | xhtml.PARTS
# Elements whose content QTI 3.0 has in one more element.
_WITH_BODY = frozenset({"rubricBlock", "modalFeedback"})
_CONTENT_BODY = "qti-content-body"
_CAPITAL = re.compile("[A-Z]")
_HYPHEN = re.compile("-([a-z])")
# Attributes that have hyphens in every version.
_HYPHENATED = ("data-", "aria-")
_KNOWN_NAMES = 512


def as_version3(root: Element) -> Element:
    """The document of QTI 3.0 that says what a document of ours in QTI 2.1 says."""
    copy = _version3(root)
    copy.set(f"{{{XSI}}}schemaLocation", f"{QTI3} {QTI3_XSD}")
    return copy


def _version3(element: Element) -> Element:
    """A copy of an element; parts in other namespaces, such as formulas, stay as they are."""
    name = etree.QName(element)
    if name.namespace != QTI:
        return etree.fromstring(etree.tostring(element, with_tail=False))
    nsmap: dict[Any, str] = {None: QTI3, **({"xsi": XSI} if element.getparent() is None else {})}
    copy = etree.Element(f"{{{QTI3}}}{element_name(name.localname)}", nsmap=nsmap)
    for key, value in _attributes(element):
        copy.set(key if name.localname in _HTML else hyphenated(key), value)
    target = xml.add(copy, _CONTENT_BODY) if name.localname in _WITH_BODY else copy
    target.text = element.text
    for child in element:
        appended = _version3(child)
        appended.tail = child.tail
        target.append(appended)
    return copy


def _attributes(element: Element) -> Iterator[tuple[str, str]]:
    for key, value in element.items():
        # A template of the standard has another address in each version.
        is_template = key == "template" and str(value).startswith(TEMPLATES)
        name = str(value).removeprefix(TEMPLATES)
        yield str(key), f"{TEMPLATES3}{name}.xml" if is_template else str(value)


@lru_cache(_KNOWN_NAMES)
def element_name(name: str) -> str:
    """The name in QTI 3.0 of an element of QTI 2.1."""
    return name if name in _HTML else f"{_PREFIX}{hyphenated(name)}"


@lru_cache(_KNOWN_NAMES)
def hyphenated(name: str) -> str:
    """The name in QTI 3.0 of an attribute of QTI 2.1."""
    if name.startswith("{"):
        return name
    return _CAPITAL.sub(lambda capital: f"-{capital[0].lower()}", name)


def is_version3(root: Element) -> bool:
    """Whether a document has the names of QTI 3.0."""
    return xml.local(root).startswith(_PREFIX)


def rename_as_version2(root: Element) -> None:
    """Give a document of QTI 3.0 the names and the form of QTI 2.1, which the readers know."""
    etree.strip_tags(root, f"{{*}}{_CONTENT_BODY}")
    for element in root.iter(etree.Element):
        name = xml.local(element)
        if name.startswith(_PREFIX):
            element.tag = f"{{{QTI}}}{_joined(name.removeprefix(_PREFIX))}"
            stated = [(_joined(str(key)), str(value)) for key, value in element.items()]
            element.attrib.clear()
            for key, value in stated:
                element.set(key, value)


@lru_cache(_KNOWN_NAMES)
def _joined(name: str) -> str:
    if name.startswith(("{", *_HYPHENATED)):
        return name
    return _HYPHEN.sub(lambda letter: letter[1].upper(), name)
