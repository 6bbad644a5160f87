"""The places of an HTML text where references stand: tags with their attributes, and the text between them.

A tokeniser, not a parser: it finds places and changes nothing, so that every byte outside a replaced span stays as its
author wrote it. All its expressions are possessive, hence linear on any input (page bodies are user input).
Comments, declarations and the content of raw text elements (script, style, textarea, ...) are skipped.
Source: HTML Living Standard, 13.2.5 Tokenization.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from html import escape
from typing import NamedTuple

from shared.formats.html.addresses import unescaped

_SPACE = r"[ \t\n\f\r]"
_VALUE = r"""(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z)|[^ \t\n\f\r>"'][^ \t\n\f\r>]*+)"""
_ATTRIBUTES = (
    rf"[^ \t\n\f\r/>]*+(?:[ \t\n\f\r/]*+[^ \t\n\f\r/>][^ \t\n\f\r/>=]*+(?:{_SPACE}*+={_SPACE}*+{_VALUE}?+)?+)*+"
    r"[ \t\n\f\r/]*+(?:>|\Z)"
)
# The content of these is text, whatever it looks like (HTML Living Standard, 13.2.5.2 to 13.2.5.4); an iframe's is too.
_RAW_TEXT = "(?i:script|style|textarea|title|xmp|iframe|noembed|noframes)"
_TOKEN = re.compile(
    rf"<(?:(?P<raw>(?P<name>{_RAW_TEXT})(?=[ \t\n\f\r/>]){_ATTRIBUTES})"
    r"(?:.*?(?=</(?i:(?P=name))[ \t\n\f\r/>])|.*+)"
    rf"|(?P<tag>[a-zA-Z]{_ATTRIBUTES})|/[a-zA-Z]{_ATTRIBUTES}|/>|!--(?:-?>|.*?(?:--!?>|\Z))|[!?/][^>]*+(?:>|\Z))",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(rf"([^ \t\n\f\r/>][^ \t\n\f\r/>=]*+)(?:({_SPACE}*+={_SPACE}*+)({_VALUE})?+)?+")
_NAME = re.compile(r"[^ \t\n\f\r/>]*+")


class Attribute(NamedTuple):
    """An attribute that has a value. `raw` is the value as written, with its character references."""

    name: str  # lower case
    raw: str
    quote: str  # '"', "'" or nothing
    start: int  # of the value in the page, its quotes included
    end: int
    name_start: int

    @property
    def value(self) -> str:
        """The value with its character references resolved."""
        return unescaped(self.raw)


class Tag(NamedTuple):
    """A start tag. `end` is the place behind its '>'."""

    name: str  # lower case
    attributes: tuple[Attribute, ...]
    start: int
    end: int

    def get(self, name: str) -> Attribute | None:
        """The first attribute of this name, the one that counts."""
        return next((attribute for attribute in self.attributes if attribute.name == name), None)


class Text(NamedTuple):
    """A run of text between two tokens."""

    start: int
    end: int


class Edit(NamedTuple):
    """A replacement of page[start:end]."""

    start: int
    end: int
    text: str


def tokens(page: str) -> Iterator[Tag | Text]:
    """Start tags and runs of text, in page order. An unfinished tag at the end of the page is not given."""
    last = 0
    for match in _TOKEN.finditer(page):
        start = match.start()
        if start > last:
            yield Text(last, start)
        last = match.end()
        written = match["tag"] or match["raw"]
        if written and written[-1] == ">":
            yield _tag(written, start + 1)
    if last < len(page):
        yield Text(last, len(page))


def shown_text(page: str, between: str = "") -> str:
    """The text of a page without its tags, its character references resolved; `between` stands where tags were."""
    return unescaped(between.join(page[token.start : token.end] for token in tokens(page) if isinstance(token, Text)))


def parsed_tag(name: str, values: Iterable[tuple[str, str]]) -> Tag:
    """A start tag as a parser read it: lower-case names, values without character references. It has no place in a page."""
    attributes = tuple(Attribute(key, escape(value), '"', 0, 0, 0) for key, value in values)
    return Tag(name, attributes, 0, 0)


def _tag(written: str, base: int) -> Tag:
    name = _NAME.match(written)
    # The expression matches the empty name too, so that there always is a match.
    assert name is not None
    attributes = tuple(_attributes(written, name.end(), base)) if "=" in written else ()
    return Tag(name[0].lower(), attributes, base - 1, base + len(written))


def _attributes(written: str, at: int, base: int) -> Iterator[Attribute]:
    for match in _ATTRIBUTE.finditer(written, at, len(written) - 1):
        value = match[3]
        if value is None:
            continue
        quote = value[0] if value[0] in "\"'" else ""
        # A quote that is not closed takes the rest of the page: that is no value to be replaced.
        if quote and (len(value) < 2 or value[-1] != quote):
            continue
        raw = value[1:-1] if quote else value
        start, end = match.span(3)
        yield Attribute(match[1].lower(), raw, quote, base + start, base + end, base + match.start())


def quoted(attribute: Attribute, raw: str) -> Edit:
    """The edit that gives an attribute another value, in its own quotes; `raw` bears character references where due."""
    quote = attribute.quote or '"'
    safe = raw.replace(quote, "&quot;" if quote == '"' else "&#39;")
    return Edit(attribute.start, attribute.end, f"{quote}{safe}{quote}")


def without(page: str, attribute: Attribute) -> Edit:
    """The edit that takes an attribute out, with one blank before it where another blank or the end of the tag follows."""
    blank = page[attribute.name_start - 1].isspace() and page[attribute.end] in " \t\n\f\r/>"
    return Edit(attribute.name_start - blank, attribute.end, "")


def splice(page: str, edits: Iterable[Edit]) -> str:
    """The page with the edits applied, which are in page order and do not overlap; the same string without edits."""
    pieces: list[str] = []
    last = 0
    for edit in edits:
        pieces += page[last : edit.start], edit.text
        last = edit.end
    return "".join(pieces) + page[last:] if pieces else page


@dataclass(frozen=True, slots=True)
class Rewriting:
    """How references are rewritten: a function each for an attribute's raw value and for a run of text."""

    attribute: Callable[[Tag, Attribute], str]
    text: Callable[[str], str]


def rewrite(page: str, rewriting: Rewriting) -> str:
    """The page with the values that `rewriting` gives, and every other byte as it was."""
    return splice(page, _edits(page, rewriting))


def _edits(page: str, rewriting: Rewriting) -> Iterator[Edit]:
    for token in tokens(page):
        if isinstance(token, Text):
            run = page[token.start : token.end]
            text = rewriting.text(run)
            if text != run:
                yield Edit(token.start, token.end, text)
            continue
        for attribute in token.attributes:
            raw = rewriting.attribute(token, attribute)
            if raw != attribute.raw:
                yield quoted(attribute, raw)
