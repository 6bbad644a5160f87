from __future__ import annotations

import pytest
from lxml import etree

from shared.domain.content.modules import Module, ModuleItem
from shared.domain.content.pages import Page
from shared.domain.kinds import Kind
from shared.formats.cartridge import manifest
from shared.formats.cartridge.organization import ROOT
from shared.formats.cartridge.settings import module_meta
from shared.formats.identifiers import key
from shared.formats.imscp.resource import WEBCONTENT, Resource, Resources
from shared.formats.packing import Packing
from tests.support.formats import COURSE_ID, a_packing, parsed

Tree = list[tuple[str | None, str | None, str | None]]


def items(packing: Packing, *present: str) -> Tree:
    """(identifier, identifierref, title) of every item of the organization, the root first."""
    resources = Resources()
    for identifier in present:
        resources.add(Resource(identifier, WEBCONTENT))
    root = etree.fromstring(manifest.document(packing, resources))
    return [(e.get("identifier"), e.get("identifierref"), e.findtext("{*}title")) for e in root.iter("{*}item")]


def a_course(*shown: ModuleItem, **arguments: object) -> Packing:
    objects = {Kind.MODULES: [Module(id=1, name="Week 1")], Kind.MODULE_ITEMS: list(shown)}
    objects |= arguments.pop("objects", {})  # type: ignore[arg-type]
    return a_packing(objects, **arguments)  # type: ignore[arg-type]


def test_no_item_has_the_identifier_of_another_item_or_of_a_resource() -> None:
    shown = [ModuleItem(id=number, module_id=1, title="A", type="SubHeader") for number in (1, 2, 3)]
    names = {(Kind.MODULE_ITEMS, 1, ""): "I_1", (Kind.MODULE_ITEMS, 2, ""): "I_1", (Kind.MODULE_ITEMS, 3, ""): "R_1"}
    packing = a_course(*shown, identifiers={**names, (Kind.MODULES, 1, ""): ROOT})
    found = [identifier for identifier, _, _ in items(packing, "R_1")]
    assert found == [ROOT, f"{ROOT}_2", "I_1", "I_1_2", "R_1_2"]


def test_a_course_without_modules_has_an_untitled_root_alone() -> None:
    assert items(a_packing()) == [(ROOT, None, None)]


def test_a_sub_header_has_no_identifierref() -> None:
    packing = a_course(ModuleItem(id=9, module_id=1, title="Read first", type="SubHeader"))
    assert items(packing)[1:] == [
        (key(Kind.MODULES, 1), None, "Week 1"),
        (key(Kind.MODULE_ITEMS, 9), None, "Read first"),
    ]


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        ("Assignment", Kind.ASSIGNMENTS),
        ("Quiz", Kind.QUIZZES),
        ("Discussion", Kind.DISCUSSION_TOPICS),
        ("Page", Kind.PAGES),
        ("File", Kind.FILES),
    ],
)
def test_an_item_refers_to_the_resource_of_what_it_shows(kind: str, shown: Kind) -> None:
    packing = a_course(ModuleItem(id=9, module_id=1, title="It", type=kind, content_id=5))
    assert items(packing, key(shown, 5))[2] == (key(Kind.MODULE_ITEMS, 9), key(shown, 5), "It")


def test_an_external_url_refers_to_its_web_link() -> None:
    packing = a_course(ModuleItem(id=100, module_id=1, type="ExternalUrl", external_url="https://example.org"))
    link = key(Kind.MODULE_ITEMS, 100, "weblink")
    assert items(packing, link)[2][:2] == (key(Kind.MODULE_ITEMS, 100), link)


def test_a_tool_item_has_a_derived_identifier_and_refers_to_its_web_link() -> None:
    packing = a_course(ModuleItem(id=100, module_id=1, type="ExternalTool", content_id=4))
    own = key(Kind.MODULE_ITEMS, 100)
    assert items(packing, own)[2][:2] == (key(Kind.MODULE_ITEMS, 100, "module_item"), own)


