"""`imsmanifest.xml` as it is written: what the package is, its organization, its resources."""

from __future__ import annotations

from collections.abc import Callable

from shared.domain.kinds import Kind
from shared.formats.cartridge import organization
from shared.formats.imscp.manifest import Version, comments, version_of, write_lom, write_resource
from shared.formats.imscp.resource import Resources
from shared.formats.packing import Packing
from shared.formats.xml import XSI
from shared.formats.xml_stream import XmlStream

SCHEMA = "IMS Common Cartridge"


def document(
    packing: Packing,
    resources: Resources,
    write_organization: Callable[[XmlStream, Packing, Resources], None] = organization.write,
    *,
    variant_last: bool = False,
) -> bytes:
    """The manifest of a package whose resources are all known: metadata, one organization, the resources in order.

    Comments after the root name what could not be packed. Source: Common Cartridge 1.1 to 1.3, and Canvas.
    """
    version = version_of(packing)
    resources = resources.without(packing.lost_members)
    out = XmlStream()
    identifier = packing.key(Kind.COURSES, packing.course.course.id, "common_cartridge_")
    location = {f"{{{XSI}}}schemaLocation": version.schema_location}
    with out.root(version.package[0], "manifest", version.nsmap, identifier=identifier, **location):
        _metadata(out, packing, version)
        write_organization(out, packing, resources)
        with out.element("resources"):
            for resource in resources:
                write_resource(out, resource, version, variant_last=variant_last)
    return out.close(comments(packing))


def _metadata(out: XmlStream, packing: Packing, version: Version) -> None:
    with out.element("metadata"):
        out.leaf("schema", SCHEMA)
        out.leaf("schemaversion", version.schemaversion)
        write_lom(out, packing, version.lom_manifest[0], packing.course.course.name)
