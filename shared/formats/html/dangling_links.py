"""Links to objects of the course that are not in the package: not selected, or not of a kind that it holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from shared.domain.course_content import CourseContent
from shared.domain.kinds import GRADED, Kind, family
from shared.domain.report import Report
from shared.domain.selection import Selection
from shared.domain.warning_codes import WarningCode
from shared.formats.identifiers import Keys

Target = tuple[Kind, int]


class _Link(NamedTuple):
    """A link as it is written into the package, and the HTML field that has it."""

    written: str
    kind: Kind
    object_id: int
    place: str


@dataclass(slots=True)
class DanglingLinks:
    """The links of one package whose targets are not selected so far."""

    course: CourseContent
    keys: Keys
    selection: Selection
    report: Report
    _links: dict[Target, list[_Link]] = field(default_factory=dict)

    def add(self, target: Target, written: str, kind: Kind, object_id: int, place: str) -> None:
        """Keep a link if its target is not selected. Announcements count as discussion topics."""
        if self.selection.everything or self._selected(*target):
            return
        links, link = self._links.setdefault(target, []), _Link(written, kind, object_id, place)
        # A question may be written into two documents, one after the other.
        if not links or links[-1] != link:
            links.append(link)

    def warn(self) -> None:
        """Warn of every link whose target is still not in the package. Call it when everything is written."""
        packed = self._packed_targets()
        dangling = {target: links for target, links in self._links.items() if target not in packed}
        self._links = {}
        titles = {(family(ref.kind), ref.id): ref.title for ref in (self.course.refs() if dangling else ())}
        for (kind, object_id), links in dangling.items():
            title = titles.get((kind, object_id), "")
            for link in dict.fromkeys(links):
                self.report.dangling.add(link.written)
                self.report.warn(
                    WarningCode.LINK_LEAVES_PACKAGE,
                    f"{link.written} leads to {title!r} of the {kind}, which is not in this package.",
                    kind=link.kind,
                    item_id=link.object_id,
                    place=link.place,
                )

    def _packed_targets(self) -> set[Target]:
        """The targets that are selected by now, or that are packed with another object."""
        targets = list(self._links)
        packed = {target for target in targets if self._selected(*target)}
        if any(kind is Kind.MODULE_ITEMS for kind, _ in targets):
            packed |= self._items()
        if any(kind is Kind.ASSIGNMENTS for kind, _ in targets):
            packed |= set(self._packed_assignments())
        return packed

    def _items(self) -> set[Target]:
        """The items of the selected modules."""
        refs = [ref for ref in self.course.refs(Kind.MODULE_ITEMS) if ref.parent_id is not None]
        modules = {ref.parent_id for ref in refs if ref.parent_id and self._selected(Kind.MODULES, ref.parent_id)}
        return {(Kind.MODULE_ITEMS, ref.id) for ref in refs if ref.parent_id in modules}

    def _packed_assignments(self) -> Iterator[Target]:
        """The assignments that are packed with a quiz, a topic or a page."""
        for kind in GRADED:
            for item in self.course.each(kind):
                if item.assignment_id is not None and self._selected(kind, item.id):
                    yield Kind.ASSIGNMENTS, item.assignment_id

    def _selected(self, kind: Kind, object_id: int) -> bool:
        return any(self.selection.selected(one, object_id, *self.keys.names(one, object_id)) for one in _members(kind))


def _members(kind: Kind) -> Iterable[Kind]:
    return (kind, Kind.ANNOUNCEMENTS) if kind is Kind.DISCUSSION_TOPICS else (kind,)
