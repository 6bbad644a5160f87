"""A manifest lists what is there, and refers to what it lists."""

from __future__ import annotations

from xml.parsers.expat import ExpatError

import pytest

from shared.formats.verification.manifest import check_manifest, read_manifest

PATHS = {
    "imsmanifest.xml": None,
    "content-exports-report.json": None,
    "course_settings/blueprint.xml": None,
    "non_cc_assessments/": None,
    "a b.html": None,
    "t.xml": None,
    "m.xml": None,
}
RESOURCES = """
<resource identifier="a" type="webcontent" href="a%20b.html"><file href="a%20b.html"/></resource>
<resource identifier="t" type="imsdt_xmlv1p1"><file href="t.xml"/><dependency identifierref="m"/></resource>
<resource identifier="m" type="webcontent" href="m.xml"><file href="m.xml"/></resource>
"""
ITEMS = '<item identifier="1" identifierref="a"/><item identifier="2"/>'


def codes(resources: str = RESOURCES, items: str = ITEMS) -> list[tuple[str, str | None]]:
    document = (
        f'<c:manifest xmlns:c="urn:x" identifier="course"><organizations><organization identifier="o">{items}'
        f"</organization></organizations><resources>{resources}</resources></c:manifest>"
    )
    manifest = read_manifest([document[:40].encode(), document[40:].encode()], PATHS)
    return [(finding.code, finding.place) for finding in check_manifest(manifest)]


def test_a_closed_manifest_has_no_findings() -> None:
    assert codes() == []


@pytest.mark.parametrize(
    ("resources", "items", "found"),
    [
        (
            RESOURCES.replace('file href="t.xml"', 'file href="gone.xml"'),
            ITEMS,
            [("file_missing", "gone.xml"), ("member_unlisted", "t.xml")],
        ),
        (RESOURCES.replace('<file href="m.xml"/>', ""), ITEMS, [("member_unlisted", "m.xml")]),
        (RESOURCES.replace('href="m.xml"><', 'href="t.xml"><'), ITEMS, [("href_strange", "m")]),
        (RESOURCES.replace('identifierref="m"', 'identifierref="n"'), ITEMS, [("reference_dangling", "t")]),
        (RESOURCES, ITEMS + '<item identifier="3" identifierref="n"/>', [("reference_dangling", "3")]),
        (RESOURCES, ITEMS + '<item identifier="1"/>', [("identifier_repeated", "1")]),
        (RESOURCES, ITEMS + '<item identifier="m"/>', [("identifier_repeated", "m")]),
    ],
    ids=["missing", "unlisted", "href", "dependency", "identifierref", "items", "item and resource"],
)
def test_each_hole_in_a_manifest_has_its_name(resources: str, items: str, found: list[tuple[str, str]]) -> None:
    assert codes(resources, items) == found


def test_what_is_no_xml_is_no_manifest() -> None:
    with pytest.raises(ExpatError):
        read_manifest([b"<manifest><resources>"], PATHS)


@pytest.mark.parametrize(
    ("resources", "items", "found"),
    [
        (RESOURCES.replace(' type="imsdt_xmlv1p1"', ""), ITEMS, [("attribute_missing", "imsmanifest.xml")]),
        (RESOURCES, '<item identifierref="a"/>', [("attribute_missing", "imsmanifest.xml")]),
        (
            RESOURCES.replace(
                '<file href="t.xml"/><dependency identifierref="m"/>',
                '<dependency identifierref="m"/><file href="t.xml"/>',
            ),
            ITEMS,
            [("element_misplaced", "imsmanifest.xml")],
        ),
        (RESOURCES, ITEMS + '<file href="t.xml"/>', [("element_misplaced", "imsmanifest.xml")]),
        (RESOURCES, '<item identifier="a b"/>', [("identifier_invalid", "a b")]),
        (RESOURCES, '<item identifier="1"/>', []),
    ],
)
def test_elements_attributes_and_identifiers_follow_the_schema(
    resources: str, items: str, found: list[tuple[str, str]]
) -> None:
    assert codes(resources, items) == found


def test_an_identifier_begins_with_a_digit_in_packages_for_canvas_alone() -> None:
    document = b'<manifest identifier="1a"><organizations/><resources/></manifest>'
    for paths, expected in (({"non_cc_assessments/": None}, []), ({"x.html": None}, ["1a"])):
        assert read_manifest([document], paths).invalid == expected
