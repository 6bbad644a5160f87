from __future__ import annotations

from typing import Any

from lxml import etree

from shared.domain.content.modules import CompletionRequirement, Module, ModuleItem
from shared.domain.kinds import Kind
from shared.formats.cartridge.settings import module_meta
from shared.formats.identifiers import key
from shared.formats.imscp.resource import WEBCONTENT, Resource
from tests.support.formats import COURSE_ID, a_packing, a_source, an_importing, children, parsed, text_of

HEAD = '<modules xmlns="http://canvas.instructure.com/xsd/cccv1p0">'


def document(*items: ModuleItem, module: Module | None = None, **arguments: Any) -> etree._Element:
    objects = {Kind.MODULES: [module or Module(id=1, name="Week 1", position=1)], Kind.MODULE_ITEMS: list(items)}
    return parsed(module_meta.document(a_packing(objects | arguments.pop("objects", {}), **arguments)))


def an_item(**fields: Any) -> etree._Element:
    [element] = document(ModuleItem(id=9, module_id=1, **fields)).iter("{*}item")
    return element


def read(inner: str, *resources: Resource) -> tuple[Module, list[ModuleItem], list[str]]:
    importing = an_importing()
    module_meta.read(a_source({module_meta.MEMBER: f"{HEAD}{inner}</modules>"}, resources), importing)
    [module] = importing.all(Kind.MODULES)
    items = importing.all(Kind.MODULE_ITEMS)
    return module, items, [warning.code for warning in importing.warnings]  # type: ignore[return-value]


def read_item(inner: str, *resources: Resource) -> ModuleItem:
    item = f'<item identifier="t">{inner}</item>'
    return read(f'<module identifier="m"><title>M</title><items>{item}</items></module>', *resources)[1][0]


def test_a_course_without_modules_has_no_document() -> None:
    assert module_meta.document(a_packing()) is None


def test_a_selection_without_modules_has_an_empty_document() -> None:
    assert children(document(select={"pages": ["1"]})) == []


def test_a_module_states_its_elements_in_canvas_s_order() -> None:
    module = Module(
        id=1,
        name="Week 1",
        published=True,
        position=2,
        unlock_at="2026-01-31T06:59:00Z",
        require_sequential_progress=True,
        requirement_type="one",
    )
    [element] = document(module=module)
    assert element.get("identifier") == key(Kind.MODULES, 1)
    assert children(element) == [
        ("title", "Week 1"),
        ("workflow_state", "active"),
        ("position", "2"),
        ("unlock_at", "2026-01-31T06:59:00"),
        ("require_sequential_progress", "true"),
        ("requirement_count", "1"),
        ("locked", "false"),
        ("items", ""),
    ]


def test_a_sub_header_has_no_identifierref_and_a_never_chosen_tab_is_empty() -> None:
    assert children(an_item(title="Read first", type="SubHeader", position=1, published=False)) == [
        ("content_type", "ContextModuleSubHeader"),
        ("workflow_state", "unpublished"),
        ("title", "Read first"),
        ("position", "1"),
        ("new_tab", ""),
        ("indent", "0"),
        ("link_settings_json", "null"),
    ]


def test_an_external_url_refers_to_the_item_itself_and_states_its_address() -> None:
    element = an_item(
        title="There", type="ExternalUrl", external_url="https://example.org/?a&b", new_tab=False, indent=1
    )
    assert text_of(element, "identifierref") == key(Kind.MODULE_ITEMS, 9)
    assert text_of(element, "url") == "https://example.org/?a&b"
    assert (text_of(element, "new_tab"), text_of(element, "indent")) == ("false", "1")


def test_a_tool_item_refers_to_its_tool_or_to_itself_where_it_has_none() -> None:
    of_tool = an_item(type="ExternalTool", content_id=4, external_url="https://t.example", link_settings={"width": 5})
    assert text_of(of_tool, "identifierref") == key(Kind.EXTERNAL_TOOLS, 4)
    assert text_of(of_tool, "link_settings_json") == '{"width":5}'
    assert text_of(an_item(type="ExternalTool"), "identifierref") == key(Kind.MODULE_ITEMS, 9)


def test_requirements_name_the_item_and_not_what_it_shows() -> None:
    requirement = CompletionRequirement(type="min_score", min_score=1.0)
    item = ModuleItem(id=9, module_id=1, type="Quiz", content_id=5, completion_requirement=requirement)
    [element] = document(item).iter("{*}completionRequirement")
    assert element.get("type") == "min_score"
    assert children(element) == [("min_score", "1.0"), ("identifierref", key(Kind.MODULE_ITEMS, 9))]


def test_a_prerequisite_is_reported_by_the_name_that_it_has_now_or_had_in_its_package() -> None:
    module = Module(id=1, prerequisite_module_ids=[2, 3], prerequisite_titles={"2": "Old", "3": "Gone"}, position=2)
    objects = {Kind.MODULES: [module, Module(id=2, name="New", position=1)]}
    found = [children(element) for element in document(objects=objects).iter("{*}prerequisite")]
    assert found == [
        [("title", "New"), ("identifierref", key(Kind.MODULES, 2))],
        [("title", "Gone"), ("identifierref", key(Kind.MODULES, 3))],
    ]


