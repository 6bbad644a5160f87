"""The HTML of a package for readers that do not know Canvas's tokens: paths of files, and addresses of all else."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from shared.domain.course_content import CourseContent
from shared.domain.kinds import Kind
from shared.domain.selection import Selection
from shared.formats.html import references
from shared.formats.html.tokenizer import Attribute, Rewriting, Tag, rewrite
from shared.formats.identifiers import Keys
from shared.formats.packing import Links

_ITEMS = "/modules/items/"


@dataclass(slots=True)
class OutsideLinks:
    """`Links` whose files are named by a relative path and whose other targets by their address on `host`.

    `folder` is where course files lie, as seen from the documents that name them.
    """

    tokens: Links
    course: CourseContent
    keys: Keys
    host: str
    folder: str
    met: set[str] = field(default_factory=set, init=False)  # paths of the files that were named
    _paths: dict[str, str] | None = field(default=None, init=False)  # identifier -> path below the course

    def export(self, html: str, kind: Kind, object_id: int, place: str) -> str:
        """References replaced; every other byte as it was."""
        text = self.tokens.export(html, kind, object_id, place)
        if "FILEBASE" not in text and "_REFERENCE" not in text:
            return text
        return rewrite(text, Rewriting(attribute=self._attribute, text=self._text))

    def files(self, html: str, kind: Kind, object_id: int, place: str) -> Iterable[int]:
        """The ids of the course files that the HTML names, in order."""
        return self.tokens.files(html, kind, object_id, place)

    def settle(self, selection: Selection) -> None:
        """Take this as what goes into the package."""
        self.tokens.settle(selection)

    def finish(self) -> None:
        """Tell the report what is only known when all is written."""
        self.tokens.finish()

    def _attribute(self, _tag: Tag, attribute: Attribute) -> str:
        """The whole of an address is one reference, blanks and all: Canvas does not escape those of media."""
        if attribute.name in references.ADDRESSES and attribute.value.startswith(references.FILES):
            return html.escape(self._file(attribute.value.removeprefix(references.FILES)))
        return self._text(attribute.raw)

    def _text(self, run: str) -> str:
        return references.TOKEN.sub(self._outside, run)

    def _file(self, rest: str) -> str:
        path, _, fragment = references.split(rest)
        name = unquote(path)
        self.met.add(name.removeprefix("/"))
        return f"{self.folder}{quote(name, safe=references.UNESCAPED_PATH)}{fragment}"

    def _outside(self, found: re.Match[str]) -> str:
        rest = found["rest"]
        if "FILEBASE" in found["named"]:
            return html.escape(self._file(html.unescape(rest)))
        course = f"{self.host.rstrip('/')}/courses/{self.course.course.id}"
        if found["named"] == "CANVAS_COURSE_REFERENCE":
            return course + (self._named(rest, _ITEMS) if rest.startswith(_ITEMS) else rest)
        kind, _, named = rest.removeprefix("/").partition("/")
        return course + self._named(f"/{kind}/{named}", f"/{kind}/")

    def _named(self, rest: str, before: str) -> str:
        """A path whose identifier, after `before`, has become the id or the slug of the object that it names."""
        path, query, fragment = references.split(rest.removeprefix(before))
        name, slash, further = path.partition("/")
        known = self._known().get(unquote(html.unescape(name)))
        return f"{before}{known or name}{slash}{further}{query}{fragment}"

    def _known(self) -> dict[str, str]:
        if self._paths is None:
            self._paths = {
                self.keys.of(ref.kind, ref.id): (ref.slug or str(ref.id)) if ref.kind is Kind.PAGES else str(ref.id)
                for ref in self.course.refs()
            }
        return self._paths
