"""Repairs the faults of XML that tools are known to write, so that a strict parser reads the whole document.

The recovery of libxml2 is no substitute: it drops every entity behind the first fault (`&lt;p&gt;` becomes `p`), and
behind a tag that is never closed everything is one element too deep, where no reader looks for it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.entities import html5

from shared.formats.xml import ILLEGAL, XSI

_CDATA = "<![CDATA["
# What is no element and no text, by its start and its end. Only CDATA is content; a repaired document needs no other.
_SECTIONS = {_CDATA: "]]>", "<!--": "-->", "<?": "?>", "<!DOCTYPE": ">"}
_SECTION = re.compile("|".join(re.escape(start) for start in _SECTIONS))
_REFERENCE = re.compile(r"&(?:#(\d{1,9});|#[xX]([0-9a-fA-F]{1,8});|([A-Za-z][A-Za-z0-9]*;))?")
# Two halves of a character beyond the first 65,536 (UTF-16).
_HALVES = re.compile(r"&#[xX]([dD][89abAB][0-9a-fA-F]{2});&#[xX]([dD][c-fC-F][0-9a-fA-F]{2});")
# What a server says in HTML before the document that it was asked for begins.
# An atomic match, not a possessive group: see `references.REST`.
_IN_FRONT = re.compile(
    r"\A\s*+(?>(?:[^<]++|</?(?:br|b|i|p|hr|pre|div|span|font|strong|em)\b[^<>]*+>)+)(?=<\?xml\s)", re.IGNORECASE
)
_XML_ENTITIES = ("lt;", "gt;", "amp;", "quot;", "apos;")
_NAME = r"[A-Za-z_][\w.:-]*+"
# No class holds "<": a tag without an end is scanned once.
_TAG = re.compile(rf"""<(/?)({_NAME})((?:[^<>"']|"[^"<]*+"|'[^'<]*+')*+)>""")
_WELL_FORMED = re.compile(rf"""(?:\s++{_NAME}\s*+=\s*+(?:"[^"]*+"|'[^']*+'))*+\s*+/?""")
# A tag that is well-formed but for what its values may hold. What looks like one in a text has no quote where one belongs.
_VALUED = re.compile(rf"""<{_NAME}(?:\s++{_NAME}\s*+=\s*+(?:"[^"]*+"|'[^']*+'))++\s*+/?>""")
_ATTRIBUTE = re.compile(rf"""({_NAME})(?:\s*+=\s*+("[^"]*+"|'[^']*+'|[^\s"'>]++))?""")
_PREFIX = re.compile(r"(?<![\w.-])([A-Za-z_][\w.-]*+):[A-Za-z_]")
_DECLARED = re.compile(r"\sxmlns:([\w.-]++)\s*+=")
# A declaration of a namespace whose name has white space, which no address has.
_NO_ADDRESS = re.compile(r"""(\sxmlns(:[\w.-]++)?\s*+=\s*+)(?:"([^"<]*\s[^"<]*)"|'([^'<]*\s[^'<]*)')""")
# Elements of HTML without content, which HTML does not close; no document of a package has others of these names.
_VOID = frozenset({"area", "br", "col", "embed", "hr", "img", "input", "wbr"})


@dataclass(slots=True)
class Repaired:
    """A document after its repair, with the number of faults of each sort."""

    text: str
    sure: Counter[str] = field(default_factory=Counter)  # faults whose repair leaves no doubt about the content
    guessed: Counter[str] = field(default_factory=Counter)  # faults whose repair is a guess at the structure
    elements: Counter[str] = field(default_factory=Counter)  # the start tags of the document by their local name


def repair_characters(data: bytes) -> Repaired:
    """The document (UTF-8) with legal characters and references, and with nothing in front of its root.

    All references become numbers, which survive in a parser that recovers; CDATA becomes text.
    """
    repaired = Repaired("")
    parts = []
    source, repaired.sure["text in front of the document"] = _IN_FRONT.subn("", data.decode("utf-8", "replace"))
    for section, chunk in _chunks(source):
        text, dropped = ILLEGAL.subn("", chunk)
        repaired.sure["illegal characters"] += dropped
        if section == _CDATA:
            parts.append(_escaped(text.removeprefix(_CDATA).removesuffix("]]>")))
        elif not section:
            text = _HALVES.sub(lambda match: _joined(match, repaired.sure), text)
            text = _REFERENCE.sub(lambda match: _reference(match, repaired.sure), text)
            parts.append(text.replace("]]>", "]]&#62;"))
    text = "".join(parts).strip("\ufeff \t\r\n")
    text = _VALUED.sub(lambda match: _value(match, repaired.sure), text)
    repaired.text, repaired.sure["names of namespaces"] = _NO_ADDRESS.subn(_address, text)
    repaired.sure = +repaired.sure
    return repaired


def _chunks(text: str) -> Iterator[tuple[str, str]]:
    """(start of the section, its source) in order; "" for what lies between sections. One without an end is none."""
    at = searched = 0
    endless: set[str] = set()  # a section that does not end from here on does not end later either
    while match := _SECTION.search(text, searched):
        end = -1 if match[0] in endless else _end(text, match)
        searched = match.end()
        if end < 0:
            endless.add(match[0])
            continue
        yield "", text[at : match.start()]
        yield match[0], text[match.start() : end]
        at = searched = end
    yield "", text[at:]


def _end(text: str, match: re.Match[str]) -> int:
    close = _SECTIONS[match[0]]
    end = text.find(close, match.end())
    if match[0] == "<!DOCTYPE" and "[" in text[match.end() : end]:
        close = "]>"
        end = text.find(close, match.end())
    return end if end < 0 else end + len(close)


def _escaped(text: str) -> str:
    return text.replace("&", "&#38;").replace("<", "&#60;").replace(">", "&#62;")


def _reference(match: re.Match[str], faults: Counter[str]) -> str:
    decimal, hexadecimal, name = match.groups()
    if name in html5:
        faults["entities of HTML"] += name not in _XML_ENTITIES
        return "".join(f"&#{ord(character)};" for character in html5[name])
    if decimal or hexadecimal:
        code = int(decimal) if decimal else int(hexadecimal, 16)
        if 0 < code <= 0x10FFFF and not ILLEGAL.match(chr(code)):
            return f"&#{code};"
        faults["references to illegal characters"] += 1
        return ""
    faults["unescaped &"] += 1
    return f"&#38;{match[0][1:]}"


def _joined(halves: re.Match[str], faults: Counter[str]) -> str:
    """The character of two halves, as writers in JavaScript and Java refer to them."""
    high, low = (int(half, 16) for half in halves.groups())
    faults["references to halves of characters"] += 1
    return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))


def _value(match: re.Match[str], faults: Counter[str]) -> str:
    inside = match[0][1:]
    faults["unescaped < in attributes"] += inside.count("<")
    return f"<{inside.replace('<', '&#60;')}"


def _address(match: re.Match[str]) -> str:
    start, prefix, quoted, single = match.groups()
    name = XSI if prefix == ":xsi" else "".join((quoted or single).split())
    return f'{start}"{name}"'


def repair_tags(characters: Repaired) -> Repaired:
    """The document with well-formed tags, every element closed inside its parent, and one root.

    `characters` is what `repair_characters` returned. A "<" that begins no tag becomes text.
    """
    balance = _Balance(characters.text)
    return Repaired(balance.text(), characters.sure, +balance.guessed, balance.elements)


class _Balance:
    """Writes a document again tag by tag, with a stack of the elements that are open."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._closed = {name for close, name, _ in _TAG.findall(source) if close}
        # An item of a manifest may hold others, one of QTI may not.
        self._flat_items = "<questestinterop" in source
        self._open: list[str] = []
        self._out: list[str] = []
        self.guessed: Counter[str] = Counter()
        self.elements: Counter[str] = Counter()

    def text(self) -> str:
        """The whole document."""
        at = 0
        for tag in _TAG.finditer(self._source):
            between = self._source[at : tag.start()]
            if self._is_text(tag, between):
                continue
            self._add_text(between)
            at = tag.end()
            if tag[1]:
                self._end_tag(tag[2])
            else:
                self._start_tag(tag[2], tag[3])
        self._add_text(self._source[at:])
        while self._open:
            self._close()
        return _with_prefixes("".join(self._out))

    def _is_text(self, tag: re.Match[str], between: str) -> bool:
        """Whether it only looks like a tag, such as `vector<int> v` or `a <b and c> d`: inside a text, never closed."""
        close, name, attributes = tag.groups()
        if close or name in self._closed or name.lower() in _VOID or attributes.rstrip().endswith("/"):
            return False
        return bool(between.strip()) and (not attributes.strip() or not _WELL_FORMED.fullmatch(attributes))

    def _add_text(self, text: str) -> None:
        if "<" in text:
            self.guessed["unescaped <"] += text.count("<")
            text = text.replace("<", "&#60;")
        if self._open:
            self._out.append(text)
        elif text.strip():
            self.guessed["text outside of the root element"] += 1

    def _start_tag(self, name: str, attributes: str) -> None:
        if not self._open and self._out:
            self.guessed[f"<{name}> behind the root element"] += 1
            self.elements[_local(name)] += 1
            return
        if name == "item" and self._flat_items and "item" in self._open:
            self._close_down_to("item")
        empty = attributes.rstrip().endswith("/")
        if not _WELL_FORMED.fullmatch(attributes) or attributes.count("=") > 1:
            attributes = self._attributes(attributes.rstrip().removesuffix("/") if empty else attributes)
            attributes += "/" if empty else ""
        if not empty and name.lower() in _VOID:
            attributes, empty = f"{attributes}/", True
            self.guessed[f"<{name}> without an end"] += 1
        self.elements[_local(name)] += 1
        self._out.append(f"<{name}{attributes}>")
        if not empty:
            self._open.append(name)

    def _attributes(self, source: str) -> str:
        """The attributes with a quoted value each, and none of them twice."""
        values: dict[str, str] = {}
        for name, value in _ATTRIBUTE.findall(source):
            quoted = value if value[:1] in ("'", '"') else f'"{value or name}"'
            if values.setdefault(name, quoted) != quoted:
                self.guessed[f"repeated attributes {name}"] += 1
        return "".join(f" {name}={value}" for name, value in values.items())

    def _end_tag(self, name: str) -> None:
        spelled = name if name in self._open else next((one for one in self._open if one.lower() == name.lower()), None)
        if spelled is not None:
            self._close_down_to(spelled)
        elif name.lower() not in _VOID:
            self.guessed[f"</{name}> without a start"] += 1

    def _close_down_to(self, name: str) -> None:
        while self._open[-1] != name:
            self._close()
        self._out.append(f"</{self._open.pop()}>")

    def _close(self) -> None:
        name = self._open.pop()
        self.guessed[f"<{name}> without an end"] += 1
        self._out.append(f"</{name}>")


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _with_prefixes(text: str) -> str:
    """The document with a declaration of every prefix that it uses without one."""
    used = {prefix for _, name, attributes in _TAG.findall(text) for prefix in _PREFIX.findall(f" {name} {attributes}")}
    missing = sorted(used - set(_DECLARED.findall(text)) - {"xml", "xmlns"})
    declared = "".join(f' xmlns:{prefix}="{XSI if prefix == "xsi" else f"urn:{prefix}"}"' for prefix in missing)
    return _TAG.sub(lambda tag: f"<{tag[2]}{declared}{tag[3]}>", text, count=1) if declared else text
