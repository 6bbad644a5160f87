"""A `<resource>` of the manifest, as it is written and as it is read (spec/cartridge.md 2.5)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace

LEARNING_APPLICATION = "associatedcontent/imscc_xmlv1p1/learning-application-resource"
WEBCONTENT = "webcontent"


@dataclass(frozen=True, slots=True)
class Rights:
    """Usage rights of a file as the manifest tells them (spec/cartridge.md 2.6)."""

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


@dataclass(slots=True)
class Resources:
    """The resources of a package in the order they were written; identifiers are unique."""

    _by_identifier: dict[str, Resource] = field(default_factory=dict)

    def add(self, resource: Resource) -> None:
        """Append a resource; the first of two with one identifier stays."""
        self._by_identifier.setdefault(resource.identifier, resource)

    def __iter__(self) -> Iterator[Resource]:
        return iter(self._by_identifier.values())

    def __contains__(self, identifier: str) -> bool:
        return identifier in self._by_identifier

    def __len__(self) -> int:
        return len(self._by_identifier)

    def without(self, lost: Collection[str]) -> Resources:
        """The resources of a package that lacks the members with these paths.

        One that has lost its `href` or all of its files is gone, and nothing depends on it any more.
        """
        if not lost:
            return self
        left = [replace(one, files=tuple(path for path in one.files if path not in lost)) for one in self]
        whole = [
            one for one in left if one.href not in lost and (one.files or not self._by_identifier[one.identifier].files)
        ]
        kept = {one.identifier for one in whole}
        found = Resources()
        for one in whole:
            found.add(replace(one, dependencies=tuple(d for d in one.dependencies if d in kept)))
        return found
