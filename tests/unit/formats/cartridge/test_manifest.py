from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from shared.domain.content.course import Course
from shared.domain.content.modules import Module, ModuleItem
from shared.domain.kinds import Kind
from shared.domain.warning_codes import WarningCode
from shared.formats.cartridge import manifest
from shared.formats.identifiers import key
from shared.formats.imscp import licenses
from shared.formats.imscp.resource import LEARNING_APPLICATION, WEBCONTENT, Resource, ResourceRights, Resources
from shared.formats.packing import Packing
from tests.support.formats import COURSE_ID, a_packing
from tests.support.shared import needs_shared, schema

CP = "{http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1}"
LOM = "{http://ltsc.ieee.org/xsd/imsccv1p1/LOM/resource}"
LOM_MANIFEST = "{http://ltsc.ieee.org/xsd/imsccv1p1/LOM/manifest}"


def written(packing: Packing, resources: Sequence[Resource] = ()) -> etree._Element:
    collected = Resources()
    for resource in resources:
        collected.add(resource)
    return etree.fromstring(manifest.document(packing, collected))


def a_module(*items: ModuleItem, name: str = "Week 1") -> dict[Kind, list[object]]:
    return {Kind.MODULES: [Module(id=1, name=name)], Kind.MODULE_ITEMS: list(items)}


@needs_shared
def test_a_manifest_of_everything_is_valid_by_the_official_schema_of_cc_1_1() -> None:
    packing = a_packing(
        a_module(
            ModuleItem(id=1, module_id=1, title="Read first", type="SubHeader"),
            ModuleItem(id=2, module_id=1, title="A page", type="Page", content_id=5),
            ModuleItem(id=3, module_id=1, title="Elsewhere", type="ExternalUrl", external_url="https://example.org/"),
        ),
        course=Course(id=COURSE_ID, name="Räume & Zeiten <1>", license="cc_by_sa"),
    )
    page, link = key(Kind.PAGES, 5), key(Kind.MODULE_ITEMS, 3, "weblink")
    root = written(
        packing,
        [
            Resource("g1", LEARNING_APPLICATION, href="a b/ä&.html", files=("a b/ä&.html", "a b/settings.xml")),
            Resource(page, WEBCONTENT, href="wiki_content/p.html", files=("wiki_content/p.html",)),
            Resource(link, "imswl_xmlv1p1", files=(f"{link}.xml",)),
            Resource("g2", "imsdt_xmlv1p1", files=("g2.xml",), dependencies=("g1",)),
            Resource(
                "g3", WEBCONTENT, href="f", files=("f",), instructor_only=True, rights=ResourceRights(True, "(C) me")
            ),
        ],
    )
    official = schema("ccv1p1_imscp_v1p2_v1p0.xsd")
    assert official.validate(root), official.error_log


def test_the_metadata_have_the_name_the_day_and_the_licence_of_the_course() -> None:
    packing = a_packing(course=Course(id=COURSE_ID, name="Räume <1>", license="cc_by_sa"))
    lom = written(packing).find(f"{CP}metadata/{LOM_MANIFEST}lom")
    assert lom is not None
    assert lom.findtext(f"{LOM_MANIFEST}general/{LOM_MANIFEST}title/{LOM_MANIFEST}string") == "Räume <1>"
    assert [e.text for e in lom.iter(f"{LOM_MANIFEST}dateTime")] == ["2026-01-31"]
    assert [e.text for e in lom.iter(f"{LOM_MANIFEST}string")][1] == (
        "CC Attribution Share Alike - http://creativecommons.org/licenses/by-sa/4.0"
    )


@pytest.mark.parametrize("code", sorted(licenses.LICENSES))
def test_a_licence_is_known_again_by_its_description(code: str) -> None:
    words, address = licenses.description(code).split(" - ")
    assert (words.startswith("http"), address.startswith("http")) == (False, True)
    assert licenses.code_of(licenses.description(code)) == code


def test_a_licence_is_known_by_its_address_in_another_version() -> None:
    assert licenses.code_of("Namensnennung - https://creativecommons.org/licenses/by-nc-sa/3.0/de/") == "cc_by_nc_sa"
    assert licenses.code_of("All rights reserved") is None


