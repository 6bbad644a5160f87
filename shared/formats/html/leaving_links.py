"""Links out of a package: references to objects of the course that a selection, or a package of quizzes, leaves out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from shared.domain.course_content import CourseContent
from shared.domain.kinds import GRADED, Kind, family
from shared.domain.report import Report
from shared.domain.selection import Selection
from shared.formats.identifiers import Keys

Object = tuple[Kind, int]


class _Link(NamedTuple):
    """A link as it is written into the package, and the HTML field that it stands in."""

    written: str
    kind: Kind
    object_id: int
    place: str


@dataclass(slots=True)
class LeavingLinks:
    """The links of one package to what is not known to be in it."""

    course: CourseContent
    keys: Keys
    selection: Selection
    report: Report
    _links: dict[Object, list[_Link]] = field(default_factory=dict)

    def met(self, target: Object, written: str, kind: Kind, object_id: int, place: str) -> None:
        """A link to an object of the course. Announcements count as discussion topics."""
        if self.selection.everything or self._selected(*target):
            return
        links, link = self._links.setdefault(target, []), _Link(written, kind, object_id, place)
        if not links or links[-1] != link:  # a question may be written into two documents, one after the other
            links.append(link)

    def tell(self) -> None:
        """Warn of every link whose target is not in the package after all. To be called when all is written."""
        inside = self._inside()
        left = {target: links for target, links in self._links.items() if target not in inside}
        self._links = {}
        titles = {(family(ref.kind), ref.id): ref.title for ref in (self.course.refs() if left else ())}
        for (kind, object_id), links in left.items():
            title = titles.get((kind, object_id), "")
            for link in dict.fromkeys(links):
                self.report.dangling.add(link.written)
                self.report.warn(
                    "link_leaves_package",
                    f"{link.written} leads to {title!r} of the {kind}, which is not in this package.",
                    kind=link.kind,
                    item_id=link.object_id,
                    place=link.place,
                )

    def _inside(self) -> set[Object]:
        """The targets that have been selected since, or that come with something else."""
        targets = list(self._links)
        inside = {target for target in targets if self._selected(*target)}
        if any(kind is Kind.MODULE_ITEMS for kind, _ in targets):
            inside |= self._items()
        if any(kind is Kind.ASSIGNMENTS for kind, _ in targets):
            inside |= set(self._backed())
        return inside

    def _items(self) -> set[Object]:
        """The items of the selected modules."""
        refs = [ref for ref in self.course.refs(Kind.MODULE_ITEMS) if ref.parent_id is not None]
        modules = {ref.parent_id for ref in refs if ref.parent_id and self._selected(Kind.MODULES, ref.parent_id)}
        return {(Kind.MODULE_ITEMS, ref.id) for ref in refs if ref.parent_id in modules}

    def _backed(self) -> Iterator[Object]:
        """The assignments that are written with a quiz, topic or page."""
        for kind in GRADED:
            for item in self.course.each(kind):
                if item.assignment_id is not None and self._selected(kind, item.id):
                    yield Kind.ASSIGNMENTS, item.assignment_id

    def _selected(self, kind: Kind, object_id: int) -> bool:
        return any(self.selection.selected(one, object_id, *self.keys.names(one, object_id)) for one in _members(kind))


def _members(kind: Kind) -> Iterable[Kind]:
    return (kind, Kind.ANNOUNCEMENTS) if kind is Kind.DISCUSSION_TOPICS else (kind,)
