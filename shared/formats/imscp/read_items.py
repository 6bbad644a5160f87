"""The items of an organization, as the manifest lists them."""

from __future__ import annotations

from shared.domain.warning_codes import WarningCode
from shared.formats import xml
from shared.formats.importing import Importing
from shared.formats.imscp import read_metadata
from shared.formats.imscp.package_reader import MANIFEST
from shared.formats.imscp.package_source import OrganizationItem

# Items within items. Deeper ones help no user, and the reader calls itself for each.
MAX_DEPTH = 50
_PARTS = ("title", "item", "metadata", "")


def read_items(organization: xml.Element, importing: Importing) -> tuple[OrganizationItem, ...]:
    """All items, nested as in the manifest; one warning names other elements among them (sequencing, for instance)."""
    others = {xml.local(child) for child in organization} - {"title", "item", "metadata", ""}
    items = _items(organization, importing, others, 1)
    if others:
        listed = ", ".join(f"<{name}>" for name in sorted(others))
        importing.warn(
            WarningCode.ELEMENT_UNKNOWN, MANIFEST, f"In the organization, these have no meaning here: {listed}."
        )
    return items


def _items(parent: xml.Element, importing: Importing, others: set[str], depth: int) -> tuple[OrganizationItem, ...]:
    children = xml.find_all(parent, "item")
    if children and depth > MAX_DEPTH:
        importing.warn(WarningCode.ORGANIZATION_TOO_DEEP, MANIFEST, f"Items below {MAX_DEPTH} others are not read.")
        return ()
    return tuple(_item(child, importing, others, depth) for child in children)


def _item(element: xml.Element, importing: Importing, others: set[str], depth: int) -> OrganizationItem:
    others.update(xml.local(child) for child in element if xml.local(child) not in _PARTS)
    read_metadata.warn_item(element, MANIFEST, importing)
    if element.get("parameters"):
        name = element.get("identifier")
        importing.warn(
            WarningCode.PARAMETERS_DROPPED, MANIFEST, f"The parameters of the item {name} have no meaning here."
        )
    return OrganizationItem(
        identifier=element.get("identifier"),
        identifierref=element.get("identifierref") or None,
        title=(xml.text_at(element, "title") or "").strip(),
        items=_items(element, importing, others, depth + 1),
        visible=xml.flag_of(element.get("isvisible")) is not False,
    )
