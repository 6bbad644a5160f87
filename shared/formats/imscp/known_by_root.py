"""The resources of QTI documents that the manifest gives another type, another name, or no resource at all."""

from __future__ import annotations

import dataclasses

from shared.formats.imscp.package_reader import MANIFEST, PackageReader
from shared.formats.imscp.package_source import SETTINGS, WEB_RESOURCES, WHOLE_QUIZZES, PackageManifest
from shared.formats.imscp.quiz_roots import HEAD, quiz_type
from shared.formats.imscp.resource import Resource

_ENDINGS = (".xml", ".qti")
# Types of documents that are never QTI; reading the first bytes of each would only cost time.
_OTHER_TYPES = ("imswl", "imsdt", "imsbasiclti", "imslti", "imsapip", "assignment", "idea")


def with_quiz_types(package: PackageReader, manifest: PackageManifest) -> PackageManifest:
    """The manifest with the type of QTI for each document that has a root of QTI."""
    documents = _documents(package, manifest)
    resources = dict(manifest.resources)
    owners = {member: each for each in resources.values() for member in each.members}
    unlisted = []
    for member, kind in documents.items():
        owner = owners.get(member)
        if owner is None:
            unlisted.append(member)
        elif owner.members[0] == member:
            resources[owner.identifier] = dataclasses.replace(owner, type=kind)
        else:
            _add(resources, member, kind)
    misnamed = [each for each in resources.values() if _is_quiz(each) and not any(m in package for m in each.members)]
    if len(unlisted) == len(misnamed) == 1:
        [member], [resource] = unlisted, misnamed
        renamed = dataclasses.replace(resource, type=documents[member], href=member, files=(member,))
        resources[resource.identifier] = renamed
        unlisted = []
    for member in unlisted:
        _add(resources, member, documents[member])
    return dataclasses.replace(manifest, resources=resources)


def _documents(package: PackageReader, manifest: PackageManifest) -> dict[str, str]:
    """The type of QTI of each member that has one and whose resource does not say so."""
    is_canvas = f"{SETTINGS}course_settings.xml" in package
    passed_over = {m for r in manifest.resources.values() if _type_decides(r, is_canvas=is_canvas) for m in r.members}
    types = {}
    for name in package.names:
        if name in passed_over or not name.lower().endswith(_ENDINGS) or _has_a_place(name, is_canvas=is_canvas):
            continue
        kind = quiz_type(package.head(name, HEAD))
        if kind is not None:
            types[name] = kind
    return types


def _is_quiz(resource: Resource) -> bool:
    return "imsqti" in resource.type.lower()


def _type_decides(resource: Resource, *, is_canvas: bool) -> bool:
    """Whether the type decides: a file of a course of Canvas stays a file, whatever is in it."""
    kind = resource.type.lower()
    return _is_quiz(resource) or kind.startswith(_OTHER_TYPES) or (is_canvas and kind == "webcontent")


def _has_a_place(name: str, *, is_canvas: bool) -> bool:
    """Whether readers find the member by its folder; in a package of Canvas, files of the course lie in one."""
    folders = (SETTINGS, WHOLE_QUIZZES, f"{WEB_RESOURCES}/") if is_canvas else (SETTINGS, WHOLE_QUIZZES)
    return name.startswith((MANIFEST, *folders)) or name.endswith(".xml.qti")


def _add(resources: dict[str, Resource], member: str, kind: str) -> None:
    """A resource of its own, called after the member."""
    stem = member.rpartition("/")[2].rpartition(".")[0] or member
    identifier = stem if stem not in resources else member
    resources[identifier] = Resource(identifier, kind, href=member, files=(member,))
