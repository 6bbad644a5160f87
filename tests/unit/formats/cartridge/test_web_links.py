from __future__ import annotations

import pytest
from lxml import etree

from shared.domain.content.modules import Module, ModuleItem
from shared.domain.kinds import Kind
from shared.formats.cartridge import web_links
from shared.formats.identifiers import key
from shared.formats.imscp.resource import Resource
from tests.support.formats import a_packing, a_source, an_importing, packed
from tests.support.shared import needs_shared, schema

ITEM = ModuleItem(
    id=100, module_id=1, type="ExternalUrl", title="Räume <1>", external_url="https://example.org/?a=1&b=2"
)
LINK = key(Kind.MODULE_ITEMS, 100, "weblink")


def a_course(**arguments: object) -> dict[str, bytes]:
    objects = {Kind.MODULES: [Module(id=1)], Kind.MODULE_ITEMS: [ITEM]}
    return packed(web_links.write, a_packing(objects, **arguments))[0]  # type: ignore[arg-type]


@needs_shared
def test_a_web_link_is_valid_by_the_official_schema() -> None:
    [(path, body)] = a_course().items()
    assert path == f"{LINK}.xml"
    root = etree.fromstring(body)
    assert schema("ccv1p1_imswl_v1p1.xsd").validate(root)
    assert [root.findtext("{*}title"), root.find("{*}url").get("href")] == [ITEM.title, ITEM.external_url]


def test_web_links_exist_only_through_exported_modules() -> None:
    assert a_course(select={"pages": ["1"]}) == {}
    assert list(a_course(select={"modules": ["1"]})) == [f"{LINK}.xml"]


def test_a_tool_item_has_a_web_link_under_its_own_identifier_where_it_has_an_address() -> None:
    items = [
        ModuleItem(id=8, module_id=1, type="ExternalTool", external_url="https://t.example"),
        ModuleItem(id=9, module_id=1, type="ExternalTool"),
    ]
    found = packed(web_links.write, a_packing({Kind.MODULES: [Module(id=1)], Kind.MODULE_ITEMS: items}))[0]
    assert list(found) == [f"{key(Kind.MODULE_ITEMS, 8)}.xml"]


@pytest.mark.parametrize(
    "namespace",
    [
        "http://www.imsglobal.org/xsd/imsccv1p1/imswl_v1p1",
        "http://www.imsglobal.org/xsd/imsccv1p3/imswl_v1p3",
        "http://www.imsglobal.org/xsd/imsccv1p1/imswl_v1p1 http://of.two/parts",
    ],
)
def test_a_web_link_of_any_version_is_read(namespace: str) -> None:
    body = f'<webLink xmlns="{namespace}"><title>T</title><url href="https://example.org/?a=1&amp;b" target="_blank"/></webLink>'
    resource = Resource("w", "imswl_xmlv1p3", files=("w.xml",))
    link = web_links.read(resource, a_source({"w.xml": body}, [resource]), an_importing())
    assert link == ("T", "https://example.org/?a=1&b", True)


def test_a_web_link_without_a_file_is_reported() -> None:
    importing = an_importing()
    resource = Resource("w", "imswl_xmlv1p1", files=("w.xml",))
    assert web_links.read(resource, a_source({}, [resource]), importing) is None
    assert [warning.code for warning in importing.warnings] == ["member_missing", "web_link_unreadable"]


def test_what_a_web_link_says_beside_its_address_is_named() -> None:
    body = '<webLink><title>T</title><url href="https://e.org" windowFeatures="width=9"/><note>n</note></webLink>'
    resource, importing = Resource("w", "imswl_xmlv1p1", files=("w.xml",)), an_importing()
    web_links.read(resource, a_source({"w.xml": body}, [resource]), importing)
    assert [(w.code, w.message) for w in importing.warnings] == [
        ("element_unknown", "<note> of a web link has no place here.")
    ]
