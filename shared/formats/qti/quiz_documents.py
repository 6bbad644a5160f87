"""The members of a package that hold quizzes and banks of QTI 1.2, by its manifest. Source: Common Cartridge, Canvas."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from shared.formats.imscp.package_source import WHOLE_QUIZZES, PackageSource
from shared.formats.imscp.resource import Resource

META = "assessment_meta.xml"
# The file of the Common Cartridge profile, in packages of Canvas.
CC_MEMBER = "assessment_qti.xml"


@dataclass(frozen=True, slots=True)
class QuizDocument:
    """One quiz or bank: the members that may hold it, the most complete first, and its settings, if any."""

    identifier: str
    members: tuple[str, ...]
    meta: str | None = None
    companion: str | None = None  # the identifier of the resource that lists the settings
    bank: bool = False  # whether the manifest suggests a bank; the root decides


def is_qti(resource: Resource) -> bool:
    """Whether the type of a resource is QTI of any version."""
    return "imsqti" in resource.type.lower()


def is_qti2(resource: Resource) -> bool:
    """Whether its type is QTI 2 or 3."""
    return is_qti(resource) and any(version in resource.type.lower() for version in ("xmlv2", "xmlv3", "_v2", "_v3"))


def quiz_documents(source: PackageSource) -> Iterator[QuizDocument]:
    """The QTI documents of a package, those of the manifest first, in its order.

    Canvas puts the whole quiz under the resource that the quiz depends on, and lists banks as resources of their own.
    """
    claimed: set[str] = set()
    for resource in source.manifest.resources.values():
        if is_qti(resource) and not is_qti2(resource):
            document = _of_resource(resource, source)
            claimed.update(document.members, [document.companion or ""])
            yield document
    others = [one for one in source.manifest.resources.values() if one.identifier not in claimed and not is_qti(one)]
    for resource, member in [(one, member) for one in others for member in _whole_quizzes(one, source)]:
        if member not in claimed:
            claimed.add(member)
            yield QuizDocument(resource.identifier, (member,), bank=True)
    # Some packages do not list their banks in the manifest.
    for member in sorted(name for name in source.package.names if name.startswith(WHOLE_QUIZZES)):
        if member not in claimed and member.endswith(".qti"):
            yield QuizDocument(member.removeprefix(WHOLE_QUIZZES).split(".", 1)[0], (member,), bank=True)


def _of_resource(resource: Resource, source: PackageSource) -> QuizDocument:
    """A QTI resource with the settings and the complete quiz of the resource that it depends on."""
    meta, companion, whole = None, None, f"{WHOLE_QUIZZES}{resource.identifier}.xml.qti"
    for identifier in resource.dependencies:
        dependency = source.manifest.resources.get(identifier)
        if dependency is not None and _meta_of(dependency.files):
            meta, companion = _meta_of(dependency.files), identifier
            whole = next(iter(_whole_quizzes(dependency, source)), whole)
    files = [resource.href or "", *resource.files]
    if meta is None:
        folder = next((file for file in files if file), "").rpartition("/")[0]
        meta = _meta_of(tuple(files)) or f"{folder}/{META}".lstrip("/")
    # The file of Canvas with all question types comes first: the profile of Common Cartridge has only five of them.
    members = [whole, *(file for file in files if file.lower().endswith((".xml", ".qti")) and file != meta)]
    existing = tuple(dict.fromkeys(member for member in members if member in source.package))
    bank = resource.type.endswith("question-bank")
    return QuizDocument(resource.identifier, existing, meta if meta in source.package else None, companion, bank=bank)


def _whole_quizzes(resource: Resource, source: PackageSource) -> list[str]:
    return [
        file
        for file in resource.files
        if file.endswith(".qti") or (file.startswith(WHOLE_QUIZZES) and file.endswith(".xml"))
        if file in source.package
    ]


def _meta_of(files: tuple[str, ...]) -> str | None:
    return next((file for file in files if file.rsplit("/", 1)[-1] == META), None)
