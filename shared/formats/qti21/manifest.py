"""`imsmanifest.xml` of a package of QTI 2.1 or 3.0. Source: IMS Content Packaging as these use it; IEEE LOM."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from shared.domain.kinds import Kind
from shared.formats.identifiers import as_name
from shared.formats.imscp import licenses
from shared.formats.imscp.manifest import VERSIONS, comments, write_resource
from shared.formats.imscp.resource import Resource, Resources
from shared.formats.packing import Packing
from shared.formats.qti21.vocabulary import EDITIONS, VERSION_3_0, Edition
from shared.formats.xml import XSI
from shared.formats.xml_stream import XmlStream

_LOM = "http://ltsc.ieee.org/xsd/LOM"


def document(packing: Packing, resources: Resources) -> bytes:
    """The manifest: it has no organization, and comments after the root name what could not be packed."""
    out, edition = XmlStream(), EDITIONS[packing.request.version]
    package, schema = edition.package
    identifier = as_name(packing.key(Kind.COURSES, packing.course.course.id, "qti_export_"))
    location = {f"{{{XSI}}}schemaLocation": f"{package} {schema} {_LOM} {edition.metadata}"}
    with out.root(package, "manifest", {None: package, "lom": _LOM, "xsi": XSI}, identifier=identifier, **location):
        _write_metadata(out, packing, edition)
        out.leaf("organizations")
        with out.element("resources"):
            for resource in _listed(resources.without(packing.lost_members), edition):
                write_resource(out, resource, VERSIONS["1.1"])
    return out.close(comments(packing))


def _listed(resources: Iterable[Resource], edition: Edition) -> Iterator[Resource]:
    # The schema of 3.0 wants a file in each resource: one of a file whose bytes are not stored has none.
    return (resource for resource in resources if resource.files or edition is not VERSION_3_0)


def _write_metadata(out: XmlStream, packing: Packing, edition: Edition) -> None:
    def lom(tag: str) -> str:
        return f"{{{_LOM}}}{tag}"

    course = packing.course.course
    with out.element("metadata"):
        out.leaf("schema", edition.schema)
        out.leaf("schemaversion", edition.schemaversion)
        with out.element(lom("lom")):
            with out.element(lom("general")), out.element(lom("title")):
                out.leaf(lom("string"), course.name)
            with out.element(lom("rights")), out.element(lom("description")):
                out.leaf(lom("string"), licenses.description(course.license))
