"""What the objects of a selection bring along, worked out before the first entry of the package is made."""

from __future__ import annotations

from dataclasses import dataclass, field

from shared.domain.content.content_object import Content
from shared.domain.kinds import Kind
from shared.domain.selection import Selection
from shared.formats.packing import Packing, is_item_fault


@dataclass(slots=True)
class SelectionClosure:
    """A selection that is being completed. The first reason for an object is the one that is reported."""

    packing: Packing
    because: dict[tuple[Kind, int], str] = field(default_factory=dict)

    def selected(self, kind: Kind, object_id: int) -> bool:
        """Whether an object goes into the package as far as it is known now."""
        return (kind, object_id) in self.because or self.packing.selected(kind, object_id)

    def add(self, kind: Kind, object_id: int, reason: str) -> None:
        """Bring an object along."""
        self.because.setdefault((kind, object_id), reason)

    def add_files_of(self, kind: Kind, item: Content) -> None:
        """Bring along the files that the HTML of an object names; a fault of the object is left for its writer to report."""

        def add_files(html: str, place: str) -> str:
            for file_id in self.packing.links.files(html, kind, item.id, place):
                self.add(Kind.FILES, file_id, f"referenced by {kind} {item.id}")
            return html

        try:
            item.map_html(add_files)
        except Exception as error:
            if not is_item_fault(error):
                raise

    def selection(self) -> Selection:
        """The selection as completed so far."""
        return self.packing.selection.completed(self.because)
