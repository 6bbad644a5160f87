"""Reference tokens in the members of a package, and whether what they lead to is in it. Source: Canvas, its tokens.

Text is looked at as it is written in members: HTML, HTML inside of XML (one escape more), HTML inside of JSON.
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import unquote

_MARKS = (b"FILEBASE", b"REFERENCE")  # each token has one of these: quick to look for
_QUOTES = r"\\?\"|'|&quot;|&#34;|&#39;|&apos;|&amp;quot;|&amp;#39;"
_TOKEN = re.compile(
    rf"(?P<quote>{_QUOTES})?(?:\$|%24)"
    r"(?P<name>IMS[-_]CC[-_]FILEBASE|WIKI_REFERENCE|CANVAS_OBJECT_REFERENCE|CANVAS_COURSE_REFERENCE)(?:\$|%24)"
    r"(?(quote)(?P<quoted>.{0,4000}?)(?P=quote)|(?P<bare>[^\s\"'<>]{0,4000}))",
    re.DOTALL,
)
_IDENTIFIER = re.compile(rb"\b(?:identifier|ident)=\"([^\"]+)\"")
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
    """The references of all members, kept only as long as it is not known that they lead somewhere."""

    paths: Collection[str]  # the members of the package
    known: set[str] = field(default_factory=set)  # identifiers that members carry
    _waiting: dict[Dangling, Reference] = field(default_factory=dict)

    def look(self, path: str, data: bytes) -> None:
        """Take in a member: the identifiers that an XML document carries, the references that do not name a file."""
        if path.endswith(".xml"):
            self.known.update(found.decode("utf-8", "replace") for found in _IDENTIFIER.findall(data))
        if not any(mark in data for mark in _MARKS):
            return
        for reference in references(data.decode("utf-8", "replace"), in_xml=path.endswith((".xml", ".qti"))):
            if not self._is_file(reference):
                self._waiting[Dangling(path, reference.written)] = reference

    def dangling(self, identifiers: Collection[str], told: Collection[str]) -> Iterator[Dangling]:
        """Those that lead nowhere, now that all identifiers are known; without those that were told of already."""
        told_of = {_target(reference) for text in told for reference in references(text, in_xml=False)}
        for found, reference in self._waiting.items():
            key = _key(reference)
            resolved = key is None or key in identifiers or key in self.known or self._is_page(key)
            if not resolved and _target(reference) not in told_of:
                yield found

    def _is_file(self, reference: Reference) -> bool:
        if "FILEBASE" not in reference.name:
            return False
        return any(path in self.paths or f"{_FOLDER}{path}" in self.paths for path in _spellings(reference.rest))

    def _is_page(self, key: str) -> bool:
        """Older packages name a page by its slug."""
        return any(f"{_PAGES}{unquote(key)}{extension}" in self.paths for extension in (".html", ".json"))


def references(text: str, *, in_xml: bool) -> Iterator[Reference]:
    """The reference tokens of a text."""
    for found in _TOKEN.finditer(text):
        rest = found["quoted"] if found["quote"] else found["bare"]
        rest = html.unescape(html.unescape(rest) if in_xml else rest)
        if not found["quote"]:
            rest = _ENDS_BARE.split(rest, maxsplit=1)[0]
        yield Reference(found["name"], rest)


def _spellings(rest: str) -> Iterator[str]:
    """The paths that a file reference may mean: with and without a query, decoded or as it is, at a sentence's end."""
    for cut in (rest, re.split(r"[?#]", rest, maxsplit=1)[0]):
        for bare in (cut, cut.rstrip(_PUNCTUATION)):
            path = bare.lstrip("/")
            yield path
            yield unquote(path)


def _key(reference: Reference) -> str | None:
    """The identifier or file that must be there; None for a page of the course that is no object, such as its grades."""
    path = re.split(r"[?#]", reference.rest, maxsplit=1)[0].strip("/").rstrip(_PUNCTUATION)
    if "FILEBASE" in reference.name:
        return path
    if reference.name == "CANVAS_COURSE_REFERENCE":
        return path.removeprefix(_ITEM).split("/")[0] if path.startswith(_ITEM) else None
    return unquote(path.partition("/")[2].split("/")[0]) or None


def _target(reference: Reference) -> tuple[str, str | None]:
    return reference.name, _key(reference)
