"""Recognises a document of QTI by its root element, whatever the manifest calls it. Source: QTI 1.2, 2.0 to 3.0."""

from __future__ import annotations

import re

from shared.formats.xml_reading.prolog import to_utf8

# Bytes of a document within which its root begins.
HEAD = 8 * 1024
_PROLOG = re.compile(rb"<!--.*?-->|<\?.*?\?>|<!DOCTYPE[^>\[]*(?:\[[^\]]*\]\s*)?>", re.DOTALL)
_ROOT = re.compile(rb"<(?:[\w.-]+:)?([A-Za-z][\w-]*)([^>]*)")
_TYPES = {
    "questestinterop": "imsqti_xmlv1p2",
    "assessmentTest": "imsqti_test_xmlv2p1",
    "assessmentSection": "imsqti_section_xmlv2p1",
    "assessmentItem": "imsqti_item_xmlv2p1",
    "assessmentStimulus": "imsqti_stimulus_xmlv2p2",
    "qti-assessment-test": "imsqti_test_xmlv3p0",
    "qti-assessment-section": "imsqti_section_xmlv3p0",
    "qti-assessment-item": "imsqti_item_xmlv3p0",
    "qti-assessment-stimulus": "imsqti_stimulus_xmlv3p0",
}
# Roots of QTI 1.2 that tools write without the element that should be around them.
_BARE = ("assessment", "objectbank")


def quiz_type(head: bytes) -> str | None:
    """The resource type of the document that begins with these bytes; None if it is not QTI."""
    match = _ROOT.search(_PROLOG.sub(b"", to_utf8(head)))
    if match is None:
        return None
    name = match[1].decode()
    return _TYPES["questestinterop"] if name in _BARE and b"ident=" in match[2] else _TYPES.get(name)
