"""Namespaces, types of resources and identifiers of QTI 2.1 packages.

Source: IMS Question and Test Interoperability 2.1, final of 2012, and its profile of Content Packaging.
"""

from __future__ import annotations

import re

from shared.domain.content.answers import Answer, Identity
from shared.formats import xml
from shared.formats.identifiers import hashed, is_name

QTI = "http://www.imsglobal.org/xsd/imsqti_v2p1"
QTI_XSD = "http://www.imsglobal.org/xsd/qti/qtiv2p1/imsqti_v2p1p2.xsd"
MATHML = "http://www.w3.org/1998/Math/MathML"
TEMPLATES = "http://www.imsglobal.org/question/qti_v2p1/rptemplates/"
MATCH_CORRECT, MAP_RESPONSE = "match_correct", "map_response"

TEST, SECTION, ITEM = "imsqti_test_xmlv2p1", "imsqti_section_xmlv2p1", "imsqti_item_xmlv2p1"

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
