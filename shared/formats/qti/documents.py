"""Which members of a package hold quizzes and banks, by its manifest. Source: Common Cartridge, Canvas, QTI 1.2."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from shared.formats.imscp.resource import Resource
from shared.formats.imscp.source import Source

FOLDER = "non_cc_assessments/"
META = "assessment_meta.xml"
CC_MEMBER = "assessment_qti.xml"  # what Canvas calls the Common Cartridge flavour


@dataclass(frozen=True, slots=True)
class Document:
    """One quiz or bank: the members that may hold it, the best first, and its settings where there are some."""

    identifier: str
    members: tuple[str, ...]
    meta: str | None = None
    companion: str | None = None  # the identifier of the resource that the settings are listed under
    bank: bool = False  # whether it is more likely a bank than a quiz


def is_qti(resource: Resource) -> bool:
    """Whether a resource says that it is QTI of some version."""
    return "imsqti" in resource.type.lower()


def is_qti2(resource: Resource) -> bool:
    """Whether it says that it is QTI 2 or 3."""
    return is_qti(resource) and any(version in resource.type.lower() for version in ("xmlv2", "xmlv3", "_v2", "_v3"))


def documents(source: Source) -> Iterator[Document]:
    """The QTI documents of a package, those of the manifest first, in its order.

    Canvas puts the whole quiz under the resource that the quiz depends on, and lists banks as resources of their own.
    """
    claimed: set[str] = set()
    for resource in source.manifest.resources.values():
        if is_qti(resource) and not is_qti2(resource):
            document = _of_resource(resource, source)
            claimed.update(document.members, [document.companion or ""])
            yield document
    for resource in source.manifest.resources.values():
        if resource.identifier not in claimed and not is_qti(resource):
            for member in _whole_quizzes(resource, source):
                if member not in claimed:
                    claimed.add(member)
                    yield Document(resource.identifier, (member,), bank=True)
    for member in sorted(name for name in source.package.names if name.startswith(FOLDER)):
        if member not in claimed and member.endswith(".qti"):
            yield Document(member.removeprefix(FOLDER).split(".", 1)[0], (member,), bank=True)


def _of_resource(resource: Resource, source: Source) -> Document:
    """A QTI resource with the settings and the whole quiz that stand beside it."""
    meta, companion, whole = None, None, f"{FOLDER}{resource.identifier}.xml.qti"
    for identifier in resource.dependencies:
        beside = source.manifest.resources.get(identifier)
        if beside is not None and _meta_of(beside.files):
            meta, companion = _meta_of(beside.files), identifier
            whole = next(iter(_whole_quizzes(beside, source)), whole)
    files = [resource.href or "", *resource.files]
    if meta is None:
        folder = next((file for file in files if file), "").rpartition("/")[0]
        meta = _meta_of(tuple(files)) or f"{folder}/{META}".lstrip("/")
    members = [whole, *(file for file in files if file.lower().endswith((".xml", ".qti")) and file != meta)]
    there = tuple(dict.fromkeys(member for member in members if member in source.package))
    bank = resource.type.endswith("question-bank")
    return Document(resource.identifier, there, meta if meta in source.package else None, companion, bank=bank)


def _whole_quizzes(resource: Resource, source: Source) -> list[str]:
    return [
        file
        for file in resource.files
        if file.endswith(".qti") or (file.startswith(FOLDER) and file.endswith(".xml"))
        if file in source.package
    ]


def _meta_of(files: tuple[str, ...]) -> str | None:
    return next((file for file in files if file.rsplit("/", 1)[-1] == META), None)
