from __future__ import annotations

import json
from typing import Any

import pytest
from lxml import etree

from shared.domain.content.external_tools import (
    Extension,
    ExternalTool,
    LtiResourceLink,
    Property,
    ToolOptions,
    ToolProfile,
    Vendor,
)
from shared.domain.kinds import Kind
from shared.formats.cartridge import external_tools, lti_resource_links, tool_profiles
from shared.formats.identifiers import key
from shared.formats.importing import Importing
from shared.formats.imscp.resource import Resource
from tests.support.formats import a_packing, a_source, an_importing, packed

TOOL = ExternalTool(
    id=4,
    name="Badges & more",
    description="<b>Award</b> them",
    url="https://tool.example/launch",
    domain="tool.example",
    tool_id="badges",
    privacy_level="public",
    selection_width=800,
    icon_url="https://tool.example/icon.png",
    vendor=Vendor(code="example", contact_email="us@example.org"),
    custom_fields=[Property("course", "$Canvas.course.id"), Property("empty", "")],
    settings=[Property("icon_url", "https://tool.example/icon.png"), Property("text", "Badges")],
    options=[
        ToolOptions(
            name="course_navigation",
            properties=[Property("enabled", "true"), Property("text", "Badges")],
            options=[ToolOptions(name="labels", properties=[Property("de", "Abzeichen"), Property("ar", "شارات")])],
            custom_fields=[Property("where", "nav")],
        )
    ],
    extensions=[Extension(platform="other.lms", properties=[Property("key", "value")])],
)


def member(tool: ExternalTool) -> etree._Element:
    [body] = packed(external_tools.write, a_packing({Kind.EXTERNAL_TOOLS: [tool]}))[0].values()
    return etree.fromstring(body)


def canvas_properties(root: etree._Element) -> list[tuple[str | None, str | None]]:
    [extension] = [e for e in root.iter("{*}extensions") if e.get("platform") == "canvas.instructure.com"]
    return [(e.get("name"), e.text) for e in extension.findall("{*}property")]


def read(body: bytes | str, kind: str = "imsbasiclti_xmlv1p0", path: str = "t.xml") -> Importing:
    importing = an_importing()
    source = a_source({path: body}, [Resource("t", kind, files=(path,))])
    external_tools.read(source, importing)
    lti_resource_links.read(source, importing)
    assert source.used == {path}
    return importing


def test_a_tool_comes_back_as_it_was() -> None:
    importing = read(etree.tostring(member(TOOL)))
    [again] = importing.all(Kind.EXTERNAL_TOOLS)
    assert again.to_json() == {**TOOL.to_json(), "id": again.id, "migration_id": "t", "position": 1}
    assert importing.warnings == []


@pytest.mark.parametrize("secret", ["consumer_key", "shared_secret"])
def test_a_secret_is_neither_kept_nor_exported(secret: str) -> None:
    kept = ExternalTool.from_json({"id": 4, "name": "T", secret: "s3cret"})
    assert "s3cret" not in json.dumps(kept.to_json())
    hidden = ExternalTool(
        id=4, settings=[Property(secret, "s3cret")], options=[ToolOptions(name="o", custom_fields=[])]
    )
    assert b"s3cret" not in etree.tostring(member(hidden))
    body = etree.tostring(member(TOOL)).replace(b'name="text"', f'name="{secret}"'.encode())
    importing = read(body)
    [tool] = importing.all(Kind.EXTERNAL_TOOLS)
    assert secret not in json.dumps(tool.to_json())
    assert {warning.code for warning in importing.warnings} == {"secret_dropped"}


def test_rest_fields_of_a_tool_are_taken_in() -> None:
    navigation = {"enabled": True, "text": "Badges", "labels": {"de": "Abzeichen"}, "custom_fields": {"where": "nav"}}
    tool = ExternalTool.from_json({"id": 4, "name": "T", "custom_fields": {"a": 1}, "course_navigation": navigation})
    assert tool.custom_fields == [Property("a", "1")]
    assert tool.options == [
        ToolOptions(
            name="course_navigation",
            properties=[Property("enabled", "true"), Property("text", "Badges")],
            options=[ToolOptions(name="labels", properties=[Property("de", "Abzeichen")])],
            custom_fields=[Property("where", "nav")],
        )
    ]
    assert ExternalTool.from_json(tool.to_json()) == tool


def test_a_repeated_setting_follows_the_field_that_it_repeats() -> None:
    tool = ExternalTool(id=4, selection_width=5, settings=[Property("selection_width", "800"), Property("x", "1")])
    assert canvas_properties(member(tool)) == [("selection_width", "5"), ("selection_width", "5"), ("x", "1")]


