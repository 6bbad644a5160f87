"""Reference tokens in the members of a package, and whether their targets are in it. Source: the tokens of Canvas.

Text is searched as it is written in members: HTML, HTML inside of XML (one escape more), HTML inside of JSON.
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
# The `ident` of a question or answer is in no reference. A pattern that begins with a word, not with `\b`, is quick to find.
_IDENTIFIER = re.compile(rb"identifier=\"(?<=\Widentifier=\")([^\"]+)\"")
_ENDS_BARE = re.compile(r"[\s\"'<>\\\xa0]")
_PUNCTUATION = ".,;:!?)"
_ITEM = "modules/items/"
_FOLDER = "web_resources/"
_PAGES = "wiki_content/"


class Reference(NamedTuple):
    """A token `$NAME$` and the path behind it, with all levels of escapes undone."""

    name: str
    rest: str

    @property
    def written(self) -> str:
        """The token and its path as in HTML."""
        return f"${self.name}${self.rest}"


class Dangling(NamedTuple):
    """A reference in a member to something that the package does not hold."""

    path: str
    written: str


@dataclass(slots=True)
class References:
    """The references of all members that have no target so far.

    Add the members with most identifiers first, so that few references have to be kept.
    """

    paths: Collection[str]  # the members of the package
    manifest_identifiers: Container[str] = ()  # identifiers of the manifest
    other_identifiers: set[str] = field(
        default_factory=set
    )  # identifiers of other members that the manifest does not have
    _waiting: dict[Dangling, Reference] = field(default_factory=dict)
    _good: set[_Raw] = field(default_factory=set)  # some with a target, since most are written many times

    def add(self, path: str, data: bytes, *, names_objects: bool = True) -> None:
        """Add a member: the identifiers of an XML document, and the references without a target so far."""
        if names_objects and path.endswith(".xml"):
            for raw_identifier in set(_IDENTIFIER.findall(data)):
                identifier = raw_identifier.decode("utf-8", "replace")
                if identifier not in self.manifest_identifiers:
                    self.other_identifiers.add(identifier)
        in_xml = path.endswith((".xml", ".qti"))
        for raw in _raw_references(data):
            if raw in self._good:
                continue
            reference = raw.decoded(in_xml=in_xml)
            if not self._leads_somewhere(reference):
                self._waiting[Dangling(path, reference.written)] = reference
            elif len(self._good) < _REMEMBERED:
                self._good.add(raw)

    def add_pieces(self, path: str, pieces: Iterable[bytes], *, names_objects: bool = True) -> None:
        """Add a large member in pieces, cut between two lines of markup, where no reference goes on."""
        held = bytearray()
        for piece in pieces:
            unseen = max(0, len(held) - 1)  # the bytes before were searched; a piece may end between the two bytes
            held += piece
            end = held.rfind(b">\n", unseen) + 1
            if end:
                self.add(path, bytes(held[:end]), names_objects=names_objects)
                del held[:end]
        self.add(path, bytes(held), names_objects=names_objects)

    def dangling(self, reported: Collection[str]) -> Iterator[Dangling]:
        """The references without a target, once all members are added; without those that the report names."""
        reported_targets = {
            _target(reference) for text in reported for reference in references(text.encode(), in_xml=False)
        }
        for dangling, reference in self._waiting.items():
            if not self._leads_somewhere(reference) and _target(reference) not in reported_targets:
                yield dangling

    def _leads_somewhere(self, reference: Reference) -> bool:
        if self._is_file(reference):
            return True
        key = _key(reference)
        return key is None or key in self.manifest_identifiers or key in self.other_identifiers or self._is_page(key)

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
    """A token as a member has it, with its escapes."""

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
    """The token whose mark is at this place; None if it is not a token."""
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
