"""The interface by which the writers of formats read the content of a course."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol

from shared.domain.content.course import Course
from shared.domain.identifiers import Identifiers
from shared.domain.kinds import Kind

# Prefix of the identifier under which an object is found when its package is loaded again, if it is exported under
# another: some packages give two things one identifier.
LOADED_AS = "loaded_as"


class Ref(NamedTuple):
    """The facts about an object that other objects need to name it and to link to it."""

    kind: Kind
    id: int
    migration_id: str | None
    title: str
    slug: str | None  # a page's url
    parent_id: int | None  # a file's or folder's folder, an item's module, a question's quiz or bank


class CourseContent(Protocol):
    """The content of a course, a group or a user. Calls block; implementations read in batches."""

    course: Course

    def each(self, kind: Kind) -> Iterator[Any]:
        """Every object of a kind that is not deleted, in course order (position, then id)."""
        ...

    def children(self, kind: Kind, parent_id: int) -> Sequence[Any]:
        """The objects of a kind under one parent (items of a module, questions of a quiz or bank), in order."""
        ...

    def get(self, kind: Kind, object_id: int) -> Any | None:
        """One object; None if it does not exist or is deleted."""
        ...

    def count(self, kind: Kind) -> int:
        """The number of objects that `each` yields."""
        ...

    def refs(self, *kinds: Kind) -> Iterable[Ref]:
        """A Ref for every object that is not deleted, of these kinds or of all that can be linked to, in course order.

        The result can be iterated once: refs are yielded as they are read.
        """
        ...

    def identifiers(self) -> Identifiers:
        """The identifiers of each object and its companions in their package of origin; none for other content.

        The caller may change the result.
        """
        ...
