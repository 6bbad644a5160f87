"""`imsmanifest.xml` of a package of quizzes alone, for Canvas and for others. Source: Canvas; IMS Content Packaging 1.1.3."""

from __future__ import annotations

from shared.domain.kinds import Kind
from shared.domain.packages.package_options import Target
from shared.formats.identifiers import as_name
from shared.formats.imscp import imsmd
from shared.formats.imscp.manifest import VERSIONS, comments, write_lom, write_resource
from shared.formats.imscp.resource import Resources
from shared.formats.packing import Packing
from shared.formats.xml import XSI
from shared.formats.xml_stream import XmlStream

# The resources have metadata of Common Cartridge, as in Canvas.
_CARTRIDGE = VERSIONS["1.1"]
# Canvas writes the namespace of Common Cartridge 1.1, although its schema refuses this manifest; readers of Canvas's
# packages look for that name. Other readers get the namespace that the metadata states: IMS Content Packaging 1.1.3.
_PACKAGES = {Target.CANVAS: _CARTRIDGE.package[0], Target.GENERIC: "http://www.imsglobal.org/xsd/imscp_v1p1"}
_PACKAGE_XSD = "http://www.imsglobal.org/xsd/imscp_v1p1.xsd"
_METADATA = "http://www.imsglobal.org/xsd/imsmd_v1p2"
_SCHEMAS = (
    (_CARTRIDGE.lom[0], "http://www.imsglobal.org/profile/cc/ccv1p1/LOM/ccv1p1_lomresource_v1p0.xsd"),
    (_METADATA, "http://www.imsglobal.org/xsd/imsmd_v1p2p2.xsd"),
)


# Canvas puts the course after it; New Quizzes puts nothing.
_TITLE = "QTI Quiz Export for"


def course_name(title: str) -> str:
    """The name of the course in the title of a package of Canvas; any other title as it is."""
    if not title.startswith(_TITLE):
        return title
    return title.removeprefix(_TITLE).strip().removeprefix("course").strip().removeprefix('"').removesuffix('"')


def document(packing: Packing, resources: Resources) -> bytes:
    """The manifest of a QTI package: it has no organization, and comments after the root name what could not be packed."""
    out = XmlStream()
    package = _PACKAGES[packing.request.target]
    nsmap = {None: package, "lom": _CARTRIDGE.lom[0], "imsmd": _METADATA, "xsi": XSI}
    identifier = packing.key(Kind.COURSES, packing.course.course.id, "qti_export_")
    if packing.request.target is Target.GENERIC:
        identifier = as_name(identifier)
    schemas = ((package, _PACKAGE_XSD), *_SCHEMAS)
    location = {f"{{{XSI}}}schemaLocation": " ".join(f"{name} {schema}" for name, schema in schemas)}
    with out.root(package, "manifest", nsmap, identifier=identifier, **location):
        _write_metadata(out, packing)
        out.leaf("organizations")
        with out.element("resources"):
            for resource in resources.without(packing.lost_members):
                write_resource(out, resource, _CARTRIDGE)
    return out.close(comments(packing))


def _write_metadata(out: XmlStream, packing: Packing) -> None:
    with out.element("metadata"):
        out.leaf("schema", "IMS Content")
        out.leaf("schemaversion", "1.1.3")
        write = imsmd.write if packing.request.target is Target.GENERIC else write_lom
        write(out, packing, _METADATA, f'{_TITLE} course "{packing.course.course.name}"')
