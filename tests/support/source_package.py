"""A package as zipfile and lxml see it, sharing no code with our readers: what a load is judged against."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

_LENIENT = etree.XMLParser(recover=True, resolve_entities=False)


class SourcePackage:
    """The members and the manifest of a package that has its manifest at the root."""

    def __init__(self, path: Path) -> None:
        with zipfile.ZipFile(path) as archive:
            names = [n for n in archive.namelist() if not n.endswith("/") and not n.startswith("__MACOSX/")]
            self.members = {name.replace("\\", "/"): archive.read(name) for name in names if not name.endswith("\\")}
        self.manifest = self.xml("imsmanifest.xml")

    def xml(self, name: str) -> etree._Element:
        """A member's root, leniently parsed."""
        return etree.fromstring(self.members[name], _LENIENT)

    @property
    def title(self) -> str:
        return (self.manifest.findtext("{*}metadata/{*}lom/{*}general/{*}title/{*}string") or "").strip()

    def resources(self, start: str = "") -> dict[str, list[str]]:
        """Identifier -> files of the resources whose type starts so, in order."""
        return {
            r.get("identifier"): [f.get("href") for f in r.iterfind("{*}file")]
            for r in self.manifest.iterfind("{*}resources/{*}resource")
            if r.get("type", "").startswith(start)
        }

    def documents(self, start: str) -> dict[str, etree._Element]:
        """Identifier -> root of the first file, of the resources of a type whose file is there."""
        found = ((name, files[0]) for name, files in self.resources(start).items() if files)
        return {name: self.xml(file) for name, file in found if file in self.members}

    def missing(self) -> list[str]:
        """Files that the manifest lists and the package does not hold."""
        return [file for files in self.resources().values() for file in files if file not in self.members]

    def modules(self) -> list[tuple[str, list[tuple[str, str | None, int]]]]:
        """(title, items) below the one root of the organization; an item is (title, identifierref, depth)."""
        roots = self.manifest.findall("{*}organizations/{*}organization/{*}item/{*}item")
        return [(_title(root), list(_below(root, 0))) for root in roots]


def _title(item: etree._Element) -> str:
    return (item.findtext("{*}title") or "").strip()


def _below(parent: etree._Element, depth: int) -> Iterator[tuple[str, str | None, int]]:
    for item in parent.iterfind("{*}item"):
        yield _title(item), item.get("identifierref"), depth
        yield from _below(item, depth + 1)
