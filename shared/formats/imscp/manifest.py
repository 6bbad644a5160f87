"""`<resource>` and `<lom>` of an `imsmanifest.xml`, for cartridges and packages of quizzes.

Source: IMS Content Packaging 1.1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from shared.domain.kinds import Kind
from shared.domain.report import ItemWarning
from shared.domain.warning_codes import WarningCode
from shared.formats.imscp import licenses
from shared.formats.imscp.resource import Resource
from shared.formats.packing import Packing
from shared.formats.xml import XSI, Element
from shared.formats.xml_stream import XmlStream

_SCHEMAS = "http://www.imsglobal.org/profile/cc/"


@dataclass(frozen=True, slots=True)
class Version:
    """The names in the manifest of a version of Common Cartridge; each namespace with its schema file."""

    schemaversion: str
    package: tuple[str, str]
    lom: tuple[str, str]
    lom_manifest: tuple[str, str]
    extension: tuple[str, str] | None = None
    # In the names of documents and of types of resources; Canvas keeps those of 1.1 in a cartridge of version 1.3.
    release: str = "v1p1"

    def type_of(self, resource: Resource) -> str:
        """The type of a resource, whose writers know that of 1.1."""
        return resource.type.replace("v1p1", self.release)

    def document(self, name: str) -> tuple[str, str]:
        """(namespace, address of its schema) of a topic, `imsdt`, or a web link, `imswl`."""
        namespace = f"http://www.imsglobal.org/xsd/imscc{self.release}/{name}_{self.release}"
        return namespace, f"{_SCHEMAS}cc{self.release}/cc{self.release}_{name}_{self.release}.xsd"

    @property
    def questions(self) -> str:
        """The address of the schema of quizzes."""
        return f"{_SCHEMAS}cc{self.release}/cc{self.release}_qtiasiv1p2p1_v1p0.xsd"

    @property
    def nsmap(self) -> dict[str | None, str]:
        """The prefixes of the manifest."""
        names = {None: self.package[0], "lom": self.lom[0], "lomimscc": self.lom_manifest[0]}
        if self.extension:
            names["cpx"] = self.extension[0]
        return {**names, "xsi": XSI}

    @property
    def schema_location(self) -> str:
        """Every namespace and the address of its schema."""
        pairs = (self.package, self.lom, self.lom_manifest, self.extension)
        return " ".join(f"{pair[0]} {_SCHEMAS}{pair[1]}" for pair in pairs if pair)


VERSIONS = {
    "1.1": Version(
        "1.1.0",
        ("http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1", "ccv1p1/ccv1p1_imscp_v1p2_v1p0.xsd"),
        ("http://ltsc.ieee.org/xsd/imsccv1p1/LOM/resource", "ccv1p1/LOM/ccv1p1_lomresource_v1p0.xsd"),
        ("http://ltsc.ieee.org/xsd/imsccv1p1/LOM/manifest", "ccv1p1/LOM/ccv1p1_lommanifest_v1p0.xsd"),
    ),
    "1.2": Version(
        "1.2.0",
        ("http://www.imsglobal.org/xsd/imsccv1p2/imscp_v1p1", "ccv1p2/ccv1p2_imscp_v1p2_v1p0.xsd"),
        ("http://ltsc.ieee.org/xsd/imsccv1p2/LOM/resource", "ccv1p2/LOM/ccv1p2_lomresource_v1p0.xsd"),
        ("http://ltsc.ieee.org/xsd/imsccv1p2/LOM/manifest", "ccv1p2/LOM/ccv1p2_lommanifest_v1p0.xsd"),
        release="v1p2",
    ),
    "1.3": Version(
        "1.3.0",
        ("http://www.imsglobal.org/xsd/imsccv1p3/imscp_v1p1", "ccv1p3/ccv1p3_imscp_v1p2_v1p0.xsd"),
        ("http://ltsc.ieee.org/xsd/imsccv1p3/LOM/resource", "ccv1p3/LOM/ccv1p3_lomresource_v1p0.xsd"),
        ("http://ltsc.ieee.org/xsd/imsccv1p3/LOM/manifest", "ccv1p3/LOM/ccv1p3_lommanifest_v1p0.xsd"),
        ("http://www.imsglobal.org/xsd/imsccv1p3/imscp_extensionv1p2", "ccv1p3/ccv1p3_cpextensionv1p2_v1p0.xsd"),
    ),
}


def version_of(packing: Packing) -> Version:
    """The version of Common Cartridge that is written: a request may name one more exactly, as 1.3.0."""
    return VERSIONS.get(packing.request.version[:3], VERSIONS["1.1"])


def write_lom(out: XmlStream, packing: Packing, namespace: str, title: str) -> None:
    """The package's own `<lom>` as Canvas writes it: its title, the day of the export, the licence of the course."""

    def lom(tag: str) -> str:
        return f"{{{namespace}}}{tag}"

    with out.element(lom("lom")):
        with out.element(lom("general")), out.element(lom("title")):
            out.leaf(lom("string"), title)
        with out.element(lom("lifeCycle")), out.element(lom("contribute")), out.element(lom("date")):
            # The element is called dateTime, but Canvas writes a date alone.
            out.leaf(lom("dateTime"), packing.request.date.isoformat())
        with out.element(lom("rights")):
            with out.element(lom("copyrightAndOtherRestrictions")):
                # "yes" whatever the licence, as in Canvas (lib/cc/manifest.rb).
                out.leaf(lom("value"), "yes")
            with out.element(lom("description")):
                out.leaf(lom("string"), licenses.description(packing.course.course.license))


