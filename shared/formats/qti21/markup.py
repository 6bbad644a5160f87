"""HTML as the XHTML that QTI 2.1 allows in its bodies, which is that of 1999 without styles.

An element without a place becomes the nearest that has one (a `<section>` a `<div>`, a `<u>` a `<span>` of a class, a
player an `<object>`); `Markup.lost` names what is left out. Source: QTI 2.1, the content model of bodies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from lxml import etree, html

from shared.formats import xml
from shared.formats.media_types import media_type
from shared.formats.qti21 import xhtml
from shared.formats.qti21.vocabulary import MATHML, QTI
from shared.formats.xml import Element

_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"

Blanks = dict[str, Callable[[], Element]]  # by the name of a blank, a function that makes its interaction


@dataclass(slots=True)
class Markup:
    """The HTML of one item. Each blank of `blanks` replaces its name in brackets in the text, at its first place only."""

    blanks: Blanks = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)  # elements and attributes that are left out: `<form>`, `style`

    def append(self, parent: Element, markup: str | None, *, inline: bool = False, text_allowed: bool = True) -> None:
        """Append a piece of HTML to an element that may hold text, blocks, or inline elements alone."""
        for node in _nodes(markup or ""):
            self._append(parent, node, "inline" if inline else "flow" if text_allowed else "block")

    def _append(self, parent: Element, node: Element | str, context: str) -> None:
        if isinstance(node, str):
            self._append_text(parent, node, context)
        elif node.tag in xhtml.UNSHOWN:
            self.lost.add(f"<{node.tag}>")
        # Comments and processing instructions have functions for tags.
        elif isinstance(node.tag, str):
            self._append_element(parent, node, context)

    def _append_element(self, parent: Element, node: Element, context: str) -> None:
        name = node.tag
        if name == "math":
            _into(parent, context).append(_mathml(node))
            return
        if name in xhtml.PLAYERS:
            self._append_player(_into(parent, context), node)
            return
        if name == "table":
            self._append_table(parent, node, context)
        elif name in xhtml.BLOCK or name in xhtml.AS_DIV or (name not in xhtml.INLINE and _has_blocks(node)):
            self._append_block(parent, node, context)
        else:
            self._append_inline(_into(parent, context), node)

    def _append_text(self, parent: Element, text: str, context: str) -> None:
        if context == "block" and not text.strip():
            return
        place = _into(parent, context)
        for piece in _pieces(text, self.blanks):
            if piece in self.blanks:
                place.append(self.blanks.pop(piece)())
            else:
                _add_text(place, piece)

    def _append_inline(self, parent: Element, node: Element) -> None:
        name = node.tag if node.tag in xhtml.INLINE else "span"
        target = xml.add(parent, name)
        self._copy_attributes(node, target)
        if node.tag in xhtml.AS_SPAN:
            target.set("class", xhtml.AS_SPAN[node.tag])
        elif node.tag not in xhtml.INLINE:
            self.lost.add(f"<{node.tag}>")
        if name == "img":
            target.set("src", node.get("src", ""))
            target.set("alt", node.get("alt", ""))
        elif name == "a" and target.get("href") is None:
            target.set("href", "")
        elif name == "object":
            target.set("data", node.get("data", ""))
            target.set("type", node.get("type") or media_type(node.get("data", "")))
        if name not in xhtml.VOID:
            self._append_content(target, node, "flow" if name == "object" else "inline")

    def _append_block(self, parent: Element, node: Element, context: str) -> None:
        """A block; where only inline elements may stand, a span after a line break."""
        if context == "inline":
            if len(parent) or parent.text:
                xml.add(parent, "br")
            self._append_content(parent if node.tag == "hr" else xml.add(parent, "span"), node, "inline")
            return
        name = node.tag if node.tag in xhtml.BLOCK else "div"
        if node.tag not in xhtml.BLOCK and node.tag not in xhtml.AS_DIV:
            self.lost.add(f"<{node.tag}>")
        target = xml.add(parent, name)
        self._copy_attributes(node, target)
        if name not in xhtml.VOID:
            self._append_content(target, node, xhtml.CONTENT.get(name, "flow"))

    def _append_content(self, target: Element, node: Element, context: str) -> None:
        for child in _children(node):
            if context == "li":
                self._append_list_item(target, child)
            elif target.tag == f"{{{QTI}}}dl":
                self._append_definition(target, child)
            else:
                self._append(target, child, context)

    def _append_list_item(self, target: Element, child: Element | str) -> None:
        if isinstance(child, str):
            if child.strip():
                self._append(xml.add(target, "li"), child, "flow")
        elif child.tag == "li":
            item = xml.add(target, "li")
            self._copy_attributes(child, item)
            self._append_content(item, child, "flow")
        elif isinstance(child.tag, str):
            self._append(xml.add(target, "li"), child, "flow")

    def _append_definition(self, target: Element, child: Element | str) -> None:
        if isinstance(child, str):
            if child.strip():
                self._append(xml.add(target, "dd"), child, "flow")
        elif isinstance(child.tag, str):
            name = child.tag if child.tag in ("dt", "dd") else "dd"
            self._append_content(xml.add(target, name), child, "inline" if name == "dt" else "flow")

    def _append_table(self, parent: Element, node: Element, context: str) -> None:
        """Rows in bodies, cells in rows; where only inline elements may stand, the texts of the cells."""
        if context == "inline":
            for cell in node.iter("td", "th", "caption"):
                self._append_block(parent, cell, "inline")
            return
        table = xml.add(parent, "table")
        self._copy_attributes(node, table)
        for caption in node.iterchildren("caption"):
            self._append_content(xml.add(table, "caption"), caption, "inline")
            break
        for name in ("thead", "tfoot"):
            rows = [row for part in node.iterchildren(name) for row in part.iterchildren("tr")]
            if rows:
                self._append_rows(xml.add(table, name), rows)
        body = xml.add(table, "tbody")
        self._append_rows(body, [row for row in node.iterfind(".//tr") if _is_body_row(row, node)])

    def _append_rows(self, part: Element, rows: list[Element]) -> None:
        for row in rows:
            target = xml.add(part, "tr")
            for cell in row.iterchildren("td", "th"):
                into = xml.add(target, cell.tag)
                self._copy_attributes(cell, into)
                self._append_content(into, cell, "flow")
        if not rows:  # the schema refuses a table body without a row and a row without a cell
            xml.add(xml.add(part, "tr"), "td")

    def _append_player(self, parent: Element, node: Element) -> None:
        source = node.find(".//source")
        address = node.get("src") or (source.get("src") if source is not None else "") or ""
        target = xml.add(parent, "object", data=address)
        guessed = media_type(address.split("?", 1)[0])
        kind = source.get("type") if source is not None else None
        is_page = node.tag in ("iframe", "embed") or guessed == "application/octet-stream"
        target.set("type", kind or (xhtml.PLAYERS[node.tag] if is_page else guessed))
        for name in ("width", "height"):
            size = str(node.get(name, ""))
            if size.isdecimal():
                target.set(name, size)
        if node.get("title"):
            target.text = xml.text_of(node.get("title"))

    def _copy_attributes(self, node: Element, target: Element) -> None:
        name = etree.QName(target).localname
        for key, value in _attributes(node):
            safe = _kept_value(name, key, value)
            if safe is not None:
                target.set(_XML_LANG if key == "lang" else key, xml.text_of(safe))
            elif key not in xhtml.SILENT_ATTRIBUTES:
                self.lost.add("data-*" if key.startswith("data-") else key)


def _kept_value(name: str, key: str, value: str) -> str | None:
    """The value of an attribute that an element of this name may have; None for one that it may not."""
    if key == "class":
        return value if value.strip() else None
    if key == "lang":
        return value
    if key not in xhtml.ATTRIBUTES.get(name, ()):
        return None
    if key in xhtml.WHOLE_NUMBERS:
        return value.strip() if value.strip().isdecimal() else None
    return value


def _nodes(markup: str) -> Iterator[Element | str]:
    if "<" not in markup and "&" not in markup:
        if markup:
            yield markup
        return
    parsed = html.fragment_fromstring(xml.legal(markup), create_parent="div")
    yield from _children(parsed)


def _children(node: Element) -> Iterator[Element | str]:
    if node.text:
        yield node.text
    for child in node:
        yield child
        if child.tail:
            yield child.tail


def _attributes(node: Element) -> list[tuple[str, str]]:
    return [(str(key), str(value)) for key, value in node.items()]


def _into(parent: Element, context: str) -> Element:
    """The element for inline content: a paragraph, which following texts share, where only blocks may stand."""
    if context != "block":
        return parent
    last = parent[-1] if len(parent) else None
    return last if last is not None and last.get("class") == "text" else xml.add(parent, "p", **{"class": "text"})


def _add_text(parent: Element, text: str) -> None:
    if len(parent):
        parent[-1].tail = (parent[-1].tail or "") + xml.text_of(text)
    else:
        parent.text = (parent.text or "") + xml.text_of(text)


def _pieces(text: str, blanks: Blanks) -> Iterator[str]:
    """The text in order, cut at the names of blanks, which are given without their brackets."""
    places = [(text.find(f"[{name}]"), name) for name in blanks if f"[{name}]" in text]
    if not places:
        yield text
        return
    at, name = min(places)
    if at:
        yield text[:at]
    yield name
    rest = {other: blanks[other] for other in blanks if other != name}
    if text[at + len(name) + 2 :]:
        yield from _pieces(text[at + len(name) + 2 :], rest)


def _has_blocks(node: Element) -> bool:
    return any(child.tag in xhtml.BLOCK or child.tag in xhtml.AS_DIV for child in node.iterdescendants())


def _is_body_row(row: Element, table: Element) -> bool:
    parent = row.getparent()
    grand = None if parent is None else parent.getparent()
    return parent is table or (parent is not None and parent.tag == "tbody" and grand is table)


def _mathml(node: Element) -> Element:
    """A formula in the namespace of MathML."""
    formula = xml.element(str(node.tag), MATHML)
    for key, value in _attributes(node):
        if key != "xmlns" and ":" not in key:  # libxml2 keeps declarations of HTML as attributes
            formula.set(key, xml.text_of(value))
    formula.text, formula.tail = node.text, None
    for child in node:
        if isinstance(child.tag, str):
            copied = _mathml(child)
            copied.tail = child.tail
            formula.append(copied)
    return formula
