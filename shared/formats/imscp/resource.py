"""The `<resource>`s of a manifest, written and read. Source: Common Cartridge 1.1; Canvas."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace

from shared.domain.packed_list import PackedList

LEARNING_APPLICATION = "associatedcontent/imscc_xmlv1p1/learning-application-resource"
WEBCONTENT = "webcontent"


@dataclass(frozen=True, slots=True)
class ResourceRights:
    """The usage rights of a file in the manifest. Source: IEEE LOM, as Canvas uses it."""

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
    rights: ResourceRights | None = None
    # The resource that this one is a fallback for (Common Cartridge 1.3, variant).
    variant_of: str | None = None

    @property
    def members(self) -> tuple[str, ...]:
        """The files; where none are listed, the one that `href` names."""
        return self.files or ((self.href,) if self.href else ())

    @property
    def is_file(self) -> bool:
        """Whether it is one file with no document around it, like a file of a course."""
        return self.type == WEBCONTENT and self.href is not None and self.files in ((), (self.href,))


@dataclass(slots=True)
class Numbering:
    """Makes identifiers unique that packages of origin repeat, in one step for each repeat."""

    _last: dict[str, int] = field(default_factory=dict)

    def unique(self, identifier: str, is_taken: Callable[[str], bool]) -> str:
        """The identifier, or the next `<identifier>_2`, `_3`, ... that is not taken; the caller reserves it."""
        name = identifier
        while is_taken(name):
            self._last[identifier] = self._last.get(identifier, 1) + 1
            name = f"{identifier}_{self._last[identifier]}"
        return name


@dataclass(slots=True)
class Resources:
    """The resources of a package in the order they were written; identifiers are unique."""

    _hashes: dict[str, int] = field(default_factory=dict)  # by identifier, the hash of its resource
    _all: PackedList[Resource] = field(default_factory=lambda: PackedList(Resource))
    _numbering: Numbering = field(default_factory=Numbering)

    def add(self, resource: Resource) -> None:
        """Append a resource. An equal one is added once; a different one with a used identifier gets a number behind it."""
        digest = hash(resource)
        if self._hashes.get(resource.identifier) != digest:
            identifier = self._numbering.unique(resource.identifier, self.__contains__)
            self._hashes[identifier] = digest
            self._all.append(replace(resource, identifier=identifier))

    def __iter__(self) -> Iterator[Resource]:
        return iter(self._all)

    def __contains__(self, identifier: str) -> bool:
        return identifier in self._hashes

    def __len__(self) -> int:
        return len(self._hashes)

    def without(self, missing: Collection[str]) -> Resources:
        """The resources of a package that lacks the members with these paths.

        A resource without any remaining file is removed, with the dependencies on it; a course file stays, by its `href`
        alone, like one whose bytes were never stored.
        """
        if not missing:
            return self
        remaining = [one for one in self if one.is_file or not one.files or not set(one.files) <= set(missing)]
        identifiers = {one.identifier for one in remaining}
        resources = Resources()
        for one in remaining:
            files = tuple(path for path in one.files if path not in missing)
            href = None if one.href in missing and not one.is_file else one.href
            dependencies = tuple(identifier for identifier in one.dependencies if identifier in identifiers)
            resources.add(replace(one, href=href, files=files, dependencies=dependencies))
        return resources
