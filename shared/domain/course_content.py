"""What a writer may ask of a course: the port between the formats and wherever content is kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol

from shared.domain.content.course import Course
from shared.domain.identifiers import Identifiers
from shared.domain.kinds import Kind

# The prefix of the identifier under which a package is loaded again, where its objects are exported under another:
# some packages call two things by one name.
LOADED_AS = "loaded_as"


class Ref(NamedTuple):
    """The little that must be known of every object while one is written: enough to name it and to link to it."""

    kind: Kind
    id: int
    migration_id: str | None
    title: str
    slug: str | None  # a page's url
    parent_id: int | None  # a file's or folder's folder, an item's module, a question's quiz or bank


class CourseContent(Protocol):
    """A course, a group or a user's files: read synchronously, in batches inside, one object at a time outside."""

    course: Course

    def each(self, kind: Kind) -> Iterator[Any]:
        """Every object of a kind that is not deleted, in course order (position, then id)."""
        ...

    def children(self, kind: Kind, parent_id: int) -> Sequence[Any]:
        """The objects of a kind under one parent (items of a module, questions of a quiz or bank), in order."""
        ...

    def get(self, kind: Kind, object_id: int) -> Any | None:
        """One object, or None where it does not exist or is deleted."""
        ...

    def count(self, kind: Kind) -> int:
        """How many objects `each` would give."""
        ...

    def refs(self, *kinds: Kind) -> Iterable[Ref]:
        """A Ref for every object that is not deleted, of these kinds or of all that can be linked to, in course order.

        To be gone through once: they come as they are read.
        """
        ...

    def identifiers(self) -> Identifiers:
        """What the package of origin called each object and its companions; nothing for content made here.

        A mapping of the caller's own.
        """
        ...