def test_a_page_is_found_by_its_url_alone() -> None:
    packing = a_course(
        ModuleItem(id=9, module_id=1, type="Page", page_url="welcome"),
        objects={Kind.PAGES: [Page(id=5, url="welcome", title="Welcome")]},
    )
    assert items(packing, key(Kind.PAGES, 5))[2][1] == key(Kind.PAGES, 5)


def test_an_item_whose_object_could_not_be_packed_refers_to_nothing() -> None:
    packing = a_course(
        ModuleItem(id=9, module_id=1, type="Page", content_id=5), objects={Kind.PAGES: [Page(id=5, title="Welcome")]}
    )
    assert items(packing)[2][1] is None


def test_indent_makes_no_levels() -> None:
    packing = a_course(
        ModuleItem(id=8, module_id=1, position=1, title="Out", type="SubHeader", indent=0),
        ModuleItem(id=9, module_id=1, position=2, title="In", type="SubHeader", indent=3),
    )
    assert [title for _, _, title in items(packing)] == [None, "Week 1", "Out", "In"]


@pytest.mark.parametrize(("last", "order"), [(1, ["Last", "First", "Middle"]), (None, ["First", "Middle", "Last"])])
def test_items_have_the_order_of_their_package_of_origin_until_one_is_added_or_changed(
    last: int | None, order: list[str]
) -> None:
    packing = a_course(
        ModuleItem(id=7, module_id=1, position=1, title="First", organization_place=2),
        ModuleItem(id=8, module_id=1, position=2, title="Middle", organization_place=3),
        ModuleItem(id=9, module_id=1, position=3, title="Last", organization_place=last),
    )
    assert [title for _, _, title in items(packing)][2:] == order
    positions = parsed(module_meta.document(packing)).findall(".//{*}item/{*}title")
    assert [title.text for title in positions] == ["First", "Middle", "Last"]


def test_only_selected_modules_are_there_and_each_with_all_its_items() -> None:
    objects = {
        Kind.MODULES: [Module(id=1, name="One", position=1), Module(id=2, name="Two", position=2)],
        Kind.MODULE_ITEMS: [
            ModuleItem(id=8, module_id=1, title="a", type="SubHeader", published=False),
            ModuleItem(id=9, module_id=2, title="b", type="SubHeader"),
        ],
    }
    titles = [title for _, _, title in items(a_packing(objects, select={"modules": ["1"]}))]
    assert titles == [None, "One", "a"]


def test_identifiers_of_the_package_of_origin_are_kept() -> None:
    packing = a_course(
        ModuleItem(id=100, module_id=1, type="ExternalTool"),
        identifiers={
            (Kind.COURSES, COURSE_ID, ROOT): "root_1",
            (Kind.MODULES, 1, ""): "week",
            (Kind.MODULE_ITEMS, 100, ""): "tag",
            (Kind.MODULE_ITEMS, 100, "module_item"): "derived",
        },
    )
    assert [row[:2] for row in items(packing, "tag")] == [("root_1", None), ("week", None), ("derived", "tag")]


def test_a_tool_item_without_a_link_is_known_by_its_own_identifier_as_in_module_meta() -> None:
    packing = a_course(ModuleItem(id=9, module_id=1, title="Gone", type="ExternalTool"))
    assert items(packing)[2:] == [(key(Kind.MODULE_ITEMS, 9), None, "Gone")]


def test_no_item_has_the_identifier_of_the_manifest_or_of_the_organization() -> None:
    shown = [ModuleItem(id=number, module_id=1, title="A", type="SubHeader") for number in (1, 2)]
    names = {(Kind.MODULE_ITEMS, 1, ""): "M", (Kind.MODULE_ITEMS, 2, ""): "org_1"}
    packing = a_course(*shown, identifiers={**names, (Kind.COURSES, COURSE_ID, "common_cartridge_"): "M"})
    assert [identifier for identifier, _, _ in items(packing)][2:] == ["M_2", "org_1_2"]
