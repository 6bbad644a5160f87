"""A course in memory: what a reader of a package found, given to a writer without a database between."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from shared.domain.content.course import Course
from shared.domain.course_content import Ref
from shared.domain.identifiers import Identifiers
from shared.domain.kinds import Kind
from shared.formats.importing import Importing

PARENTS = ("folder_id", "parent_folder_id", "module_id", "quiz_id", "question_bank_id")


class MemoryCourse:
    """CourseContent over plain lists, in the order: position (none last), id; without what is deleted, as the tables."""

    def __init__(self, course: Course, objects: Mapping[Kind, Sequence[Any]], identifiers: dict[Any, str]) -> None:
        self.course = course
        self._identifiers = identifiers
        self._objects = {
            kind: sorted(filter(_exists, items), key=lambda i: (i.position is None, i.position or 0, i.id))
            for kind, items in objects.items()
        }

    @classmethod
    def of(cls, importing: Importing) -> MemoryCourse:
        assert importing.course is not None
        return cls(importing.course, importing.objects, dict(importing.identifiers))

    def each(self, kind: Kind) -> Iterator[Any]:
        yield from self._objects.get(kind, ())

    def children(self, kind: Kind, parent_id: int) -> Sequence[Any]:
        return [i for i in self._objects.get(kind, ()) if _parent(i) == parent_id]

    def get(self, kind: Kind, object_id: int) -> Any | None:
        return next((i for i in self._objects.get(kind, ()) if i.id == object_id), None)

    def count(self, kind: Kind) -> int:
        return len(self._objects.get(kind, ()))

    def refs(self, *kinds: Kind) -> Iterable[Ref]:
        for kind, items in self._objects.items():
            for item in items if not kinds or kind in kinds else ():
                yield Ref(kind, item.id, item.migration_id, item.label, getattr(item, "url", None), _parent(item))

    def identifiers(self) -> Identifiers:
        return Identifiers.of(self._identifiers)


def _exists(item: Any) -> bool:
    """As the column `deleted` of the content table: by the workflow state of the object's JSON."""
    state = item.extra.get("workflow_state") or getattr(item, "workflow_state", None)
    return bool(state != "deleted")


def _parent(item: Any) -> int | None:
    return next((getattr(item, name) for name in PARENTS if getattr(item, name, None) is not None), None)


def stored(data: bytes) -> dict[str, Any]:
    """The fields of a file object that the store records: sha256, size, crc32, compressible."""
    return {
        "sha256": hashlib.sha256(data).hexdigest(),
        "size": len(data),
        "crc32": zlib.crc32(data),
        "compressible": len(zlib.compress(data[:65536])) < 0.9 * max(1, len(data[:65536])),
    }
