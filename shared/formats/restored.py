"""The documents of a package with the unknown parts that their objects had in the package of origin."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

import msgspec
from lxml import etree

from shared.domain.identifiers import starting_with
from shared.domain.kinds import Kind
from shared.formats import xml
from shared.formats.carried import PREFIX, Piece, decoded, restore
from shared.formats.entry import Entry
from shared.formats.packing import Packing
from shared.formats.xml import Element

# The file in the profile of Common Cartridge, which allows no attribute of Canvas.
_PROFILE = "/assessment_qti.xml"
_IDENTIFIED = re.compile(rb'\sident(?:ifier)?="([^"]*)"')
# What Common Cartridge 1.3 puts behind the identifier of an assignment in Canvas's extension.
_EXTENSION = "_canvas"


@dataclass(slots=True)
class _Owners:
    """The unknown parts of a course: by the identifier that the object has in this package, and those of its documents."""

    objects: dict[str, list[Piece]] = field(default_factory=dict)
    documents: list[Piece] = field(default_factory=list)

    def of(self, element: Element) -> list[Piece]:
        """The parts that belong to an element."""
        identifier = element.get("identifier") or element.get("ident") or ""
        own = self.objects.get(identifier) or self.objects.get(identifier.removesuffix(_EXTENSION)) or []
        if element.getparent() is None:
            own = [*own, *(piece for piece in self.documents if piece not in own)]
        return [piece for piece in own if piece.owner == xml.local(element)]

    def concern(self, body: bytes) -> bool:
        """Whether a document may have one of these objects."""
        names = {name.decode() for name in _IDENTIFIED.findall(body)}
        if any(name in self.objects or name.removesuffix(_EXTENSION) in self.objects for name in names):
            return True
        return any(f"<{piece.owner} ".encode() in body for piece in self.documents)


def restored(entries: Iterable[Entry], packing: Packing) -> Iterator[Entry]:
    """The entries, those of Canvas's own documents with what was unknown in them."""
    owners = _owners(packing)
    for entry in entries:
        yield _restored(entry, owners) if owners.objects or owners.documents else entry


def _owners(packing: Packing) -> _Owners:
    owners = _Owners()
    for kind, object_id, prefix in starting_with(packing.keys.imported, PREFIX):
        try:
            pieces = decoded(packing.keys.imported[kind, object_id, prefix])
        except msgspec.MsgspecError:
            continue
        key = packing.key(kind, object_id, prefix.removeprefix(PREFIX))
        owners.objects.setdefault(key, []).extend(pieces)
        if kind is Kind.COURSES:
            owners.documents.extend(pieces)
    return owners


def _restored(entry: Entry, owners: _Owners) -> Entry:
    body = entry.body
    if not isinstance(body, bytes) or not entry.path.endswith((".xml", ".qti")) or entry.path.endswith(_PROFILE):
        return entry
    if not owners.concern(body):
        return entry
    root = etree.fromstring(body)
    for element in list(root.iter(etree.Element)):
        restore(element, owners.of(element))
    return replace(entry, body=xml.serialize(root))
