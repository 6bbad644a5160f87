"""Where the objects of a generic cartridge lie. Each document lies in one folder, so that all links begin with `../`."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from urllib.parse import quote

from shared.domain.course_content import Ref
from shared.domain.kinds import GRADED, Kind
from shared.formats.file_paths import safe_name
from shared.formats.html import references
from shared.formats.html.portable_links import TO_ROOT
from shared.formats.imscp.package_source import WEB_RESOURCES
from shared.formats.packing import Packing
from shared.formats.qti.cc_items import fits
from shared.formats.qti.portable_items import has_items

PAGES = "wiki_content"
_FOLDERS = {
    Kind.ASSIGNMENTS: "assignments/{}.html",
    Kind.DISCUSSION_TOPICS: "topics/{}.xml",
    Kind.ANNOUNCEMENTS: "topics/{}.xml",
    Kind.QUIZZES: "{}/assessment_qti.xml",
}


@dataclass(slots=True)
class MemberPaths:
    """The members of the objects that are in the package, by kind and id, and by the identifier that a link names."""

    packing: Packing
    _paths: dict[tuple[Kind, int], str] = field(default_factory=dict)
    _names: dict[str, tuple[Kind, int]] = field(default_factory=dict)  # by identifier; pages by their url too
    _quizzes: dict[int, bool] = field(default_factory=dict)  # by id, whether the quiz has items; of those linked to
    _graded: dict[int, tuple[Kind, int]] | None = None  # by assignment, the quiz, topic or page that it grades

    def __post_init__(self) -> None:
        """Index the objects of the package."""
        used: set[str] = set()
        for ref in self.packing.course.refs(Kind.PAGES, *_FOLDERS, Kind.MODULE_ITEMS):
            key = self.packing.key(ref.kind, ref.id)
            self._names.setdefault(key, (ref.kind, ref.id))
            if ref.kind is Kind.PAGES and ref.slug:
                self._names.setdefault(ref.slug, (ref.kind, ref.id))
            if ref.kind is not Kind.MODULE_ITEMS and self.packing.selected(ref.kind, ref.id):
                path = _page(ref, used) if ref.kind is Kind.PAGES else _FOLDERS[ref.kind].format(key)
                self._paths[ref.kind, ref.id] = path

    def of(self, kind: Kind, object_id: int) -> str:
        """The member of an object that is in the package."""
        return self._paths[kind, object_id]

    def address(self, name: str) -> str | None:
        """The relative address that a link to this identifier leads to; None for an object without a member in the package."""
        path = self._member(name)
        return None if path is None else f"{TO_ROOT}{quote(path, safe=references.UNESCAPED_PATH)}"

    def target(self, name: str) -> tuple[Kind, int] | None:
        """The object that a link to this identifier shows; None for anything but an object with a member of its own."""
        target = self._names.get(name)
        if target is not None and target[0] is Kind.MODULE_ITEMS:
            target = self._shown(target[1])
        if target is not None and target[0] is Kind.ASSIGNMENTS:
            target = self._grading().get(target[1], target)
        return target

    def _member(self, name: str) -> str | None:
        target = self.target(name)
        if target is not None and target[0] is Kind.FILES:
            return self.file(target[1])
        if target is not None and target[0] is Kind.QUIZZES and not self._has_items(target[1]):
            return None
        return None if target is None else self._paths.get(target)

    def _has_items(self, quiz_id: int) -> bool:
        """Whether a quiz has a question for the package; without one, it is left out."""
        if quiz_id not in self._quizzes:
            quiz = self.packing.course.get(Kind.QUIZZES, quiz_id)
            self._quizzes[quiz_id] = quiz is not None and has_items(quiz, self.packing, fits)
        return self._quizzes[quiz_id]

    def file(self, file_id: int) -> str | None:
        """The member of a file, whether it is in the package or not; None for one that the course does not have."""
        path = self.packing.file_paths.files.get(file_id)
        return None if path is None else f"{WEB_RESOURCES}/{path}"

    def _shown(self, item_id: int) -> tuple[Kind, int] | None:
        """What a module item shows."""
        item = self.packing.course.get(Kind.MODULE_ITEMS, item_id)
        if item is None or item.content_kind is None:
            return None
        if item.content_id is None:
            return self._names.get(item.page_url or "")
        target = (item.content_kind, item.content_id)
        return (Kind.ANNOUNCEMENTS, item.content_id) if (Kind.ANNOUNCEMENTS, item.content_id) in self._paths else target

    def _grading(self) -> dict[int, tuple[Kind, int]]:
        if self._graded is None:
            self._graded = {
                item.assignment_id: (kind, item.id)
                for kind in GRADED
                for item in self.packing.course.each(kind)
                if item.assignment_id is not None and (kind, item.id) in self._paths
            }
        return self._graded


def _page(ref: Ref, used: set[str]) -> str:
    """The member of a page: its url, with a number if another page has that member."""
    name = posixpath.splitext(safe_name(f"{ref.slug or ref.id}.html"))[0]
    path, number = f"{PAGES}/{name}.html", 1
    while path in used:
        number += 1
        path = f"{PAGES}/{name}-{number}.html"
    used.add(path)
    return path
