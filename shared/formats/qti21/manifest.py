"""`imsmanifest.xml` of a QTI 2.1 package. Source: IMS Content Packaging 1.1.4 as QTI 2.1 uses it; IEEE LOM."""

from __future__ import annotations

from shared.domain.kinds import Kind
from shared.formats.identifiers import as_name
from shared.formats.imscp import licenses
from shared.formats.imscp.manifest import VERSIONS, comments, write_resource
from shared.formats.imscp.resource import Resources
from shared.formats.packing import Packing
from shared.formats.xml import XSI
from shared.formats.xml_stream import XmlStream

_PACKAGE = "http://www.imsglobal.org/xsd/imscp_v1p1"
_LOM = "http://ltsc.ieee.org/xsd/LOM"
_SCHEMAS = (
    (_PACKAGE, "http://www.imsglobal.org/xsd/qti/qtiv2p1/qtiv2p1_imscpv1p2_v1p0.xsd"),
    (_LOM, "http://www.imsglobal.org/xsd/imsmd_loose_v1p3p2.xsd"),
)


def document(packing: Packing, resources: Resources) -> bytes:
    """The manifest: it has no organization, and comments after the root name what could not be packed."""
    out = XmlStream()
    identifier = as_name(packing.key(Kind.COURSES, packing.course.course.id, "qti_export_"))
    location = {f"{{{XSI}}}schemaLocation": " ".join(f"{name} {schema}" for name, schema in _SCHEMAS)}
    with out.root(_PACKAGE, "manifest", {None: _PACKAGE, "lom": _LOM, "xsi": XSI}, identifier=identifier, **location):
        _write_metadata(out, packing)
        out.leaf("organizations")
        with out.element("resources"):
            for resource in resources.without(packing.lost_members):
                write_resource(out, resource, VERSIONS["1.1"])
    return out.close(comments(packing))


def _write_metadata(out: XmlStream, packing: Packing) -> None:
    def lom(tag: str) -> str:
        return f"{{{_LOM}}}{tag}"

    course = packing.course.course
    with out.element("metadata"):
        # The names of QTI 2.1's profile of Content Packaging.
        out.leaf("schema", "QTIv2.1 Package")
        out.leaf("schemaversion", "1.0.0")
        with out.element(lom("lom")):
            with out.element(lom("general")), out.element(lom("title")):
                out.leaf(lom("string"), course.name)
            with out.element(lom("rights")), out.element(lom("description")):
                out.leaf(lom("string"), licenses.description(course.license))
