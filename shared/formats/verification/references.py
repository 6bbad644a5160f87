"""Reference tokens in the members of a package, and whether what they lead to is in it. Source: Canvas, its tokens.

Text is looked at as it is written in members: HTML, HTML inside of XML (one escape more), HTML inside of JSON.
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Container, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import unquote

# What is between the dollar signs of each token ends in one of these: quick to look for in megabytes of text.
_MARKS = (b"FILEBASE", b"REFERENCE")
_BEFORE = re.compile(
    rb"(?P<quote>\\?\"|'|&quot;|&#34;|&#39;|&apos;|&amp;quot;|&amp;#39;)?(?:\$|%24)"
    rb"(?P<name>IMS[-_]CC[-_]|WIKI_|CANVAS_OBJECT_|CANVAS_COURSE_)\Z"
)
_AFTER = re.compile(rb"\$|%24")
# What stands before the mark of nearly every token, and the name in it: found without a regular expression.
_COMMON = tuple((b'"$' + name, name) for name in (b"WIKI_", b"IMS-CC-", b"CANVAS_OBJECT_", b"CANVAS_COURSE_"))
_BARE = re.compile(rb"[^\s\"'<>]*")
_REMEMBERED = 20_000  # references
_LONGEST_BEFORE, _LONGEST = 40, 4000  # bytes of what stands before a mark, and of what a token leads to
_IDENTIFIER = re.compile(rb"\bidentifier=\"([^\"]+)\"")  # the `ident` of a question or answer is in no reference
_ENDS_BARE = re.compile(r"[\s\"'<>\\\xa0]")
_PUNCTUATION = ".,;:!?)"
_ITEM = "modules/items/"
_FOLDER = "web_resources/"
_PAGES = "wiki_content/"


class Reference(NamedTuple):
    """A token as it was found: `$NAME$` and what follows it, with one level of escapes undone for each that there is."""

    name: str
    rest: str

    @property
    def written(self) -> str:
        """As it stands in HTML."""
        return f"${self.name}${self.rest}"


class Dangling(NamedTuple):
    """A reference in a member to something that the package does not hold."""

    path: str
    written: str


@dataclass(slots=True)
class References:
    """The references of all members, kept only as long as it is not known that they lead somewhere.

    So the members with most of the identifiers are best looked at first.
    """

    paths: Collection[str]  # the members of the package
    named: Container[str] = ()  # identifiers of the manifest
    known: set[str] = field(default_factory=set)  # those of other members that the manifest does not have
    _waiting: dict[Dangling, Reference] = field(default_factory=dict)
    _good: set[_Raw] = field(default_factory=set)  # some that lead somewhere: most are written many times

    def look(self, path: str, data: bytes) -> None:
        """Take in a member: the identifiers that an XML document carries, its references that lead nowhere so far."""
        if path.endswith(".xml"):
            found = (match[1].decode("utf-8", "replace") for match in _IDENTIFIER.finditer(data))
            self.known.update(identifier for identifier in found if identifier not in self.named)
        in_xml = path.endswith((".xml", ".qti"))
        for raw in _raw_references(data):
            if raw in self._good:
                continue
            reference = raw.decoded(in_xml=in_xml)
            if not self._leads_somewhere(reference):
                self._waiting[Dangling(path, reference.written)] = reference
            elif len(self._good) < _REMEMBERED:
                self._good.add(raw)

    def look_at_pieces(self, path: str, pieces: Iterable[bytes]) -> None:
        """Take in a member that is large, piece by piece: between two lines of markup, where no reference goes on."""
        held = bytearray()
        for piece in pieces:
            unseen = max(0, len(held) - 1)  # what lies before was looked through; a piece may end between the two bytes
            held += piece
            end = held.rfind(b">\n", unseen) + 1
            if end:
                self.look(path, bytes(held[:end]))
                del held[:end]
        self.look(path, bytes(held))

    def dangling(self, told: Collection[str]) -> Iterator[Dangling]:
        """Those that lead nowhere, now that all identifiers are known; without those that were told of already."""
        told_of = {_target(reference) for text in told for reference in references(text.encode(), in_xml=False)}
        for found, reference in self._waiting.items():
            if not self._leads_somewhere(reference) and _target(reference) not in told_of:
                yield found

    def _leads_somewhere(self, reference: Reference) -> bool:
        if self._is_file(reference):
            return True
        key = _key(reference)
        return key is None or key in self.named or key in self.known or self._is_page(key)

    def _is_file(self, reference: Reference) -> bool:
        if "FILEBASE" not in reference.name:
            return False
        return any(path in self.paths or f"{_FOLDER}{path}" in self.paths for path in _spellings(reference.rest))

    def _is_page(self, key: str) -> bool:
        """Older packages name a page by its slug."""
        return any(f"{_PAGES}{unquote(key)}{extension}" in self.paths for extension in (".html", ".json"))


def references(data: bytes, *, in_xml: bool) -> Iterator[Reference]:
    """The reference tokens of a member."""
    return (raw.decoded(in_xml=in_xml) for raw in _raw_references(data))


class _Raw(NamedTuple):
    """A token as it is written in a member."""

    name: bytes
    rest: bytes
    quoted: bool  # whether a quote stands before it, and the same one behind it

    def decoded(self, *, in_xml: bool) -> Reference:
        rest = self.rest.decode("utf-8", "replace")
        if "&" in rest:
            rest = html.unescape(rest)
            rest = html.unescape(rest) if in_xml else rest
        if not self.quoted:
            rest = _ENDS_BARE.split(rest, maxsplit=1)[0]
        return Reference(self.name.decode(), rest)


def _raw_references(data: bytes) -> Iterator[_Raw]:
    for mark in _MARKS:
        place = data.find(mark)
        while place >= 0:
            end = place + len(mark)
            raw = _common(data, mark, place) or _any(data, mark, place)
            if raw is not None:
                yield raw
            place = data.find(mark, end)


def _common(data: bytes, mark: bytes, place: int) -> _Raw | None:
    """The token whose mark is at this place, spelled as in the attributes of HTML; None for any other spelling."""
    end = place + len(mark)
    if data[end : end + 1] != b"$":
        return None
    for before, name in _COMMON:
        if data.endswith(before, 0, place):
            start = place - len(before)
            escaped = data[max(0, start - 1) : start] == b"\\"  # a quote of JSON
            return None if escaped else _Raw(name + mark, _rest(data, end + 1, b'"'), quoted=True)
    return None


def _any(data: bytes, mark: bytes, place: int) -> _Raw | None:
    """The token whose mark is at this place; None where it is no token."""
    before = _BEFORE.search(data[max(0, place - _LONGEST_BEFORE) : place])
    after = _AFTER.match(data, place + len(mark))
    if before is None or after is None:
        return None
    quote = before["quote"]
    return _Raw(before["name"] + mark, _rest(data, after.end(), quote), bool(quote))


def _rest(data: bytes, start: int, quote: bytes | None) -> bytes:
    """What follows a token: up to the quote that stands before it, else to where an address ends in a text."""
    if quote:
        end = data.find(quote, start, start + _LONGEST)
        return data[start : end if end >= 0 else start + _LONGEST]
    bare = _BARE.match(data, start, start + _LONGEST)
    return bare[0] if bare else b""


def _spellings(rest: str) -> Iterator[str]:
    """The paths that a file reference may mean: with and without a query, decoded or as it is, at a sentence's end."""
    for cut in (rest, _without_query(rest)):
        for bare in (cut, cut.rstrip(_PUNCTUATION)):
            path = bare.lstrip("/")
            yield path
            yield unquote(path)


def _without_query(rest: str) -> str:
    return rest.partition("#")[0].partition("?")[0]


def _key(reference: Reference) -> str | None:
    """The identifier or file that must be there; None for a page of the course that is no object, such as its grades."""
    path = _without_query(reference.rest).strip("/").rstrip(_PUNCTUATION)
    if "FILEBASE" in reference.name:
        return path
    if reference.name == "CANVAS_COURSE_REFERENCE":
        return path.removeprefix(_ITEM).split("/")[0] if path.startswith(_ITEM) else None
    return unquote(path.partition("/")[2].split("/")[0]) or None


def _target(reference: Reference) -> tuple[str, str | None]:
    return reference.name, _key(reference)
