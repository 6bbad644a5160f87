"""What a manifest says about the package, its resources and its items: IEEE LOM, and what this service has no place for."""

from __future__ import annotations

from collections.abc import Container

from shared.formats import xml
from shared.formats.importing import Importing
from shared.formats.imscp.resource import Rights

_PACKAGE = ("schema", "schemaversion", "general/title", "general/language", "rights", "lifeCycle")
_RESOURCE = (
    "schema",
    "schemaversion",
    "educational/intendedEndUserRole",
    "rights/copyrightAndOtherRestrictions",
    "rights/description",
)
_ITEM = ("general/title",)


def lom_text(lom: xml.Element | None, path: str) -> str | None:
    """The text at a path of IEEE LOM, where it stands in `string`, or of IMS metadata, where it is a `langstring`."""
    found = None if lom is None else xml.find(lom, path)
    if found is None:
        return None
    text = xml.text_at(found, "string") or xml.text_at(found, "langstring")
    return (text or xml.inner_text(found)).strip() or None


def language(lom: xml.Element | None) -> str | None:
    """The language of the package, else that of its title."""
    if lom is None:
        return None
    string = xml.find(lom, "general/title/string")
    return (xml.text_at(lom, "general/language") or "").strip() or (None if string is None else string.get("language"))


def role(resource: xml.Element) -> str:
    """Whom a resource is for: `Instructor`, or nobody in particular."""
    return (xml.text_at(resource, "metadata/lom/educational/intendedEndUserRole/value") or "").strip()


def rights(resource: xml.Element) -> Rights | None:
    """The usage rights of a file."""
    found = xml.find(resource, "metadata/lom/rights")
    if found is None:
        return None
    value = (xml.text_at(found, "copyrightAndOtherRestrictions/value") or "yes").strip()
    return Rights(restricted=value != "no", description=(xml.text_at(found, "description/string") or "").strip())


def tell_of_package(root: xml.Element, place: str, importing: Importing) -> None:
    """A warning for what the metadata tell beyond title, language, rights and the date of the package."""
    _tell(root, _PACKAGE, "the package", place, importing)


def tell_of_resource(resource: xml.Element, place: str, importing: Importing) -> None:
    """A warning for what the metadata tell beyond role and rights: curriculum standards, descriptions, ..."""
    _tell(resource, _RESOURCE, f"the resource {resource.get('identifier')}", place, importing)


def tell_of_item(item: xml.Element, place: str, importing: Importing) -> None:
    """A warning for all that metadata tell of an item, but its title."""
    _tell(item, _ITEM, f"the item {item.get('identifier')}", place, importing)


def _tell(parent: xml.Element, known: Container[str], whose: str, place: str, importing: Importing) -> None:
    others = {
        name
        for metadata in xml.find_all(parent, "metadata")
        for child in metadata
        for name in _names(child)
        if name not in known and name.split("/", 1)[0] not in known
    }
    if others:
        told = ", ".join(sorted(others))
        importing.warn("metadata_not_mapped", place, f"Of the metadata of {whose}, these have no place here: {told}.")


def _names(child: xml.Element) -> list[str]:
    """What a child of `<metadata>` tells: groups and elements of LOM, any other by its name."""
    if xml.local(child) not in ("lom", ""):
        return [xml.local(child)]
    return [f"{xml.local(group)}/{xml.local(part)}" for group in child for part in group if xml.local(part)]
