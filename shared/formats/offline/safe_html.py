"""HTML that people wrote, as part of a page: nothing in it runs, nothing is loaded from elsewhere, nothing escapes it.

The text is parsed and written anew from lists of what is allowed, with every tag closed, so that no reading of odd
markup by a browser can bring back what was left out. What cannot be shown becomes a link to it or its alternative text.
Headings are put below that of the object, without gaps; identifiers get a prefix of their own.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from typing import Protocol
from urllib.parse import unquote

from lxml import etree

from shared.formats import xml
from shared.formats.html.tokenizer import Tag, parsed_tag
from shared.formats.offline.allowed_html import (
    ATTRIBUTES,
    DROPPED,
    ELEMENTS,
    EMBEDDED,
    GLOBAL,
    HEADINGS,
    LISTS,
    LOWEST,
    NUMBER,
    PARENTS,
    PICTURE,
    PLAYED,
    RENAMED,
    VOID,
    WITHOUT_TEXT,
)
from shared.formats.offline.markup import wide
from shared.formats.xml import Element

# Written as they are, as most elements: no part of a list or a table, no link and no player.
_PLAIN = ELEMENTS - VOID - PLAYED - PARENTS.keys() - {"a", "table"}
# Announced as nothing, if they have no words.
_NEED_WORDS = frozenset({*HEADINGS, "a"})
_TAG = re.compile(r"<[^>]*>")
_NAMED_PICTURE = re.compile(r'<img [^>]*alt="[^"]')


class Addresses(Protocol):
    """Where the addresses in one field of HTML lead, as seen from the page."""

    def address(self, tag: Tag, name: str) -> str:
        """The address in an attribute of a tag, as `link` and `member` read it; "" without one."""
        ...

    def player(self, tag: Tag) -> tuple[str, str] | None:
        """(audio or video, the address of its file, as `member` reads it) of an `iframe` that plays a file of the course."""
        ...

    def link(self, value: str) -> str | None:
        """What a link may lead to: an address on the web, a member of the package, a place of the page; else None."""
        ...

    def member(self, value: str) -> str | None:
        """The address of a member of the package, which may be shown inside the page; else None."""
        ...

    def text(self, run: str) -> str:
        """A text that people read, with its references as addresses."""
        ...


@dataclass(frozen=True, slots=True)
class Words:
    """The placeholder of an element that is not shown."""

    embedded: str
    picture: str
    table: str


@dataclass(slots=True)
class SafeHtml:
    """Makes the HTML of one object safe. `prefix` begins its identifiers, `level` is that of its own heading."""

    addresses: Addresses
    words: Words
    prefix: str
    level: int
    _out: list[str] = field(default_factory=list)
    _open: list[tuple[str, str, int]] = field(default_factory=list)  # name, what closes it, its place in _out
    _parent: str = ""  # the name of the last of them
    _headings: list[int] = field(default_factory=list)  # levels as written, of the headings that lead here

    def of(self, html: str) -> str:
        """The HTML as part of the page."""
        if "<" not in html and "&" not in html:
            return escape(self.addresses.text(html), quote=False)
        root = _parsed(html)
        if root is None:
            return ""
        self._out.clear()
        walk = etree.iterwalk(root, events=("start", "end"))
        for event, element in walk:
            if event == "start":
                if self._start(element):
                    self._text(element.text)
                else:
                    walk.skip_subtree()
            else:
                self._end()
                self._text(element.tail)
        return "".join(self._out)

    def _text(self, text: str | None) -> None:
        parent = self._parent
        if not text or (parent in WITHOUT_TEXT and not text.strip()):
            return
        shown = escape(self.addresses.text(text), quote=False)
        self._out.append(f"<li>{shown}</li>" if shown and parent in LISTS else shown)

    def _put(self, written: str) -> None:
        """Write something that is complete; in a list it becomes an item."""
        self._out.append(f"<li>{written}</li>" if written and self._parent in LISTS else written)

    def _start(self, element: Element) -> bool:
        """Write the start of an element; whether what is inside follows."""
        name = element.tag if isinstance(element.tag, str) else ""
        place = len(self._out)
        if name in _PLAIN:
            before, after = ("<li>", "</li>") if self._parent in LISTS else ("", "")
            self._out.append(f"{before}<{name}{self._attributes(element, name)}>")
            self._open.append((name, f"</{name}>{after}", place))
            self._parent = name
            return True
        name = RENAMED.get(name, name)
        whole = self._whole(element, name)
        if whole is not None:
            self._put(whole)
            self._open.append(("", "", place))
            self._parent = ""
            return False
        self._open.append((*self._written(element, name), place))
        self._parent = self._open[-1][0]
        return True

    def _whole(self, element: Element, name: str) -> str | None:
        """What is written for an element without what is inside; None for one that is written with it."""
        if not name or name in DROPPED:
            return ""
        if name in EMBEDDED or name == "math":
            return self._instead(element, name)
        if name == "img":
            return self._picture(element)
        if name in ("source", "track"):
            return self._part_of_player(element, name)
        return f"<{name}>" if name in VOID else None

    def _written(self, element: Element, name: str) -> tuple[str, str]:
        """(the name under which an element is written, what closes it), once its start is written; no name: left out."""
        parent = self._parent
        if name in HEADINGS:
            name = self._heading(int(name[1]))
        elif name not in ELEMENTS or (name == "a" and self._within("a")):
            return parent, ""
        if name in PLAYED:
            return self._player(element, name)
        if name in PARENTS and parent not in PARENTS[name]:
            name = "div"
        attributes = self._attributes(element, name)
        if name == "a":
            address = self._link(element)
            name, attributes = ("a", attributes + address) if address else ("span", attributes)
        before, after = self._around(name, parent)
        self._out.append(f"{before}<{name}{attributes}>")
        return name, f"</{name}>{after}"

    def _around(self, name: str, parent: str) -> tuple[str, str]:
        """(before, behind) an element: an item in a list, a part that scrolls for a table."""
        before, after = ("<li>", "</li>") if parent in LISTS and name != "li" else ("", "")
        if name == "table" and not self._within("table"):
            before += wide(self.words.table)
            after = f"</div>{after}"
        return before, after

    def _within(self, name: str) -> bool:
        return any(opened == name for opened, _, _ in self._open)

    def _end(self) -> None:
        name, closing, place = self._open.pop()
        self._parent = self._open[-1][0] if self._open else ""
        if closing and name in _NEED_WORDS and not _has_words(self._out, place):
            del self._out[place:]
            return
        if closing:
            self._out.append(closing)

    def _heading(self, level: int) -> str:
        while self._headings and self._headings[-1] >= level:
            self._headings.pop()
        self._headings.append(level)
        return f"h{min(self.level + len(self._headings), LOWEST)}"

    def _attributes(self, element: Element, name: str) -> str:
        written = element.items()
        if not written:
            return ""
        attributes: dict[str, str] = {}
        for key, value in written:
            for attribute, safe in self._safe_attributes(name, str(key), str(value)):
                attributes.setdefault(attribute, safe)
        return "".join(f' {key}="{escape(value)}"' for key, value in attributes.items())

    def _safe_attributes(self, name: str, key: str, value: str) -> Iterator[tuple[str, str]]:
        """An attribute of an element of this name as it is written, if it is."""
        allowed = GLOBAL.get(key) or ATTRIBUTES.get(name, {}).get(key)
        if allowed is not None and allowed.fullmatch(value):
            yield key, value
        elif key in ("id", "name") and value.strip():
            yield "id", self._identifier(value)
        elif key == "headers" and name in ("td", "th"):
            yield key, " ".join(self._identifier(each) for each in value.split())

    def _identifier(self, value: str) -> str:
        return f"{self.prefix}--{'-'.join(value.split())}"

    def _address(self, element: Element, name: str) -> str:
        return self.addresses.address(_tag(element), name) if name in element.attrib else ""

    def _link(self, element: Element) -> str:
        value = self._address(element, "href").strip()
        if value.startswith("#"):
            address: str | None = f"#{self._identifier(unquote(value[1:]))}" if len(value) > 1 else None
        else:
            address = self.addresses.link(value) if value else None
        return "" if address is None else f' href="{escape(address)}" rel="noreferrer"'

    def _picture(self, element: Element) -> str:
        source, alt = self._address(element, "src"), element.get("alt")
        name = posixpath.basename(unquote(source.partition("?")[0])) if not source.startswith("data:") else ""
        shown = source if PICTURE.fullmatch(source) else self.addresses.member(source)
        if shown is not None:
            size = "".join(
                f' {key}="{value}"'
                for key in ("width", "height")
                if NUMBER.fullmatch(value := str(element.get(key) or ""))
            )
            return f'<img src="{escape(shown)}" alt="{escape(name if alt is None else str(alt))}"{size} loading="lazy">'
        formula = element.get("data-equation-content")
        if formula:
            return f"<code>{escape(str(formula))}</code>"
        return self._linked(source, str(alt or "").strip() or name or self.words.picture)

    def _instead(self, element: Element, name: str) -> str:
        """The replacement of an embedded page or of a formula."""
        if name == "math":
            text = element.get("alttext") or " ".join("".join(map(str, element.itertext())).split())
            return f"<code>{escape(str(text))}</code>"
        player = self.addresses.player(_tag(element))
        played = self.addresses.member(player[1]) if player else None
        if player and played:
            return f'{self._opened_player(element, player[0], None)}<source src="{escape(played)}"></{player[0]}>'
        source = player[1] if player else self._address(element, "src") or self._address(element, "data")
        return self._linked(source, str(element.get("title") or "").strip() or self.words.embedded)

    def _linked(self, source: str, text: str) -> str:
        address = self.addresses.link(source) if source else None
        shown = escape(text)
        if address is None or self._within("a"):
            return f"<span>{shown}</span>"
        return f'<a href="{escape(address)}" rel="noreferrer">{shown}</a>'

    def _player(self, element: Element, name: str) -> tuple[str, str]:
        """A player of the package's own files; a link to any other."""
        own = self._address(element, "src")
        sources = [own, *(self._address(each, "src") for each in element.iter("source"))]
        members = [self.addresses.member(each) for each in sources if each]
        if not any(members):
            text = str(element.get("title") or "").strip() or self.words.embedded
            self._put(self._linked(next((each for each in sources if each), ""), text))
            return self._parent, ""
        self._out.append(self._opened_player(element, name, self.addresses.member(own) if own else None))
        return name, f"</{name}>"

    def _opened_player(self, element: Element, name: str, source: str | None) -> str:
        at = f' src="{escape(source)}"' if source else ""
        label = escape(str(element.get("title") or element.get("aria-label") or "").strip() or self.words.embedded)
        return f'<{name} controls preload="none" aria-label="{label}"{at}>'

    def _part_of_player(self, element: Element, name: str) -> str:
        source = self.addresses.member(self._address(element, "src"))
        if source is None or not (self._within("audio") or self._within("video")):
            return ""
        names = ("kind", "srclang", "label") if name == "track" else ("type",)
        attributes = "".join(f' {key}="{escape(str(value))}"' for key in names if (value := element.get(key)))
        return f'<{name} src="{escape(source)}"{attributes}>'


def _tag(element: Element) -> Tag:
    return parsed_tag(str(element.tag), ((str(key), str(value)) for key, value in element.items()))


def _parsed(html: str) -> Element | None:
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True, huge_tree=True)
    text = f"<body>{xml.legal(html)}</body>".encode("utf-8", "replace")
    return etree.fromstring(text, parser)


def _has_words(out: list[str], place: int) -> bool:
    written = "".join(out[place:])
    return bool(_TAG.sub("", written).strip()) or _NAMED_PICTURE.search(written) is not None
