"""A package that is read: its members and its manifest, as every reader of a kind of content gets them."""

from __future__ import annotations

from dataclasses import dataclass, field

from shared.formats.cartridge.resource import Resource
from shared.formats.package_reader import PackageReader


@dataclass(frozen=True, slots=True)
class Item:
    """An `<item>` of the organization, with the items inside it."""

    identifier: str | None
    identifierref: str | None
    title: str
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Manifest:
    """`imsmanifest.xml`, read. `resources` keep their order; paths are relative to the manifest's folder."""

    identifier: str | None
    schema: str
    schemaversion: str
    title: str
    resources: dict[str, Resource] = field(default_factory=dict)
    items: tuple[Item, ...] = ()
    rights: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A package under a reader. `used` collects the members that some reader has taken in."""

    package: PackageReader
    manifest: Manifest
    used: set[str] = field(default_factory=set)
