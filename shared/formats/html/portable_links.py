"""The HTML of a package for readers without Canvas's tokens: paths of files, addresses of all other targets."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from shared.domain.course_content import CourseContent
from shared.domain.kinds import Kind
from shared.domain.selection import Selection
from shared.formats.html import references
from shared.formats.html.addresses import map_addresses, unescaped
from shared.formats.html.media_links import FieldReferences
from shared.formats.html.tokenizer import Attribute, Rewriting, Tag, rewrite
from shared.formats.identifiers import Keys
from shared.formats.packing import Links

_ITEMS = "/modules/items/"
TO_ROOT = "../"  # from any document to the root of the package


@dataclass(slots=True)
class PortableLinks:
    """`Links` whose files are named by a relative path and whose other targets by their address on `host`.

    `folder` is where course files lie, as seen from the documents that name them. `address_of` gives the relative address
    in the package that an identifier leads to, or None for what has none.
    """

    tokens: Links
    course: CourseContent
    keys: Keys
    host: str
    folder: str
    address_of: Callable[[str], str | None] = lambda _: None
    linked_paths: set[str] = field(default_factory=set, init=False)  # the paths of the files that links lead to
    _paths: dict[str, str] | None = field(default=None, init=False)  # identifier -> path below the course

    def export(self, html: str, kind: Kind, object_id: int, place: str) -> str:
        """The HTML with references replaced; every other byte as it was."""
        text = self.tokens.export(html, kind, object_id, place)
        if not references.has_tokens(text):
            return text
        return rewrite(text, Rewriting(attribute=self._attribute, text=self._run))

    def files(self, html: str, kind: Kind, object_id: int, place: str) -> Iterable[int]:
        """The ids of the course files that the HTML names, in order."""
        return self.tokens.files(html, kind, object_id, place)

    def references_of(self, html: str, kind: Kind, object_id: int, place: str) -> FieldReferences | None:
        """How references become tokens, for a reader that parses the HTML; None if there are none. Nothing is reported."""
        return self.tokens.references_of(html, kind, object_id, place)

    def settle(self, selection: Selection) -> None:
        """Set the final selection of the package."""
        self.tokens.settle(selection)

    def finish(self) -> None:
        """Warn of links whose targets are not in the package. Call it when everything is written."""
        self.tokens.finish()

    def address(self, value: str) -> str:
        """The address in an attribute, without character references, where its reference leads."""
        if value.startswith(references.FILEBASE):
            return self._file(value.removeprefix(references.FILEBASE))
        return unescaped(self._text(html.escape(value))) if references.has_tokens(value) else value

    def shown_address(self, text: str) -> str:
        """A text, without character references, that people read: its references as addresses that can be copied."""
        if not references.has_tokens(text):
            return text
        shown = references.replace_in_text(references.TOKEN, self._outside, html.escape(text, quote=False))
        return unescaped(shown)

    def _attribute(self, _tag: Tag, attribute: Attribute) -> str:
        """The value of an attribute. A file's whole address is one reference: Canvas does not escape blanks in media paths."""
        if attribute.name in references.ADDRESSES and attribute.value.startswith(references.FILEBASE):
            return html.escape(self._file(attribute.value.removeprefix(references.FILEBASE)))
        return map_addresses(attribute.name, attribute.raw, self._text)

    def _text(self, run: str) -> str:
        return references.TOKEN.sub(self._address, run)

    def _run(self, run: str) -> str:
        """A text between tags, where punctuation behind an address is not part of it."""
        return references.replace_in_text(references.TOKEN, self._address, run)

    def _file(self, rest: str) -> str:
        path, _, fragment = references.split(rest)
        name = unquote(path)
        self.linked_paths.add(name.removeprefix("/"))
        return f"{self.folder}{quote(name, safe=references.UNESCAPED_PATH)}{fragment}"

    def _address(self, token: re.Match[str]) -> str:
        rest = token["rest"]
        if references.is_file(token):
            return html.escape(self._file(unescaped(rest)))
        names_object = token["named"] != "CANVAS_COURSE_REFERENCE" or rest.startswith(_ITEMS)
        return (self._member(rest, _before(rest)) if names_object else None) or self._outside(token)

    def _outside(self, token: re.Match[str]) -> str:
        """The address on the host of what a token names; of a file its path in the package."""
        rest = token["rest"]
        if references.is_file(token):
            return html.escape(self._file(unescaped(rest)))
        course = f"{self.host.rstrip('/')}/courses/{self.course.course.id}"
        if token["named"] == "CANVAS_COURSE_REFERENCE" and not rest.startswith(_ITEMS):
            return course + rest
        return course + self._with_path(rest, _before(rest))

    def _member(self, rest: str, before: str) -> str | None:
        """The address in the package that the identifier after `before` leads to."""
        path, _, fragment = references.split(rest.removeprefix(before))
        address = self.address_of(unquote(unescaped(path.partition("/")[0])))
        return None if address is None else f"{html.escape(address)}{fragment}"

    def _with_path(self, rest: str, before: str) -> str:
        """A path with the identifier after `before` replaced by the id or the slug of its object."""
        path, query, fragment = references.split(rest.removeprefix(before))
        name, slash, further = path.partition("/")
        target = self._paths_by_key().get(unquote(unescaped(name)))
        return f"{before}{target or name}{slash}{further}{query}{fragment}"

    def _paths_by_key(self) -> dict[str, str]:
        if self._paths is None:
            self._paths = {
                self.keys.of(ref.kind, ref.id): (ref.slug or str(ref.id)) if ref.kind is Kind.PAGES else str(ref.id)
                for ref in self.course.refs()
            }
        return self._paths


def _before(rest: str) -> str:
    """What stands in front of the identifier in a path below the course."""
    return _ITEMS if rest.startswith(_ITEMS) else f"/{rest.removeprefix('/').partition('/')[0]}/"
