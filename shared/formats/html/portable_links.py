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
from shared.formats.html.tokenizer import Attribute, Rewriting, Tag, rewrite
from shared.formats.identifiers import Keys
from shared.formats.packing import Links

_ITEMS = "/modules/items/"
TO_ROOT = "../"  # from any document to the root of the package


@dataclass(slots=True)
class PortableLinks:
    """`Links` whose files are named by a relative path and whose other targets by their address on `host`.

    `folder` is where course files lie, as seen from the documents that name them. `member_of` gives the member of the
    package that an identifier leads to, or None for what has none.
    """

    tokens: Links
    course: CourseContent
    keys: Keys
    host: str
    folder: str
    member_of: Callable[[str], str | None] = lambda _: None
    linked_paths: set[str] = field(default_factory=set, init=False)  # the paths of the files that links lead to
    _paths: dict[str, str] | None = field(default=None, init=False)  # identifier -> path below the course

    def export(self, html: str, kind: Kind, object_id: int, place: str) -> str:
        """The HTML with references replaced; every other byte as it was."""
        text = self.tokens.export(html, kind, object_id, place)
        if not references.has_tokens(text):
            return text
        return rewrite(text, Rewriting(attribute=self._attribute, text=self._text))

    def files(self, html: str, kind: Kind, object_id: int, place: str) -> Iterable[int]:
        """The ids of the course files that the HTML names, in order."""
        return self.tokens.files(html, kind, object_id, place)

    def settle(self, selection: Selection) -> None:
        """Set the final selection of the package."""
        self.tokens.settle(selection)

    def finish(self) -> None:
        """Warn of links whose targets are not in the package. Call it when everything is written."""
        self.tokens.finish()

    def _attribute(self, _tag: Tag, attribute: Attribute) -> str:
        """The value of an attribute. A file's whole address is one reference: Canvas does not escape blanks in media paths."""
        if attribute.name in references.ADDRESSES and attribute.value.startswith(references.FILEBASE):
            return html.escape(self._file(attribute.value.removeprefix(references.FILEBASE)))
        return map_addresses(attribute.name, attribute.raw, self._text)

    def _text(self, run: str) -> str:
        return references.TOKEN.sub(self._address, run)

    def _file(self, rest: str) -> str:
        path, _, fragment = references.split(rest)
        name = unquote(path)
        self.linked_paths.add(name.removeprefix("/"))
        return f"{self.folder}{quote(name, safe=references.UNESCAPED_PATH)}{fragment}"

    def _address(self, token: re.Match[str]) -> str:
        rest = token["rest"]
        if references.is_file(token):
            return html.escape(self._file(unescaped(rest)))
        course = f"{self.host.rstrip('/')}/courses/{self.course.course.id}"
        if token["named"] == "CANVAS_COURSE_REFERENCE" and not rest.startswith(_ITEMS):
            return course + rest
        kind = rest.removeprefix("/").partition("/")[0]
        before = _ITEMS if rest.startswith(_ITEMS) else f"/{kind}/"
        return self._member(rest, before) or course + self._named(rest, before)

    def _member(self, rest: str, before: str) -> str | None:
        """The path of the member that the identifier after `before` leads to."""
        path, _, fragment = references.split(rest.removeprefix(before))
        member = self.member_of(unquote(unescaped(path.partition("/")[0])))
        if member is None:
            return None
        return f"{TO_ROOT}{html.escape(quote(member, safe=references.UNESCAPED_PATH))}{fragment}"

    def _named(self, rest: str, before: str) -> str:
        """A path with the identifier after `before` replaced by the id or the slug of its object."""
        path, query, fragment = references.split(rest.removeprefix(before))
        name, slash, further = path.partition("/")
        known = self._known().get(unquote(unescaped(name)))
        return f"{before}{known or name}{slash}{further}{query}{fragment}"

    def _known(self) -> dict[str, str]:
        if self._paths is None:
            self._paths = {
                self.keys.of(ref.kind, ref.id): (ref.slug or str(ref.id)) if ref.kind is Kind.PAGES else str(ref.id)
                for ref in self.course.refs()
            }
        return self._paths
