from __future__ import annotations

import dataclasses

import pytest
from msgspec.structs import replace

from shared.domain.content.external_tools import ExternalTool
from shared.domain.content.modules import Module, ModuleItem
from shared.domain.kinds import Kind
from shared.formats.cartridge import read_organization
from shared.formats.cartridge.organization import ROOT
from shared.formats.importing import Importing
from shared.formats.imscp.package_source import OrganizationItem, PackageSource
from shared.formats.imscp.resource import LEARNING_APPLICATION, WEBCONTENT, Resource
from tests.support.formats import COURSE_ID, a_source, an_importing

WEB_LINK = '<webLink><title>T</title><url href="https://example.org/"/></webLink>'
RESOURCES = [
    Resource("quiz", "imsqti_xmlv1p2/imscc_xmlv1p1/assessment"),
    Resource("task", "assignment_xmlv1p0"),
    Resource("canvas_task", LEARNING_APPLICATION, files=("t/t.html", "t/assignment_settings.xml")),
    Resource("topic", "imsdt_xmlv1p2"),
    Resource("tool", "imsbasiclti_xmlv1p0"),
    Resource("page", WEBCONTENT, files=("wiki_content/p.html",)),
    Resource("file", WEBCONTENT, files=("f.pdf",)),
    Resource("link", "imswl_xmlv1p1", files=("link.xml",)),
]


def source(*items: OrganizationItem, resources: list[Resource] | None = None) -> PackageSource:
    """A package with an organization; the web link is in it only where an item names it."""
    named = {item.identifierref for item in _all(items)}
    found = a_source({"link.xml": WEB_LINK}, resources or [r for r in RESOURCES if r.identifier in {*named, "file"}])
    return PackageSource(found.package, dataclasses.replace(found.manifest, items=items))


def _all(items: tuple[OrganizationItem, ...]) -> list[OrganizationItem]:
    return [found for item in items for found in (item, *_all(item.items))]


def in_root(*modules: OrganizationItem) -> OrganizationItem:
    return OrganizationItem(ROOT, None, "", modules)


def a_module(*items: OrganizationItem, identifier: str = "m") -> OrganizationItem:
    return OrganizationItem(identifier, None, "Week 1", items)


def read(found: PackageSource, importing: Importing | None = None) -> tuple[Importing, list[ModuleItem]]:
    importing = importing or an_importing()
    read_organization.read(found, importing)
    return importing, [i for i in importing.all(Kind.MODULE_ITEMS) if isinstance(i, ModuleItem)]


def test_the_resource_of_an_item_decides_what_it_is() -> None:
    listed = [r.identifier for r in RESOURCES]
    found = source(in_root(a_module(*(OrganizationItem(f"i_{name}", name, name) for name in listed))))
    importing, items = read(found)
    assert [item.type for item in items] == [
        "Quiz",
        "Assignment",
        "Assignment",
        "Discussion",
        "ExternalTool",
        "Page",
        "File",
        "ExternalUrl",
    ]
    assert items[0].content_id == importing.id_of(Kind.QUIZZES, "quiz")
    assert items[7].external_url == "https://example.org/"
    assert [item.position for item in items] == list(range(1, 9))
    assert importing.warnings == []


def test_deeper_items_are_indented_below_headers() -> None:
    deep = OrganizationItem(
        "h",
        None,
        "Part",
        (
            OrganizationItem("a", "file", "A"),
            OrganizationItem("hh", None, "Sub", (OrganizationItem("b", "file", "B"),)),
        ),
    )
    _, items = read(source(in_root(a_module(deep, OrganizationItem("c", "file", "C")))))
    assert [(i.title, i.type, i.indent, i.position) for i in items] == [
        ("Part", "SubHeader", 0, 1),
        ("A", "File", 1, 2),
        ("Sub", "SubHeader", 1, 3),
        ("B", "File", 2, 4),
        ("C", "File", 0, 5),
    ]


