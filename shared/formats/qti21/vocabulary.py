"""Namespaces, types of resources and identifiers of packages of QTI 2.1 and 3.0.

Source: IMS Question and Test Interoperability 2.1, final of 2012, and 3.0, final of 2022, with their profiles of Content
Packaging.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from shared.domain.content.answers import Answer, Identity
from shared.formats import xml
from shared.formats.identifiers import hashed, is_name

QTI = "http://www.imsglobal.org/xsd/imsqti_v2p1"
QTI_XSD = "http://www.imsglobal.org/xsd/qti/qtiv2p1/imsqti_v2p1p2.xsd"
MATHML = "http://www.w3.org/1998/Math/MathML"
TEMPLATES = "http://www.imsglobal.org/question/qti_v2p1/rptemplates/"
MATCH_CORRECT, MAP_RESPONSE = "match_correct", "map_response"

QTI3 = "http://www.imsglobal.org/xsd/imsqtiasi_v3p0"
_SCHEMAS3 = "https://purl.imsglobal.org/spec/qti/v3p0/schema/xsd/"
QTI3_XSD = f"{_SCHEMAS3}imsqti_asiv3p0_v1p0.xsd"
TEMPLATES3 = "https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/"


@dataclass(frozen=True, slots=True)
class Edition:
    """What a version of QTI calls its packages."""

    version: str  # as in a request
    release: str  # ends the type of each resource
    package: tuple[str, str]  # the namespace of the manifest, and the address of its schema
    metadata: str  # the address of the schema of LOM
    schema: str
    schemaversion: str

    @property
    def test(self) -> str:
        """The type of the resource of a test."""
        return f"imsqti_test_xml{self.release}"

    @property
    def section(self) -> str:
        """The type of the resource of a section."""
        return f"imsqti_section_xml{self.release}"

    @property
    def item(self) -> str:
        """The type of the resource of an item."""
        return f"imsqti_item_xml{self.release}"


VERSION_2_1 = Edition(
    "2.1",
    "v2p1",
    ("http://www.imsglobal.org/xsd/imscp_v1p1", "http://www.imsglobal.org/xsd/qti/qtiv2p1/qtiv2p1_imscpv1p2_v1p0.xsd"),
    "http://www.imsglobal.org/xsd/imsmd_loose_v1p3p2.xsd",
    "QTIv2.1 Package",
    "1.0.0",
)
VERSION_3_0 = Edition(
    "3.0",
    "v3p0",
    ("http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1", f"{_SCHEMAS3}imsqtiv3p0_imscpv1p2_v1p0.xsd"),
    "https://purl.imsglobal.org/spec/md/v1p3/schema/xsd/imsmd_loose_v1p3p2.xsd",
    "QTI Package",
    "3.0.0",
)
EDITIONS = {edition.version: edition for edition in (VERSION_2_1, VERSION_3_0)}

RESPONSE, SCORE, MAXSCORE, FEEDBACK = "RESPONSE", "SCORE", "MAXSCORE", "FEEDBACK"
# Prefixes of sources and of targets: identifiers are unique in an item, and both sides may have the same ids.
SOURCE, TARGET = "S_", "T_"
# The class of a matchInteraction that is a categorization question.
CATEGORIES = "categories"
# The identifier of feedback is that of its answer with this suffix.
SUFFIX = "_fb"
# An identifier of QTI is a name of XML, which cannot begin with a digit; Canvas's ids are numbers.
_NUMBERED = re.compile(r"A(-?\d{1,18})")


def identifier_of(identity: Identity | None) -> str:
    """The identifier of an answer: `A` before a number, a name that can be an identifier as it is, else its hash."""
    text = xml.text_of(identity)
    if isinstance(identity, int):
        return f"A{text}"
    return text if is_name(text) and not _NUMBERED.fullmatch(text) else hashed(text, "h")


def identity_of(identifier: str) -> Identity:
    """The number in an identifier of ours (`A12`); any other identifier as it is."""
    match = _NUMBERED.fullmatch(identifier)
    return int(match[1]) if match else identifier


def feedback_of(answer: Answer) -> str:
    """The identifier of the feedback to one answer."""
    return identifier_of(answer.id) + SUFFIX
