from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.errors import UnreadablePackage
from shared.formats.imscp.hrefs import Hrefs
from shared.formats.imscp.package_reader import PackageReader
from shared.formats.imscp.package_source import PackageManifest
from shared.formats.imscp.read_items import MAX_DEPTH
from shared.formats.imscp.read_manifest import read_manifest
from shared.formats.imscp.resource import ResourceRights
from tests.support.formats import an_importing


def read(body: str, *members: str) -> tuple[PackageManifest, list[str]]:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("imsmanifest.xml", body)
        for member in members:
            archive.writestr(member, b"x")
    importing = an_importing()
    with PackageReader.open(buffer) as package:
        return read_manifest(package, importing), [warning.code for warning in importing.warnings]


def test_namespaces_are_not_looked_at() -> None:
    for namespace in ("", ' xmlns="http://www.imsglobal.org/xsd/imscc/imscp_v1p1"', ' xmlns="http://of.nobody"'):
        manifest, codes = read(
            f'<manifest identifier="m"{namespace}><metadata><schema> IMS Common Cartridge </schema>'
            "<schemaversion>1.0.0</schemaversion><lom xmlns='urn:x'><general><title><string>T</string></title></general>"
            "</lom></metadata><resources><resource identifier='r' type='webcontent'/></resources></manifest>"
        )
        assert (manifest.schema, manifest.schemaversion, manifest.title) == ("IMS Common Cartridge", "1.0.0", "T")
        assert list(manifest.resources) == ["r"]
        assert codes == []


@pytest.mark.parametrize(
    ("href", "member"),
    [
        ("a/b.html", "a/b.html"),
        ("a%20b/%C3%BC.html", "a b/ü.html"),
        ("100%.html", "100%.html"),
        ("a\\b.html", "a/b.html"),
        ("./a//b.html", "a/b.html"),
        ("x/../a/b.html", "a/b.html"),
        ("A/B.HTML", "a/b.html"),
        ("u\u0308.html", "\u00fc.html"),
        ("a/b.html?x=1#top", "a/b.html"),
        ("what%3F.html", "what?.html"),
    ],
)
def test_a_reference_finds_its_member_however_it_is_spelled(href: str, member: str) -> None:
    assert Hrefs([member, "other"]).resolve(href) == member


def test_an_exact_name_wins_over_a_decoded_one() -> None:
    assert Hrefs(["a%20b", "a b"]).resolve("a%20b") == "a%20b"


@given(st.text(), st.text())
def test_no_reference_leads_out_of_the_package(href: str, base: str) -> None:
    assert Hrefs(["a"]).resolve(href, base) in (None, "a")


def test_xml_base_goes_before_a_reference() -> None:
    manifest, codes = read(
        '<manifest xml:base="one/"><resources xml:base="two"><resource identifier="r" xml:base="three/" href="f.html">'
        '<file href="f.html"/></resource></resources></manifest>',
        "one/two/three/f.html",
    )
    assert manifest.resources["r"].files == ("one/two/three/f.html",)
    assert manifest.resources["r"].href == "one/two/three/f.html"
    assert codes == []


def test_a_member_that_is_listed_and_not_there_is_reported_and_keeps_its_name() -> None:
    manifest, codes = read(
        '<manifest><resources><resource identifier="r"><file href="a%20b"/></resource></resources></manifest>'
    )
    assert manifest.resources["r"].files == ("a%20b",)
    assert codes == ["member_missing"]


def test_no_resource_is_lost_to_another_of_its_identifier() -> None:
    manifest, codes = read(
        "<manifest><resources><resource identifier='r' type='a'/><resource identifier='r' type='b'/><resource type='c'/>"
        "</resources></manifest>"
    )
    assert [(r.identifier, r.type) for r in manifest.resources.values()] == [
        ("r", "a"),
        ("r_2", "b"),
        ("resource_3", "c"),
    ]
    assert codes == ["identifier_repeated"]


def test_items_are_read_to_any_useful_depth_and_no_deeper() -> None:
    deep = 2 * MAX_DEPTH
    manifest, codes = read(
        "<manifest><organizations><organization>"
        + '<item identifier="i"><title>T</title>' * deep
        + "</item>" * deep
        + "</organization></organizations></manifest>"
    )
    depth, items = 0, manifest.items
    while items:
        depth, items = depth + 1, items[0].items
    assert depth == MAX_DEPTH
    assert codes == ["organization_too_deep"]


def test_the_default_organization_is_the_one_that_counts() -> None:
    manifest, codes = read(
        '<manifest><organizations default="b"><organization identifier="a"><item identifier="1"/></organization>'
        '<organization identifier="b"><item identifier="2" identifierref="r"><title> T </title></item></organization>'
        "</organizations></manifest>"
    )
    assert [(item.identifier, item.identifierref, item.title) for item in manifest.items] == [("2", "r", "T")]
    assert codes == ["organization_ignored"]


def test_roles_rights_and_variants_of_a_resource_are_read() -> None:
    manifest, _ = read(
        '<manifest xmlns:l="urn:l" xmlns:c="urn:c"><resources><resource identifier="r" intendeduse="syllabus"><metadata>'
        "<l:lom><l:educational><l:intendedEndUserRole><l:value>Instructor</l:value></l:intendedEndUserRole></l:educational>"
        "<l:rights><l:copyrightAndOtherRestrictions><l:value>no</l:value></l:copyrightAndOtherRestrictions>"
        "<l:description><l:string>Free</l:string></l:description></l:rights></l:lom></metadata>"
        '<c:variant identifier="v" identifierref="a"/><dependency identifierref="d"/></resource></resources></manifest>'
    )
    resource = manifest.resources["r"]
    assert (resource.instructor_only, resource.rights) == (True, ResourceRights(restricted=False, description="Free"))
    assert (resource.variant_of, resource.dependencies, resource.intendeduse) == ("a", ("d",), "syllabus")


def test_a_package_whose_manifest_is_invalid_is_refused() -> None:
    for body in ("<other/>", "not XML at all"):
        with pytest.raises(UnreadablePackage):
            read(body)


def test_an_attribute_of_resources_that_means_nothing_here_is_named_once() -> None:
    known = 'type="webcontent" href="x" intendeduse="unspecified" xml:base=""'
    resources = f'<resource identifier="a" {known} x:odd="1"/><resource identifier="b" {known} x:odd="2"/>'
    importing = an_importing()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("imsmanifest.xml", f'<manifest xmlns:x="urn:x"><resources>{resources}</resources></manifest>')
        archive.writestr("x", b"x")
    with PackageReader.open(buffer) as package:
        read_manifest(package, importing)
    assert [(warning.code, warning.message) for warning in importing.warnings] == [
        ("element_unknown", "The attribute odd has no meaning here; resources that have it: 2.")
    ]
