"""The metadata of a package, its resources and its items in IEEE LOM; a warning for all that has no place here."""

from __future__ import annotations

from collections.abc import Container

from shared.domain.warning_codes import WarningCode
from shared.formats import xml
from shared.formats.importing import Importing
from shared.formats.imscp.resource import ResourceRights

_PACKAGE = ("schema", "schemaversion", "general/title", "general/language", "rights", "lifeCycle", "lifecycle")
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
    element = None if lom is None else xml.find(lom, path)
    if element is None:
        return None
    text = xml.text_at(element, "string") or xml.text_at(element, "langstring")
    return (text or xml.inner_text(element)).strip() or None


def language(lom: xml.Element | None) -> str | None:
    """The language of the package, else that of its title."""
    if lom is None:
        return None
    string = xml.find(lom, "general/title/string")
    return (xml.text_at(lom, "general/language") or "").strip() or (None if string is None else string.get("language"))


def role(resource: xml.Element) -> str:
    """The role that a resource is for, `Instructor`; "" for everyone."""
    return (xml.text_at(resource, "metadata/lom/educational/intendedEndUserRole/value") or "").strip()


def rights(resource: xml.Element) -> ResourceRights | None:
    """The usage rights of a file."""
    element = xml.find(resource, "metadata/lom/rights")
    if element is None:
        return None
    value = (xml.text_at(element, "copyrightAndOtherRestrictions/value") or "yes").strip()
    return ResourceRights(
        restricted=value != "no", description=(xml.text_at(element, "description/string") or "").strip()
    )


def warn_package(root: xml.Element, place: str, importing: Importing) -> None:
    """Warn of metadata of the package beside title, language, rights and date."""
    _warn_unmapped(root, _PACKAGE, "the package", place, importing)


def warn_resource(resource: xml.Element, place: str, importing: Importing) -> None:
    """Warn of metadata of a resource beside role and rights: curriculum standards, descriptions, ..."""
    _warn_unmapped(resource, _RESOURCE, f"the resource {resource.get('identifier')}", place, importing)


def warn_item(item: xml.Element, place: str, importing: Importing) -> None:
    """Warn of metadata of an item beside its title."""
    _warn_unmapped(item, _ITEM, f"the item {item.get('identifier')}", place, importing)


def _warn_unmapped(parent: xml.Element, known: Container[str], whose: str, place: str, importing: Importing) -> None:
    others = {
        name
        for metadata in xml.find_all(parent, "metadata")
        for child in metadata
        for name in _names(child)
        if name not in known and name.split("/", 1)[0] not in known
    }
    if others:
        listed = ", ".join(sorted(others))
        importing.warn(
            WarningCode.METADATA_NOT_MAPPED, place, f"Of the metadata of {whose}, these have no place here: {listed}."
        )


def _names(child: xml.Element) -> list[str]:
    """The names in a child of `<metadata>`: `group/element` for LOM, else its own name."""
    if xml.local(child) not in ("lom", ""):
        return [xml.local(child)]
    return [f"{xml.local(group)}/{xml.local(part)}" for group in child for part in group if xml.local(part)]