def test_one_bad_item_costs_its_module_no_other() -> None:
    items = [
        ModuleItem(id=8, module_id=1, position=1, title="odd", link_settings={"width": float("inf")}),
        ModuleItem(id=9, module_id=1, position=2, title="good"),
    ]
    packing = a_packing({Kind.MODULES: [Module(id=1, name="M")], Kind.MODULE_ITEMS: items})
    root = parsed(module_meta.document(packing))
    assert [text_of(element, "title") for element in root.iter("{*}item")] == ["good"]
    assert (packing.report.expected, packing.report.packed, packing.report.failed) == (
        {Kind.MODULES: 1, Kind.MODULE_ITEMS: 2},
        {Kind.MODULES: 1, Kind.MODULE_ITEMS: 1},
        {Kind.MODULE_ITEMS: 1},
    )


def test_what_was_written_is_read_again_under_the_same_identifiers() -> None:
    requirement = CompletionRequirement(type="must_submit")
    module = Module(id=1, name="Week 1", published=False, position=3, unlock_at="2026-01-31T06:59:00Z", locked=True)
    item = ModuleItem(
        id=9,
        module_id=1,
        title="  A <b>title</b> & more ",
        type="ExternalTool",
        content_id=5,
        external_url="https://t.example/?x=<y>",
        new_tab=True,
        position=4,
        indent=2,
        published=True,
        completion_requirement=requirement,
        global_identifierref="273301",
        lti_resource_link_lookup_uuid="e3a1",
        link_settings={"selection_width": "", "z": "<&>", "a": [1]},
    )
    body = etree.tostring(document(item, module=module))
    importing = an_importing()
    module_meta.read(a_source({module_meta.MEMBER: body}), importing)
    [again], [item_again] = importing.all(Kind.MODULES), importing.all(Kind.MODULE_ITEMS)
    assert again.migration_id == key(Kind.MODULES, 1)
    expected = {**module.to_json(), "id": again.id, "migration_id": again.migration_id, "workflow_state": "unpublished"}
    assert again.to_json() == expected
    expected = {
        **item.to_json(),
        "id": item_again.id,
        "migration_id": key(Kind.MODULE_ITEMS, 9),
        "module_id": again.id,
        "content_id": importing.id_of(Kind.EXTERNAL_TOOLS, key(Kind.EXTERNAL_TOOLS, 5)),
        "workflow_state": "active",
    }
    assert item_again.to_json() == expected
    assert importing.warnings == []


def test_an_empty_tab_is_not_a_false_one() -> None:
    assert read_item("<content_type>WikiPage</content_type><new_tab/>").new_tab is None
    assert read_item("<content_type>WikiPage</content_type><new_tab>false</new_tab>").new_tab is False


def test_an_unknown_type_is_what_its_resource_is() -> None:
    inner = "<content_type>Webcontent</content_type><identifierref>r</identifierref>"
    assert read_item(inner, Resource("r", WEBCONTENT, files=("a.pdf",))).type == "File"
    assert read_item(inner, Resource("r", "imswl_xmlv1p1", files=("a.xml",))).type == "ExternalUrl"


def test_what_makes_no_sense_is_reported_and_the_rest_is_read() -> None:
    module, items, codes = read(
        '<module identifier="m"><title>M</title><position>x</position><sound/>'
        '<items><item identifier="t"><content_type>Nonsense</content_type><link_settings_json>{</link_settings_json>'
        "</item></items><completionRequirements><completionRequirement type='must_view'>"
        "<identifierref>nobody</identifierref></completionRequirement></completionRequirements></module>"
    )
    assert (module.name, module.position, items[0].type, items[0].link_settings) == ("M", None, "Nonsense", None)
    assert sorted(codes) == [
        "carried_unknown",
        "item_type_unknown",
        "requirement_dangling",
        "value_unreadable",
        "value_unreadable",
    ]


def test_an_empty_document_of_a_selective_export_comes_back() -> None:
    importing = an_importing()
    module_meta.read(a_source({module_meta.MEMBER: f"{HEAD}</modules>"}), importing)
    assert importing.course is not None
    importing.course.id = COURSE_ID
    assert module_meta.document(a_packing(course=importing.course)) is not None


def test_the_item_of_a_tool_that_names_itself_shows_no_tool_of_the_course() -> None:
    tool = (
        "<content_type>ContextExternalTool</content_type><identifierref>t</identifierref><url>https://x.example</url>"
    )
    own = Resource("t", "imswl_xmlv1p1", files=("t.xml",))
    assert read_item(tool).content_id is None
    assert read_item(tool, own).content_id is None, "its web link, which an export writes"
    assert read_item(tool, Resource("t", "imsbasiclti_xmlv1p0", files=("t.xml",))).content_id is not None


def test_two_items_of_one_identifier_are_both_there_and_a_requirement_is_for_the_first() -> None:
    twins = "".join(
        f'<item identifier="t"><title>{title}</title><content_type>ContextModuleSubHeader</content_type></item>'
        for title in ("One", "Two")
    )
    required = '<completionRequirement type="must_view"><identifierref>t</identifierref></completionRequirement>'
    inner = f"<items>{twins}</items><completionRequirements>{required}</completionRequirements>"
    _, items, codes = read(f'<module identifier="m"><title>M</title>{inner}</module>')
    assert [(item.title, item.completion_requirement is not None) for item in items] == [("One", True), ("Two", False)]
    assert codes == ["identifier_repeated"]


def test_a_web_link_without_an_address_is_named() -> None:
    inner = '<item identifier="t"><content_type>ExternalUrl</content_type><title>Gone</title></item>'
    assert read(f'<module identifier="m"><title>M</title><items>{inner}</items></module>')[2] == [
        "item_without_content"
    ]
