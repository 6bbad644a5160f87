"""XML as it is written, correct by construction, and the queries that readers make of an element. `xml_reading.parse` parses documents."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from lxml import etree

CANVAS = "http://canvas.instructure.com/xsd/cccv1p0"
CANVAS_XSD = "https://canvas.instructure.com/xsd/cccv1p0.xsd"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
# As every Canvas file starts.
DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>\n'

# The characters outside of XML 1.0, 2.2 (Char). A character reference to one is an error too, so they can only be dropped.
ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

_KNOWN_NAMES = 512  # of elements and paths: Canvas has fewer, and a stranger's document may have any number

Element = etree._Element  # noqa: SLF001  (lxml gives its element type no public name)


def legal(text: str) -> str:
    """`text` without the characters that XML 1.0 cannot hold."""
    # Printable characters are all legal; the test is much faster than the expression, and most texts pass it.
    return text if text.isprintable() else ILLEGAL.sub("", text)


def number(value: float | None) -> str | None:
    """A number as it is stored: 1 -> "1", 1.0 -> "1.0", None -> None."""
    return None if value is None else repr(value) if isinstance(value, float) else str(value)


def decimal(value: float | str | None) -> str | None:
    """A float as Canvas prints it, always with a point: 10 -> "10.0"; None stays None."""
    if value is None or value == "":
        return None
    return repr(float(value))


def text_of(value: Any) -> str:
    """How a Python value reads as element text: true/false, plain numbers, legal text, "" for None."""
    if value is None:
        return ""
    if isinstance(value, str):
        return legal(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(value)
    return str(value) if isinstance(value, int) else legal(str(value))


def root(tag: str, namespace: str = CANVAS, xsd: str = CANVAS_XSD, **attributes: str) -> Element:
    """A root element in `namespace` with its schema location, as every Canvas file starts."""
    nsmap: dict[Any, str] = {None: namespace, "xsi": XSI}
    element = etree.Element(f"{{{namespace}}}{tag}", nsmap=nsmap)
    for name, value in attributes.items():
        element.set(name, text_of(value))
    element.set(f"{{{XSI}}}schemaLocation", f"{namespace} {xsd}")
    return element


def element(tag: str, namespace: str = CANVAS, **attributes: Any) -> Element:
    """An element without a parent: built whole before it is appended, or not at all."""
    nsmap: dict[Any, str] = {None: namespace}
    stated = {name: text_of(content) for name, content in attributes.items()}
    return etree.Element(f"{{{namespace}}}{tag}", stated, nsmap)


def add(parent: Element, tag: str, value: Any = None, **attributes: Any) -> Element:
    """Append `<tag>` in the parent's namespace; `value` is its text (None and "" give an empty element)."""
    stated = {name: text_of(content) for name, content in attributes.items()}
    child = etree.SubElement(parent, parent.tag[: parent.tag.rfind("}") + 1] + tag, stated)
    text = text_of(value)
    if text:
        child.text = text
    return child


def add_if(parent: Element, tag: str, value: Any) -> None:
    """Append `<tag>` only where there is a value: None and "" write nothing, False and 0 do."""
    if value is not None and value != "":
        add(parent, tag, value)


def set_if(element: Element, **attributes: Any) -> None:
    """Set the attributes that have a value: None sets nothing, False and 0 do."""
    for name, value in attributes.items():
        if value is not None:
            element.set(name, text_of(value))


def serialize(element: Element) -> bytes:
    """The whole document: UTF-8 declaration, two-space indentation."""
    etree.indent(element, space="  ")
    return DECLARATION + etree.tostring(element, encoding="UTF-8", xml_declaration=False) + b"\n"


def serialize_all(parent: Element, children: Iterable[Element]) -> bytes:
    """The document of a root with these children, as `serialize` would write it; no two of them are held at a time.

    The children have the root's namespace, and are of `element`.
    """
    start = etree.tostring(parent).removesuffix(b"/>")
    # Each child would declare the namespace of the root again: it has no parent while it is serialised.
    own = f' xmlns="{etree.QName(parent).namespace}"'.encode()
    out = io.BytesIO()
    out.write(DECLARATION + start)
    empty = True
    for child in children:
        etree.indent(child, space="  ", level=1)
        out.write((b">" if empty else b"") + b"\n  " + etree.tostring(child).replace(own, b"", 1))
        empty = False
    out.write(b"/>\n" if empty else f"\n</{etree.QName(parent).localname}>\n".encode())
    return out.getvalue()


def is_deeper(root: Element, depth: int) -> bool:
    """Whether an element lies within `depth` others."""
    return bool(root.xpath(f"boolean({'/*' * (depth + 1)})"))


def local(element: Element) -> str:
    """The element's name without its namespace; "" for comments and processing instructions.

    A lenient parse accepts names that are not well-formed, such as one with an undeclared prefix: that is cut off too.
    """
    return _local_name(element.tag) if isinstance(element.tag, str) else ""


@lru_cache(_KNOWN_NAMES)
def _local_name(tag: str) -> str:
    return tag.rpartition("}")[2].rpartition(":")[2]


def find(parent: Element, path: str) -> Element | None:
    """The first child at `a/b/c`, whatever the namespaces."""
    return parent.find(_in_any_namespace(path))


def find_all(parent: Element, path: str) -> list[Element]:
    """All children at `a/b/c`, whatever the namespaces, in document order."""
    return parent.findall(_in_any_namespace(path))


@lru_cache(_KNOWN_NAMES)
def _in_any_namespace(path: str) -> str:
    return "/".join(f"{{*}}{step}" for step in path.split("/"))


def inner_text(element: Element) -> str:
    """All text inside an element."""
    if not len(element):
        return element.text or ""
    return "".join(str(part) for part in element.itertext())


def text_at(parent: Element, path: str) -> str | None:
    """The text of the child at `path`: None where there is no such child, "" where it is empty."""
    child = find(parent, path)
    return None if child is None else inner_text(child)


def bool_at(parent: Element, path: str) -> bool | None:
    """`true`/`1` -> True, other text -> False, no child or an empty one -> None."""
    return flag_of(text_at(parent, path))


def flag_of(text: str | None) -> bool | None:
    """The truth that a text or an attribute states; None where there is none."""
    word = (text or "").strip().lower()
    return None if not word else word in ("true", "1", "yes", "t", "y", "on")


def int_at(parent: Element, path: str) -> int | None:
    """A whole number (`3` or `3.0`); None for no child, an empty one, or text that is no number."""
    value = number_at(parent, path)
    return None if value is None else int(value)


def number_at(parent: Element, path: str) -> int | float | None:
    """A number as it is written: `3` -> 3, `3.0` -> 3.0; None for anything else."""
    return number_of(text_at(parent, path) or "")


def number_of(text: str) -> int | float | None:
    """The number that a text is, as it is written; None for any other text, and for infinities."""
    text = text.strip()
    # 18 digits fit a bigint of the database; longer ones are read as floats.
    if re.fullmatch(r"[+-]?\d{1,18}", text):
        return int(text)
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