def test_items_that_no_module_holds_are_put_into_one_of_the_course_s_name() -> None:
    importing, items = read(
        source(in_root(OrganizationItem("a", "file", "A"), a_module(OrganizationItem("b", "file", "B"))))
    )
    modules = {module.id: module.label for module in importing.all(Kind.MODULES)}
    assert [(i.title, modules[i.module_id or 0]) for i in items] == [("A", "Biology"), ("B", "Week 1")]


def test_a_root_with_a_title_and_nothing_but_leaves_is_a_module_itself() -> None:
    for roots, names in [
        ((OrganizationItem("r", None, "Part one", (OrganizationItem("a", "file", "A"),)),), ["Part one"]),
        ((OrganizationItem("r", None, "", (OrganizationItem("a", "file", "A"),)),), ["Biology"]),
        ((OrganizationItem("r", None, "The course", (a_module(OrganizationItem("a", "file", "A")),)),), ["Week 1"]),
        (
            (
                a_module(OrganizationItem("a", "file", "A")),
                a_module(OrganizationItem("b", "file", "B"), identifier="m2"),
            ),
            ["Week 1", "Week 1"],
        ),
    ]:
        importing, _ = read(source(*roots))
        assert [module.label for module in importing.all(Kind.MODULES)] == names


def test_web_links_that_no_item_names_are_in_a_module_of_their_own() -> None:
    remote = Resource("far", WEBCONTENT, href="https://example.org/far.html")
    listed = [
        Resource("link", "imswl_xmlv1p1", files=("link.xml",)),
        remote,
        Resource("near", WEBCONTENT, href="n.html"),
    ]
    importing, items = read(source(in_root(a_module(OrganizationItem("a", "near", "A"))), resources=listed))
    assert [(item.type, item.external_url) for item in items] == [
        ("File", None),
        ("ExternalUrl", "https://example.org/"),
        ("ExternalUrl", "https://example.org/far.html"),
    ]
    assert [module.label for module in importing.all(Kind.MODULES)] == ["Week 1", "Biology"]


def test_an_item_keeps_its_title_beside_that_of_its_web_link_and_takes_the_link_s_where_it_has_none() -> None:
    _, items = read(source(in_root(a_module(*(OrganizationItem(n, "link", n) for n in ("Own", ""))))))
    assert [item.title for item in items] == ["Own", "T"]


def test_an_item_that_names_a_stand_in_shows_what_it_stands_for() -> None:
    listed = [
        Resource("task", "assignment_xmlv1p0", files=("t.xml",)),
        Resource("page", WEBCONTENT, files=("t.html",), variant_of="task"),
        Resource("round", WEBCONTENT, files=("r.html",), variant_of="round"),
    ]
    importing, items = read(
        source(
            in_root(a_module(OrganizationItem("a", "page", "A"), OrganizationItem("b", "round", "B"))), resources=listed
        )
    )
    assert [(item.type, item.content_id) for item in items] == [
        ("Assignment", importing.id_of(Kind.ASSIGNMENTS, "task")),
        ("File", importing.id_of(Kind.FILES, "round")),
    ]


def test_hidden_items_and_those_for_instructors_are_unpublished() -> None:
    listed = [
        Resource("file", WEBCONTENT, files=("f",)),
        Resource("key", WEBCONTENT, files=("k",), instructor_only=True),
    ]
    seen, hidden, key = (
        OrganizationItem("a", "file", "A"),
        OrganizationItem("b", "file", "B", visible=False),
        OrganizationItem("c", "key", "C"),
    )
    _, items = read(source(in_root(a_module(seen, hidden, key)), resources=listed))
    assert [item.published for item in items] == [None, False, False]


def test_a_question_bank_is_no_place_to_go_to_and_that_is_reported() -> None:
    listed = [Resource("bank", "imsqti_xmlv1p2/imscc_xmlv1p1/question-bank", files=("b.xml",))]
    importing, [item] = read(source(in_root(a_module(OrganizationItem("a", "bank", "A"))), resources=listed))
    assert item.type == "SubHeader"
    assert [warning.code for warning in importing.warnings] == ["item_is_bank"]