def write_resource(
    out: XmlStream, resource: Resource, version: Version, *, variant_last: bool = False, inline: Element | None = None
) -> None:
    """One `<resource>`: metadata, then (CC 1.3) its variant, its files, its dependencies; `inline` in place of a file.

    Canvas has the variant in front of the files; by the schema it comes last.
    """
    attributes = {
        "identifier": resource.identifier,
        "type": version.type_of(resource),
        "href": resource.href,
        "intendeduse": resource.intendeduse,
    }
    with out.element("resource", **attributes):
        if resource.instructor_only:
            _instructor_role(out, version)
        if not variant_last:
            _variant(out, resource, version)
        for href in resource.files:
            out.leaf("file", href=href)
        if inline is not None:
            out.append(inline)
        for identifier in resource.dependencies:
            out.leaf("dependency", identifierref=identifier)
        if variant_last:
            _variant(out, resource, version)


def _variant(out: XmlStream, resource: Resource, version: Version) -> None:
    """The resource that this one is a fallback for, with an empty `<metadata>`; version 1.1 has no variants."""
    if resource.variant_of and version.extension:
        name = f"{{{version.extension[0]}}}"
        identifier = f"{resource.variant_of}_variant"
        with out.element(f"{name}variant", identifier=identifier, identifierref=resource.variant_of):
            out.leaf(f"{name}metadata")


def _instructor_role(out: XmlStream, version: Version) -> None:
    """The role of a file for instructors: the only metadata of a resource in the profile of IEEE LOM.

    Canvas also writes usage rights here, which the official schema refuses; here they are in files_meta.xml alone.
    """

    def lom(tag: str) -> str:
        return f"{{{version.lom[0]}}}{tag}"

    with (
        out.element("metadata"),
        out.element(lom("lom")),
        out.element(lom("educational")),
        out.element(lom("intendedEndUserRole")),
    ):
        out.leaf(lom("source"), "IMSGLC_CC_Rolesv1p1")
        out.leaf(lom("value"), "Instructor")


def comments(packing: Packing) -> list[str]:
    """The objects that are missing from the package, for readers without the report of the export.

    They are called by their identifiers in the package: an id of the database would be another one after a load, and
    the same content another package.
    """
    if not packing.report.skipped and not packing.report.failed:
        return []
    listed = [_comment(packing, warning) for warning in packing.report.warnings if warning.title is not None]
    return ["Not everything could be exported:", *listed]


def _comment(packing: Packing, warning: ItemWarning) -> str:
    name = "" if warning.title == str(warning.item_id) else f" ({warning.title})"
    identifier = packing.key(Kind(warning.kind), warning.item_id) if warning.kind and warning.item_id else ""
    # The sentence of an unexpected fault may quote anything of the object, its id too.
    quotes_id = warning.code in (WarningCode.NOT_PACKED, WarningCode.INVALID_CONTENT)
    own = re.compile(rf"\b{warning.item_id}\b")
    sentence = own.sub(identifier, warning.message) if quotes_id else warning.message
    return f"{warning.kind} {identifier}{name}: {sentence}"
