"""A `<resource>` of the manifest, as it is written and as it is read (Common Cartridge 1.1, Canvas)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace

from shared.domain.packed_list import PackedList

LEARNING_APPLICATION = "associatedcontent/imscc_xmlv1p1/learning-application-resource"
WEBCONTENT = "webcontent"


@dataclass(frozen=True, slots=True)
class Rights:
    """Usage rights of a file as the manifest tells them (Canvas; IEEE LOM)."""

    restricted: bool  # the `value`: yes or no
    description: str


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource. `files` are zip paths in the order of their `<file>` elements."""

    identifier: str
    type: str
    href: str | None = None
    files: tuple[str, ...] = ()
    dependencies: tuple[str, ...] = ()
    intendeduse: str | None = None
    instructor_only: bool = False
    rights: Rights | None = None
    variant_of: str | None = None  # CC 1.3: the resource that this one is a fallback for

    @property
    def members(self) -> tuple[str, ...]:
        """The files; where none are listed, the one that `href` names."""
        return self.files or ((self.href,) if self.href else ())

    @property
    def is_file(self) -> bool:
        """Whether it is one file that stands for itself, as a file of a course does."""
        return self.type == WEBCONTENT and self.href is not None and self.files in ((), (self.href,))


@dataclass(slots=True)
class Numbering:
    """Tells identifiers apart that packages of origin repeat: each in one step, however often it is repeated."""

    _last: dict[str, int] = field(default_factory=dict)

    def unique(self, identifier: str, is_taken: Callable[[str], bool]) -> str:
        """The identifier, or the next `<identifier>_2`, `_3`, ... that is not taken; it is for the caller to take it."""
        name = identifier
        while is_taken(name):
            self._last[identifier] = self._last.get(identifier, 1) + 1
            name = f"{identifier}_{self._last[identifier]}"
        return name


@dataclass(slots=True)
class Resources:
    """The resources of a package in the order they were written; identifiers are unique."""

    _said: dict[str, int] = field(default_factory=dict)  # identifier -> the hash of what its resource says
    _all: PackedList[Resource] = field(default_factory=lambda: PackedList(Resource))
    _numbering: Numbering = field(default_factory=Numbering)

    def add(self, resource: Resource) -> None:
        """Append a resource. Of two with one identifier, the first keeps it, and the second has a number behind it."""
        said = hash(resource)
        if self._said.get(resource.identifier) != said:
            identifier = self._numbering.unique(resource.identifier, self.__contains__)
            self._said[identifier] = said
            self._all.append(replace(resource, identifier=identifier))

    def __iter__(self) -> Iterator[Resource]:
        return iter(self._all)

    def __contains__(self, identifier: str) -> bool:
        return identifier in self._said

    def __len__(self) -> int:
        return len(self._said)

    def without(self, lost: Collection[str]) -> Resources:
        """The resources of a package that lacks the members with these paths.

        One that has lost all of its files is gone, and nothing depends on it any more; a course file stays, by its
        `href` alone, as one whose bytes were never stored.
        """
        if not lost:
            return self
        whole = [one for one in self if one.is_file or not one.files or not set(one.files) <= set(lost)]
        kept = {one.identifier for one in whole}
        found = Resources()
        for one in whole:
            files = tuple(path for path in one.files if path not in lost)
            href = None if one.href in lost and not one.is_file else one.href
            dependencies = tuple(identifier for identifier in one.dependencies if identifier in kept)
            found.add(replace(one, href=href, files=files, dependencies=dependencies))
        return found
