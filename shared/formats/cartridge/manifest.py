"""`imsmanifest.xml` as it is written: what the package is, its organization, its resources."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from shared.domain.kinds import Kind
from shared.formats.cartridge import organization
from shared.formats.imscp.manifest import Version, comments, version_of, write_lom, write_resource
from shared.formats.imscp.resource import Resources
from shared.formats.packing import Packing
from shared.formats.xml import XSI, Element
from shared.formats.xml_stream import XmlStream

SCHEMA, THIN = "IMS Common Cartridge", "IMS Thin Common Cartridge"


def document(
    packing: Packing,
    resources: Resources,
    write_organization: Callable[[XmlStream, Packing, Resources], None] = organization.write,
    *,
    variant_last: bool = False,
    inline: Mapping[str, Element] | None = None,
) -> bytes:
    """The manifest of a package whose resources are all known: metadata, one organization, the resources in order.

    `inline` are the documents of a thin cartridge, by the identifiers of the resources that hold them. Comments after the
    root name what could not be packed. Source: Common Cartridge 1.1 to 1.3, and Canvas.
    """
    version = version_of(packing)
    resources = resources.without(packing.lost_members)
    out = XmlStream()
    identifier = packing.key(Kind.COURSES, packing.course.course.id, "common_cartridge_")
    location = {f"{{{XSI}}}schemaLocation": version.schema_location}
    with out.root(version.package[0], "manifest", version.nsmap, identifier=identifier, **location):
        _metadata(out, packing, version, SCHEMA if inline is None else THIN)
        write_organization(out, packing, resources)
        with out.element("resources"):
            for resource in resources:
                write_resource(
                    out, resource, version, variant_last=variant_last, inline=(inline or {}).get(resource.identifier)
                )
    return out.close(comments(packing))


def _metadata(out: XmlStream, packing: Packing, version: Version, schema: str) -> None:
    with out.element("metadata"):
        out.leaf("schema", schema)
        out.leaf("schemaversion", version.schemaversion)
        write_lom(out, packing, version.lom_manifest[0], packing.course.course.name)
