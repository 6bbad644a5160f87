"""A package with its page to read, built in memory as a worker builds it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from posixpath import normpath
from typing import Any
from urllib.parse import unquote

from lxml import html

from shared.domain.content.course import Course
from shared.domain.kinds import Kind
from shared.domain.packages.package_options import PackageOptions
from shared.formats.entry import GeneratedEntry
from shared.formats.packing import Packing
from shared.worker.closing import closed
from tests.support.formats import an_importing
from tests.support.memory_course import MemoryCourse
from tests.support.roundtrip import Loaded, members, packing

_LINKS = {"href": ("a",), "src": ("img", "audio", "video", "source", "track")}


@dataclass(frozen=True, slots=True)
class Page:
    """The page as a browser reads it, the bytes of it, and the paths of all members."""

    name: str
    body: bytes
    members: list[str]

    @property
    def root(self) -> Any:
        return html.document_fromstring(self.body.decode())

    @property
    def text(self) -> str:
        return " ".join(self.root.body.text_content().split())

    def article(self, anchor: str) -> Any:
        return self.root.get_element_by_id(anchor)

    def broken_links(self) -> list[str]:
        """The relative addresses that lead to no member, and the places of the page that do not exist."""
        ids = {each.get("id") for each in self.root.iter() if each.get("id")}
        return [each for each in addresses(self.root) if not _resolves(each, ids, self.members)]


def addresses(root: Any) -> Iterable[str]:
    """Every address in the page that a browser may follow or load."""
    for name, tags in _LINKS.items():
        yield from (each.get(name) for each in root.iter(*tags) if each.get(name) is not None)


def _resolves(address: str, ids: set[str], members: list[str]) -> bool:
    if address.startswith(("http://", "https://", "mailto:", "tel:", "data:image/")):
        return True
    path, _, fragment = address.partition("#")
    return normpath(unquote(path)) in members if path else fragment in ids


def page_of(work: Packing, *locales: str | None, entries: Any = None, **options: Any) -> Page:
    """The page of a package; `entries` are those of a zip, which has a writer of its own."""
    wanted = PackageOptions(include_index=True, **options)
    written = [*closed(iter(members(work) if entries is None else entries), work, wanted, locales)]
    last = written[-1]
    body = b"".join(last.chunks()) if isinstance(last, GeneratedEntry) else last.body
    assert isinstance(body, bytes)
    return Page(last.path, body, [entry.path for entry in written])


def a_course(objects: dict[Kind, list[Any]], course: Course | None = None, **form: Any) -> Packing:
    """A packing of a course with these objects; `form` as of `roundtrip.packing`."""
    content = MemoryCourse(course or Course(id=1, name="Tides"), objects, {})
    return packing(Loaded(an_importing(), content), **form)
