"""Documents of QTI 3.0 from those of QTI 2.1, and back: 3.0 has other names for nearly the same.

Elements of QTI have a prefix and words with hyphens (`<qti-item-body>`), so have their attributes; those of HTML keep
their names. Source: QTI 3.0, its binding, final of 2022.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from lxml import etree

from shared.formats import xml
from shared.formats.qti21 import xhtml
from shared.formats.qti21.vocabulary import QTI, QTI3, QTI3_XSD, TEMPLATES, TEMPLATES3
from shared.formats.xml import XSI, Element

_PREFIX = "qti-"
_IN_QTI = f"{{{QTI}}}"
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
    nsmap: dict[Any, str] = {None: QTI3, "xsi": XSI}
    copy = etree.Element(_tag(str(root.tag))[0], nsmap=nsmap)
    _fill(copy, root)
    copy.set(f"{{{XSI}}}schemaLocation", f"{QTI3} {QTI3_XSD}")
    return copy


def _fill(copy: Element, element: Element) -> None:
    """Give a copy the attributes and the content; parts in other namespaces, such as formulas, stay as they are."""
    _, in_html, with_body = _tag(str(element.tag))
    for key, value in element.items():
        stated = _template(str(value)) if key == "template" else value
        copy.set(key if in_html else hyphenated(str(key)), stated)
    target = xml.add(copy, _CONTENT_BODY) if with_body else copy
    target.text = element.text
    for child in element:
        tag = str(child.tag)
        if tag.startswith(_IN_QTI):
            appended = etree.SubElement(target, _tag(tag)[0])
            _fill(appended, child)
        else:
            appended = etree.fromstring(etree.tostring(child, with_tail=False))
            target.append(appended)
        if child.tail is not None:
            appended.tail = child.tail


def _template(address: str) -> str:
    """A template of the standard has another address in each version."""
    return f"{TEMPLATES3}{address.removeprefix(TEMPLATES)}.xml" if address.startswith(TEMPLATES) else address


@lru_cache(_KNOWN_NAMES)
def _tag(tag: str) -> tuple[str, bool, bool]:
    """The tag in QTI 3.0, whether it is one of HTML, and whether its content stands in one more element."""
    name = tag.removeprefix(_IN_QTI)
    return f"{{{QTI3}}}{element_name(name)}", name in _HTML, name in _WITH_BODY


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
