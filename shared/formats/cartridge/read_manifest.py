"""`imsmanifest.xml` as it is read: leniently, from any tool and any version."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import unquote

from shared.domain.errors import UnreadablePackage
from shared.formats import xml
from shared.formats.cartridge.hrefs import Hrefs
from shared.formats.cartridge.resource import Resource, Rights
from shared.formats.cartridge.source import Item, Manifest
from shared.formats.importing import Importing
from shared.formats.package_reader import MANIFEST, PackageReader

MAX_DEPTH = 50  # items within items; deeper ones are of no use to a reader and a danger to this one
_BASE = "{http://www.w3.org/XML/1998/namespace}base"


def read_manifest(package: PackageReader, importing: Importing) -> Manifest:
    """The manifest of a Common Cartridge 1.0 to 1.3, an IMS content package or a QTI package.

    Namespaces are not looked at. The `files` and `href` of a resource are names of members where there are such, and
    stand as they are written (with a warning) where there are not. Raises UnreadablePackage for what is no manifest.
    """
    root = package.xml(MANIFEST, importing)
    if root is None or xml.local(root) != "manifest":
        raise UnreadablePackage(f"{MANIFEST} is not a manifest")
    hrefs = Hrefs(package.names)
    lom = xml.find(root, "metadata/lom")
    _tell_unknown(lom, importing)
    return Manifest(
        identifier=root.get("identifier"),
        schema=(xml.text_at(root, "metadata/schema") or "").strip(),
        schemaversion=(xml.text_at(root, "metadata/schemaversion") or "").strip(),
        title=_lom_text(lom, "general/title") or "",
        resources=_resources(root, hrefs, importing),
        items=_organization(root, importing),
        rights=_lom_text(lom, "rights/description"),
        language=_language(lom),
    )


def _lom_text(lom: xml.Element | None, path: str) -> str | None:
    """The text at a path of IEEE LOM, where it stands in `string`, or of IMS metadata, where it is a `langstring`."""
    found = None if lom is None else xml.find(lom, path)
    if found is None:
        return None
    text = xml.text_at(found, "string") or xml.text_at(found, "langstring")
    return (text or "".join(str(part) for part in found.itertext())).strip() or None


def _tell_unknown(lom: xml.Element | None, importing: Importing) -> None:
    """A warning for what the metadata tell beyond title, language, rights and the date of the package."""
    others = {
        f"{xml.local(group)}/{xml.local(child)}"
        for group in (() if lom is None else lom)
        for child in group
        if xml.local(group) not in ("rights", "lifeCycle", "") and xml.local(child) not in ("title", "language", "")
    }
    if others:
        told = ", ".join(sorted(others))
        importing.warn("metadata_not_mapped", MANIFEST, f"Of the package's metadata, these have no place here: {told}.")


def _language(lom: xml.Element | None) -> str | None:
    if lom is None:
        return None
    string = xml.find(lom, "general/title/string")
    return (xml.text_at(lom, "general/language") or "").strip() or (None if string is None else string.get("language"))


def _organization(root: xml.Element, importing: Importing) -> tuple[Item, ...]:
    """The items of the default organization, else of the first one."""
    organizations = xml.find_all(root, "organizations/organization")
    if not organizations:
        return ()
    default = xml.find_all(root, "organizations")[0].get("default")
    chosen = next((o for o in organizations if o.get("identifier") == default), organizations[0])
    if len(organizations) > 1:
        importing.warn("organization_ignored", MANIFEST, f"Only one of {len(organizations)} organizations is taken in.")
    return _items(chosen, importing, 1)


def _items(parent: xml.Element, importing: Importing, depth: int) -> tuple[Item, ...]:
    children = xml.find_all(parent, "item")
    if children and depth > MAX_DEPTH:
        importing.warn("organization_too_deep", MANIFEST, f"Items below {MAX_DEPTH} others are not taken in.")
        return ()
    return tuple(
        Item(
            identifier=child.get("identifier"),
            identifierref=child.get("identifierref") or None,
            title=(xml.text_at(child, "title") or "").strip(),
            items=_items(child, importing, depth + 1),
        )
        for child in children
    )


def _resources(root: xml.Element, hrefs: Hrefs, importing: Importing) -> dict[str, Resource]:
    """The resources by identifier. A second one of the same identifier gets another, so that none is lost."""
    found: dict[str, Resource] = {}
    for parent in xml.find_all(root, "resources"):
        outer = [root.get(_BASE), parent.get(_BASE)]
        for number, element in enumerate(xml.find_all(parent, "resource"), 1):
            written = element.get("identifier") or f"resource_{number}"
            identifier = next(name for name in _names(written) if name not in found)
            if identifier != written:
                importing.warn("identifier_repeated", MANIFEST, f"Two resources are called {written}.")
            base = "/".join(part for part in (*outer, element.get(_BASE)) if part)
            found[identifier] = _resource(identifier, element, _Paths(hrefs, base, importing))
    return found


def _names(identifier: str) -> Iterator[str]:
    yield identifier
    number = 2
    while True:
        yield f"{identifier}_{number}"
        number += 1


class _Paths:
    """Turns the references of one resource into names of members."""

    def __init__(self, hrefs: Hrefs, base: str, importing: Importing) -> None:
        self._hrefs = hrefs
        self._base = unquote(base).replace("\\", "/")
        self._importing = importing

    def of(self, href: str | None, *, told: bool) -> str | None:
        if not href:
            return None
        found = self._hrefs.resolve(href, self._base)
        if found is None and told and "://" not in href:
            self._importing.warn("member_missing", href, "The package lists this member but does not hold it.")
        return found or href


def _resource(identifier: str, element: xml.Element, paths: _Paths) -> Resource:
    files = [paths.of(file.get("href"), told=True) for file in xml.find_all(element, "file")]
    variant = xml.find(element, "variant")
    return Resource(
        identifier=identifier,
        type=(element.get("type") or "").strip(),
        href=paths.of(element.get("href"), told=False),
        files=tuple(dict.fromkeys(file for file in files if file)),
        dependencies=tuple(d.get("identifierref") or "" for d in xml.find_all(element, "dependency")),
        intendeduse=element.get("intendeduse") or None,
        instructor_only=_role(element) == "Instructor",
        rights=_rights(element),
        variant_of=None if variant is None else variant.get("identifierref"),
    )


def _role(resource: xml.Element) -> str:
    return (xml.text_at(resource, "metadata/lom/educational/intendedEndUserRole/value") or "").strip()


def _rights(resource: xml.Element) -> Rights | None:
    rights = xml.find(resource, "metadata/lom/rights")
    if rights is None:
        return None
    value = (xml.text_at(rights, "copyrightAndOtherRestrictions/value") or "yes").strip()
    return Rights(restricted=value != "no", description=(xml.text_at(rights, "description/string") or "").strip())