def test_items_of_one_tool_launch_it_wherever_they_stand() -> None:
    importing = an_importing()
    tool = ExternalTool(id=importing.id_of(Kind.EXTERNAL_TOOLS, "tool"), migration_id="tool", url="https://t.example/")
    importing.add(Kind.EXTERNAL_TOOLS, tool)
    found = source(in_root(a_module(OrganizationItem("a", "tool", "A"), OrganizationItem("b", "tool", "B"))))
    _, items = read(found, importing)
    assert [(i.migration_id, i.content_id, i.external_url) for i in items] == [
        ("tool", tool.id, tool.url),
        ("tool_2", tool.id, tool.url),
    ]


def test_a_reference_to_nothing_is_kept_as_a_header_and_reported() -> None:
    importing, [item] = read(source(in_root(a_module(OrganizationItem("a", "nothing", "A")))))
    assert (item.type, item.content_id) == ("SubHeader", None)
    assert [warning.code for warning in importing.warnings] == ["item_dangling"]


def test_items_of_one_identifier_are_all_kept() -> None:
    _, items = read(source(in_root(a_module(OrganizationItem("a", "file", "A"), OrganizationItem("a", "page", "B")))))
    assert [item.migration_id for item in items] == ["a", "a_2"]
    assert len({item.id for item in items}) == 2


@pytest.mark.parametrize(
    ("listed", "places"),
    [
        (("a", "b"), {"a": None, "b": None}),
        (("a", "b", "new"), {"a": None, "b": None, "new": None}),
        (("b", "a"), {"a": 2, "b": 1}),
        (("a", "new", "b"), {"a": 1, "b": 3, "new": 2}),
    ],
)
def test_the_places_of_items_are_kept_where_they_contradict_the_positions_in_module_meta(
    listed: tuple[str, ...], places: dict[str, int | None]
) -> None:
    importing = an_importing()
    module = Module(id=importing.id_of(Kind.MODULES, "m"), migration_id="m", name="M")
    importing.add(Kind.MODULES, module)
    for position, name in enumerate("ab", 1):
        number = importing.id_of(Kind.MODULE_ITEMS, name)
        importing.add(
            Kind.MODULE_ITEMS, ModuleItem(id=number, migration_id=name, module_id=module.id, position=position)
        )
    _, items = read(source(in_root(a_module(*(OrganizationItem(name, None, name) for name in listed)))), importing)
    assert {item.migration_id: item.organization_place for item in items} == places
    assert [item.position for item in items] == list(range(1, len(items) + 1))


def test_what_the_organization_calls_known_items_is_kept() -> None:
    importing = an_importing()
    module = Module(id=importing.id_of(Kind.MODULES, "m"), migration_id="m", name="M")
    importing.add(Kind.MODULES, module)
    known = ModuleItem(id=0, module_id=module.id, title="known", position=3)
    tool, url = importing.id_of(Kind.MODULE_ITEMS, "tag"), importing.id_of(Kind.MODULE_ITEMS, "u")
    importing.add(Kind.MODULE_ITEMS, replace(known, id=tool, migration_id="tag", type="ExternalTool"))
    importing.add(Kind.MODULE_ITEMS, replace(known, id=url, migration_id="u", type="ExternalUrl"))
    found = source(
        OrganizationItem(
            "my_root",
            None,
            "",
            (
                a_module(
                    OrganizationItem("derived", "tag", "t"),
                    OrganizationItem("u", "link", "t"),
                    OrganizationItem("n", "file", "N"),
                ),
            ),
        )
    )
    importing, items = read(found, importing)
    assert importing.identifiers[Kind.COURSES, COURSE_ID, ROOT] == "my_root"
    assert importing.identifiers[Kind.MODULE_ITEMS, tool, "module_item"] == "derived"
    assert importing.identifiers[Kind.MODULE_ITEMS, url, "weblink"] == "link"
    assert [(item.title, item.position) for item in items] == [("known", 3), ("known", 3), ("N", 4)]
    assert found.used == {"link.xml"}
    assert len(importing.all(Kind.MODULES)) == 1
