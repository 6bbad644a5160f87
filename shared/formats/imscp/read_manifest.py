"""Reads `imsmanifest.xml`, leniently, from any tool and in any version."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container
from urllib.parse import unquote

from lxml import etree

from shared.domain.errors import UnreadablePackage
from shared.domain.warning_codes import WarningCode
from shared.formats import xml
from shared.formats.importing import Importing
from shared.formats.imscp import read_metadata
from shared.formats.imscp.hrefs import Hrefs
from shared.formats.imscp.package_reader import MANIFEST, PackageReader
from shared.formats.imscp.package_source import PackageManifest
from shared.formats.imscp.read_items import read_items
from shared.formats.imscp.resource import Resource

_BASE = "{http://www.w3.org/XML/1998/namespace}base"
# The elements of a manifest and of a resource that are read, and the documents that a resource may hold itself.
_PARTS = ("metadata", "organizations", "resources")
_RESOURCE = ("metadata", "file", "dependency", "variant")
_ATTRIBUTES = frozenset({"identifier", "type", "href", "intendeduse", _BASE})  # of a resource
_INLINE = ("webLink", "cartridge_basiclti_link", "topic")


def read_manifest(package: PackageReader, importing: Importing) -> PackageManifest:
    """The manifest of a Common Cartridge 1.0 to 1.4, thin or not, an IMS content package or a QTI package.

    Namespaces are ignored. The `files` and `href` of a resource are names of members; a reference to a missing member
    stays as it is written, with a warning. An empty manifest for a package without one. Raises UnreadablePackage for a document that is not a manifest.
    """
    if MANIFEST not in package:
        return PackageManifest(identifier=None, schema="", schemaversion="", title="")
    root = package.xml(MANIFEST, importing)
    if root is None or xml.local(root) != "manifest":
        raise UnreadablePackage(f"{MANIFEST} is not a manifest", item=MANIFEST)
    lom = xml.find(root, "metadata/lom")
    read_metadata.warn_package(root, MANIFEST, importing)
    _warn_unknown(root, _PARTS, "manifest", importing)
    organization = _organization(root, importing)
    title = read_metadata.lom_text(lom, "general/title")
    if title is None and organization is not None:
        title = (xml.text_at(organization, "title") or "").strip()
    inline: dict[str, xml.Element] = {}
    _warn_of_attributes(root, importing)
    return PackageManifest(
        identifier=root.get("identifier"),
        schema=(xml.text_at(root, "metadata/schema") or "").strip(),
        schemaversion=(xml.text_at(root, "metadata/schemaversion") or "").strip(),
        title=title or "",
        resources=_resources(root, Hrefs(package.names), inline, importing),
        items=() if organization is None else read_items(organization, importing),
        rights=read_metadata.lom_text(lom, "rights/description"),
        language=read_metadata.language(lom),
        inline=inline,
    )


def _warn_unknown(parent: xml.Element, known: Container[str], where: str, importing: Importing) -> None:
    """Warn of each element that this reader does not know."""
    for name in sorted({xml.local(child) for child in parent} - {""}):
        if name not in known:
            importing.warn(WarningCode.ELEMENT_UNKNOWN, MANIFEST, f"<{name}> in the {where} has no meaning here.")


def _warn_of_attributes(root: xml.Element, importing: Importing) -> None:
    """Warn once of each attribute of resources that this reader does not know."""
    counts = Counter(
        name for resource in xml.find_all(root, "resources/resource") for name in set(resource.keys()) - _ATTRIBUTES
    )
    for name, count in sorted(counts.items()):
        sentence = f"The attribute {etree.QName(name).localname} has no meaning here; resources that have it: {count}."
        importing.warn(WarningCode.ELEMENT_UNKNOWN, MANIFEST, sentence)


def _organization(root: xml.Element, importing: Importing) -> xml.Element | None:
    """The default organization, else the first one."""
    organizations = xml.find_all(root, "organizations/organization")
    if not organizations:
        return None
    default = xml.find_all(root, "organizations")[0].get("default")
    if len(organizations) > 1:
        importing.warn(
            WarningCode.ORGANIZATION_IGNORED, MANIFEST, f"Only one of {len(organizations)} organizations is read."
        )
    # IMS Content Packaging 1.1: without a default, the first organization is the default.
    return next((o for o in organizations if o.get("identifier") == default), organizations[0])


def _resources(
    root: xml.Element, hrefs: Hrefs, inline: dict[str, xml.Element], importing: Importing
) -> dict[str, Resource]:
    """The resources by identifier. A repeated identifier is replaced, so that no resource is lost."""
    resources: dict[str, Resource] = {}
    repeated: Counter[str] = Counter()
    for parent in xml.find_all(root, "resources"):
        # Paths of a resource are relative to all three, one inside the other (XML Base).
        outer = [root.get(_BASE), parent.get(_BASE)]
        for number, element in enumerate(xml.find_all(parent, "resource"), 1):
            written = identifier = element.get("identifier") or f"resource_{number}"
            while identifier in resources:
                repeated[written] += 1
                identifier = f"{written}_{repeated[written] + 1}"
            if identifier != written:
                importing.warn(
                    WarningCode.IDENTIFIER_REPEATED, MANIFEST, f"Two resources have the identifier {written}."
                )
            base = "/".join(part for part in (*outer, element.get(_BASE)) if part)
            resources[identifier] = _resource(identifier, element, _Paths(hrefs, base, importing))
            _read_inline(element, resources[identifier], inline, importing)
    return resources


def _read_inline(
    element: xml.Element, resource: Resource, inline: dict[str, xml.Element], importing: Importing
) -> None:
    """Keep the document that a resource of a thin cartridge holds itself, instead of in a file."""
    document = next((child for child in element if xml.local(child) in _INLINE), None)
    if document is not None and not resource.members:
        inline[resource.identifier] = document
    known = (*_RESOURCE, xml.local(document)) if resource.identifier in inline and document is not None else _RESOURCE
    _warn_unknown(element, known, f"resource {resource.identifier}", importing)
    place = next(iter(resource.members), MANIFEST)
    read_metadata.warn_resource(element, place, importing)


class _Paths:
    """Turns the references of one resource into names of members."""

    def __init__(self, hrefs: Hrefs, base: str, importing: Importing) -> None:
        self._hrefs = hrefs
        self._base = unquote(base).replace("\\", "/")
        self._importing = importing

    def of(self, href: str | None, *, report: bool) -> str | None:
        """The member that a reference means, else the reference itself; `report` warns of a missing member."""
        if not href:
            return None
        member = self._hrefs.resolve(href, self._base)
        if member is None and report and "://" not in href:
            self._importing.warn(
                WarningCode.MEMBER_MISSING, href, "The package lists this member but does not hold it."
            )
        return member or href


def _resource(identifier: str, element: xml.Element, paths: _Paths) -> Resource:
    files = [paths.of(file.get("href"), report=True) for file in xml.find_all(element, "file")]
    variant = xml.find(element, "variant")
    return Resource(
        identifier=identifier,
        type=(element.get("type") or "").strip(),
        href=paths.of(element.get("href"), report=not files),
        files=tuple(dict.fromkeys(file for file in files if file)),
        dependencies=tuple(d.get("identifierref") or "" for d in xml.find_all(element, "dependency")),
        intendeduse=element.get("intendeduse") or None,
        instructor_only=read_metadata.role(element) == "Instructor",
        rights=read_metadata.rights(element),
        variant_of=None if variant is None else variant.get("identifierref"),
    )
