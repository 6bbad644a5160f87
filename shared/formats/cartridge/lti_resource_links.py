"""LTI 1.3 resource links: what a tool shows at one place of the course, or in one assignment."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from shared.domain.content.external_tools import LtiResourceLink, Property
from shared.domain.kinds import Kind
from shared.domain.warning_codes import WarningCode
from shared.formats import xml
from shared.formats.cartridge import basiclti_link
from shared.formats.entry import Entry
from shared.formats.importing import Importing
from shared.formats.imscp.package_source import PackageSource
from shared.formats.imscp.resource import Resource, Resources
from shared.formats.packing import Packing

TYPE = "imsbasiclti_xmlv1p3"
_PROPERTIES = ("lookup_uuid", "resource_link_url", "assignment_migration_id")


def write(packing: Packing, resources: Resources) -> Iterator[Entry]:
    """A file and a resource for every link of the course, and for those of exported assignments. Source: Canvas."""
    for link in packing.course.each(Kind.LTI_RESOURCE_LINKS):
        if _exported(packing, link):
            yield from packing.entries_of(Kind.LTI_RESOURCE_LINKS, link, partial(_write, packing, resources))


def _write(packing: Packing, resources: Resources, link: LtiResourceLink) -> Iterator[Entry]:
    identifier = packing.key(Kind.LTI_RESOURCE_LINKS, link.id)
    path = f"{basiclti_link.RESOURCE_LINKS}{identifier}.xml"
    body = xml.serialize(_document(packing, link))
    resources.add(Resource(identifier, TYPE, files=(path,)))
    yield Entry(path, body)


def _exported(packing: Packing, link: LtiResourceLink) -> bool:
    """A link of the course always, one of an assignment when either of them is selected."""
    if link.assignment_id is None or packing.selected(Kind.ASSIGNMENTS, link.assignment_id):
        return True
    return packing.selected(Kind.LTI_RESOURCE_LINKS, link.id)


def _document(packing: Packing, link: LtiResourceLink) -> xml.Element:
    root = basiclti_link.link(basiclti_link.LINK_1P3, link.title, link.description)
    basiclti_link.add_launch_urls(root, link.url)
    basiclti_link.add_custom(root, link.custom or ())
    extension = basiclti_link.add_extension(root)
    assignment = None if link.assignment_id is None else packing.key(Kind.ASSIGNMENTS, link.assignment_id)
    values = (link.lookup_uuid, link.resource_link_url, assignment)
    properties = (Property(name, value) for name, value in zip(_PROPERTIES, values, strict=True) if value)
    basiclti_link.add_properties(extension, properties)
    return root


def read(source: PackageSource, importing: Importing) -> None:
    """Every resource link of the package."""
    for root, identifier, path in basiclti_link.read_links(source, importing, basiclti_link.is_resource_link):
        importing.add(Kind.LTI_RESOURCE_LINKS, _link(root, identifier, path, importing))


def _link(root: xml.Element, identifier: str, member: str, importing: Importing) -> LtiResourceLink:
    values: dict[str, str] = {}
    for element in xml.find_all(root, "extensions"):
        values |= {item.name: item.value for item in basiclti_link.read_properties(element, member, importing)}
    for name in sorted(set(values) - set(_PROPERTIES)):
        importing.warn(
            WarningCode.ELEMENT_UNKNOWN, member, f"The property {name} of a resource link has no meaning here."
        )
    assignment = values.get("assignment_migration_id")
    secure, plain = basiclti_link.read_launch_urls(root)
    return LtiResourceLink(
        id=importing.id_of(Kind.LTI_RESOURCE_LINKS, identifier),
        migration_id=identifier,
        title=xml.text_at(root, "title") or "",
        description=xml.text_at(root, "description"),
        url=secure or plain,
        resource_link_url=values.get("resource_link_url"),
        lookup_uuid=values.get("lookup_uuid"),
        assignment_id=importing.id_of(Kind.ASSIGNMENTS, assignment) if assignment else None,
        custom=basiclti_link.read_custom(root, member, importing),
    )