def test_cc_1_3_has_the_variant_that_an_assignment_page_stands_in_for() -> None:
    packing = a_packing(version="1.3.0")
    fallback = Resource("g1_fallback", WEBCONTENT, files=("g1/a.html",), variant_of="g1")
    root = written(packing, [Resource("g1", "assignment_xmlv1p0", href="g1/assignment.xml"), fallback])
    cpx = "{http://www.imsglobal.org/xsd/imsccv1p3/imscp_extensionv1p2}"
    [variant] = root.iter(f"{cpx}variant")
    assert dict(variant.attrib) == {"identifier": "g1_variant", "identifierref": "g1"}
    assert [e.tag for e in variant] == [f"{cpx}metadata"]
    assert [e.text for e in root.iter("{*}schemaversion")] == ["1.3.0"]


def test_a_locked_file_is_for_instructors() -> None:
    rights = ResourceRights(restricted=False, description="Public Domain")
    root = written(a_packing(), [Resource("f", WEBCONTENT, files=("f",), instructor_only=True, rights=rights)])
    values = [(etree.QName(e).localname, e.text) for e in root.iter(f"{LOM}source", f"{LOM}value", f"{LOM}string")]
    assert values == [("source", "IMSGLC_CC_Rolesv1p1"), ("value", "Instructor")]


def test_what_was_left_out_is_reported_after_the_root() -> None:
    packing = a_packing()
    packing.report.skip(Kind.PAGES, 3, "Odd -- page", "not_packed", "It broke --")
    root = written(packing)
    comments = [node.text for node in root.itersiblings()]
    assert any("Odd" in comment and "It broke" in comment for comment in comments)


def test_what_was_left_out_is_named_without_ids_of_the_database() -> None:
    packing = a_packing()
    packing.report.skip(Kind.PAGES, 90311, "90311", WarningCode.INVALID_CONTENT, "Page 90311: `body` is no text.")
    packing.report.fail(Kind.FILES, 90312, "Plan", WarningCode.FILE_MISSING, "The bytes of Plan are not stored.")
    said = "".join(node.text for node in written(packing).itersiblings())
    assert packing.key(Kind.PAGES, 90311) in said
    assert packing.key(Kind.FILES, 90312) in said
    assert "is no text" in said
    assert "9031" not in said.replace(packing.key(Kind.PAGES, 90311), "").replace(packing.key(Kind.FILES, 90312), "")


@given(st.text())
def test_any_name_of_a_course_makes_a_manifest_that_parses(name: str) -> None:
    root = written(a_packing(a_module(name=name), course=Course(id=COURSE_ID, name=name)))
    assert [e.tag for e in root] == [f"{CP}metadata", f"{CP}organizations", f"{CP}resources"]


def test_a_member_that_was_lost_is_no_file_of_any_resource_and_a_course_file_keeps_its_resource() -> None:
    packing, collected = a_packing(), Resources()
    collected.add(Resource("whole", "webcontent", href="a.html", files=("a.html", "b.css")))
    collected.add(Resource("topic", "imsdt_xmlv1p1", files=("t.xml",), dependencies=("meta", "whole")))
    collected.add(Resource("meta", "x", href="m.xml", files=("m.xml", "n.xml")))
    collected.add(Resource("file", "webcontent", href="f.pdf", files=("f.pdf",)))
    collected.add(Resource("document", "x", href="d.xml", files=("d.xml", "e.xml")))
    packing.lost_members |= {"b.css", "m.xml", "n.xml", "f.pdf", "d.xml"}
    root = etree.fromstring(manifest.document(packing, collected))
    found = {
        e.get("identifier"): (e.get("href"), [f.get("href") for f in e.iterfind("{*}file")])
        for e in root.iter("{*}resource")
    }
    assert found == {
        "whole": ("a.html", ["a.html"]),
        "topic": (None, ["t.xml"]),
        "file": ("f.pdf", []),
        "document": (None, ["e.xml"]),
    }
    assert [e.get("identifierref") for e in root.iter("{*}dependency")] == ["whole"]


def test_of_two_resources_with_one_identifier_each_is_listed() -> None:
    collected = Resources()
    for path in ("a.html", "b.html", "c.html", "a.html"):
        collected.add(Resource("same", "webcontent", files=(path,)))
    assert [(one.identifier, one.files) for one in collected] == [
        ("same", ("a.html",)),
        ("same_2", ("b.html",)),
        ("same_3", ("c.html",)),
    ]