@pytest.mark.parametrize(
    ("url", "launch_url", "expected"),
    [
        ("https://a", None, {"secure_launch_url": "https://a"}),
        ("http://a", None, {"launch_url": "http://a"}),
        ("http://s", "http://p", {"launch_url": "http://p", "secure_launch_url": "http://s"}),
        (None, None, {}),
    ],
)
def test_a_tool_is_launched_at_a_secure_or_a_plain_address(
    url: str | None, launch_url: str | None, expected: dict[str, str]
) -> None:
    root = member(ExternalTool(id=4, url=url, launch_url=launch_url))
    assert {etree.QName(e).localname: e.text for e in root if "launch_url" in str(e.tag)} == expected


def test_what_has_no_meaning_here_is_reported() -> None:
    body = "<l xmlns='u'><title>T</title><cartridge_icon identifierref='x'/></l>"
    assert [warning.code for warning in read(body).warnings] == ["element_unknown"]


def test_only_selected_tools_are_exported() -> None:
    packing = a_packing({Kind.EXTERNAL_TOOLS: [TOOL]}, select={"pages": ["1"]})
    assert packed(external_tools.write, packing)[0] == {}
    packing.selection = packing.selection.completed({(Kind.EXTERNAL_TOOLS, TOOL.id): "a module item opens it"})
    assert list(packed(external_tools.write, packing)[0]) == [f"{key(Kind.EXTERNAL_TOOLS, 4)}.xml"]


def links(select: Any = None) -> dict[str, bytes]:
    objects = {
        Kind.LTI_RESOURCE_LINKS: [
            LtiResourceLink(id=1, title="Of the course", url="https://t.example", lookup_uuid="u-1"),
            LtiResourceLink(id=2, title="Of an assignment", url="https://t.example", assignment_id=7),
        ]
    }
    return packed(lti_resource_links.write, a_packing(objects, select=select))[0]


def link_path(link_id: int) -> str:
    return f"lti_resource_links/{key(Kind.LTI_RESOURCE_LINKS, link_id)}.xml"


def test_links_of_the_course_are_always_exported_and_those_of_assignments_with_them() -> None:
    assert list(links()) == [link_path(1), link_path(2)]
    assert list(links({"pages": ["1"]})) == [link_path(1)]
    assert list(links({"assignments": ["7"]})) == [link_path(1), link_path(2)]


def test_a_resource_link_comes_back_as_it_was() -> None:
    link = LtiResourceLink(
        id=1,
        title="T",
        url="https://t.example",
        resource_link_url="https://t.example/deep",
        lookup_uuid="u-1",
        assignment_id=7,
        custom=[Property("a", "1"), Property("b", "true")],
    )
    [body] = packed(lti_resource_links.write, a_packing({Kind.LTI_RESOURCE_LINKS: [link]}))[0].values()
    importing = read(body, "imsbasiclti_xmlv1p3", "lti_resource_links/t.xml")
    [again] = importing.all(Kind.LTI_RESOURCE_LINKS)
    assignment = importing.id_of(Kind.ASSIGNMENTS, key(Kind.ASSIGNMENTS, 7))
    expected = {**link.to_json(), "id": again.id, "migration_id": "t", "assignment_id": assignment, "description": ""}
    assert again.to_json() == expected
    assert importing.warnings == []


def test_an_lti_1_3_link_elsewhere_is_a_tool() -> None:
    importing = read("<l><title>T</title></l>", "imsbasiclti_xmlv1p3")
    assert [tool.label for tool in importing.all(Kind.EXTERNAL_TOOLS)] == ["T"]
    assert importing.all(Kind.LTI_RESOURCE_LINKS) == []


def test_a_tool_profile_comes_back_as_it_was() -> None:
    profile = ToolProfile(id=3, tool_profile={"b": [1, {"c": "ä"}], "a": None}, registration_url="https://t.example/r")
    [(path, body)] = packed(tool_profiles.write, a_packing({Kind.TOOL_PROFILES: [profile]}))[0].items()
    assert path == f"{key(Kind.TOOL_PROFILES, 3)}.json"
    importing = an_importing()
    tool_profiles.read(a_source({path: body}, [Resource("p", "tool_profile", files=(path,))]), importing)
    [again] = importing.all(Kind.TOOL_PROFILES)
    assert again.to_json() == {**profile.to_json(), "id": again.id, "migration_id": "p"}


@pytest.mark.parametrize("body", ["", "{", "[]", '{"meta": {}}', '{"tool_profile": 5}'])
def test_a_tool_profile_that_is_invalid_is_reported(body: str) -> None:
    importing = an_importing()
    tool_profiles.read(a_source({"p.json": body}, [Resource("p", "tool_profile", files=("p.json",))]), importing)
    assert [warning.code for warning in importing.warnings] == ["tool_profile_unreadable"]
