from __future__ import annotations

import pytest

from shared.domain.content.course import Course
from shared.domain.content.external_tools import ExternalTool
from shared.domain.content.grading import GradingStandard
from shared.domain.kinds import Kind
from shared.formats.cartridge.settings import course_settings
from shared.formats.identifiers import key
from tests.support.formats import COURSE_ID, a_packing, a_source, an_importing, children, parsed, text_of

MEMBER = "course_settings/course_settings.xml"


def document(course: Course, **arguments: object) -> object:
    return parsed(course_settings.document(a_packing(course=course, **arguments)))  # type: ignore[arg-type]


def read(body: bytes | str, title: str = "From the manifest") -> tuple[Course, list[str]]:
    importing = an_importing()
    course_settings.read(a_source({MEMBER: body}, title=title), importing)
    assert importing.course is not None
    return importing.course, [warning.code for warning in importing.warnings]


def in_course(inner: str) -> str:
    return f'<course xmlns="http://canvas.instructure.com/xsd/cccv1p0" identifier="g1">{inner}</course>'


def test_a_course_without_settings_has_only_the_elements_that_are_always_there() -> None:
    root = document(Course(id=COURSE_ID, name="Biology", course_code="BIO"))
    assert root.get("identifier") == key(Kind.COURSES, COURSE_ID)
    assert children(root) == [
        ("title", "Biology"),
        ("course_code", "BIO"),
        ("start_at", ""),
        ("conclude_at", ""),
        ("grading_standard_enabled", "false"),
        ("overridden_course_visibility", ""),
        ("enable_course_paces", "false"),
    ]


def test_false_is_written_and_none_and_empty_text_are_not() -> None:
    root = document(Course(id=COURSE_ID, is_public=False, locale="", indexed=None))
    assert text_of(root, "is_public") == "false"
    assert text_of(root, "locale") is None
    assert text_of(root, "indexed") is None


def test_settings_that_are_not_selected_have_no_document() -> None:
    course = Course(id=COURSE_ID)
    assert course_settings.document(a_packing(course=course, select={"pages": ["1"]})) is None
    assert course_settings.document(a_packing(course=course, select={"all_course_settings": "1"})) is not None


def test_times_have_no_zone() -> None:
    root = document(Course(id=COURSE_ID, start_at="2026-01-31T06:59:00Z", end_at="2026-01-31T01:00:00-05:00"))
    assert text_of(root, "start_at") == "2026-01-31T06:59:00"
    assert text_of(root, "conclude_at") == "2026-01-31T06:00:00"


@pytest.mark.parametrize(("weighted", "scheme"), [(True, "percent"), (False, "equal")])
def test_weights_by_group_are_a_scheme(weighted: bool, scheme: str) -> None:
    root = document(Course(id=COURSE_ID, apply_assignment_group_weights=weighted))
    assert text_of(root, "group_weighting_scheme") == scheme
    course, _ = read(in_course(f"<group_weighting_scheme>{scheme}</group_weighting_scheme>"))
    assert course.apply_assignment_group_weights is weighted


@pytest.mark.parametrize("size", [524288000, 1048576000000000, 1000000])
def test_the_quota_is_in_bytes_and_comes_back_to_the_byte(size: int) -> None:
    course, _ = read(in_course(f"<storage_quota>{size}</storage_quota>"))
    assert course.storage_quota_mb == size / 1048576
    assert text_of(document(course), "storage_quota") == str(size)


def test_the_address_of_an_image_stands_before_its_file() -> None:
    both = document(Course(id=COURSE_ID, image_id=3, image_url="https://x.example/a.png"))
    assert text_of(both, "image_identifier_ref") is None
    assert text_of(both, "image_url") == "https://x.example/a.png"
    one = document(Course(id=COURSE_ID, image_id=3, banner_image_id=4))
    assert text_of(one, "image_identifier_ref") == key(Kind.FILES, 3)
    assert text_of(one, "banner_image_identifier_ref") == key(Kind.FILES, 4)


def test_a_standard_of_the_course_is_named_by_its_key() -> None:
    packing = a_packing(
        {Kind.GRADING_STANDARDS: [GradingStandard(id=5)]},
        course=Course(id=COURSE_ID, grading_standard_id=5),
        select={"all_course_settings": "1"},
    )
    root = parsed(course_settings.document(packing))
    assert text_of(root, "grading_standard_identifier_ref") == key(Kind.GRADING_STANDARDS, 5)
    assert text_of(root, "grading_standard_id") is None
    assert text_of(root, "grading_standard_enabled") == "true"


def test_a_standard_of_the_account_is_named_by_its_number() -> None:
    root = document(Course(id=COURSE_ID, grading_standard_id=99))
    assert text_of(root, "grading_standard_id") == "99"
    assert text_of(root, "grading_standard_identifier_ref") is None
    course, _ = read(in_course("<grading_standard_id>99</grading_standard_id>"))
    assert course.grading_standard_id is None
    assert text_of(document(course), "grading_standard_id") == "99"


def test_tabs_of_tools_and_links_are_renamed_and_a_dead_link_is_dropped() -> None:
    tabs = [{"id": 0}, {"id": "context_external_tool_8"}, {"id": "nav_menu_link_9"}, {"id": "home", "hidden": True}]
    packing = a_packing(
        {Kind.EXTERNAL_TOOLS: [ExternalTool(id=8)]}, course=Course(id=COURSE_ID, tab_configuration=tabs)
    )
    text = text_of(parsed(course_settings.document(packing)), "tab_configuration")
    tool = key(Kind.EXTERNAL_TOOLS, 8)
    assert text == f'[{{"id":0}},{{"id":"context_external_tool_{tool}"}},{{"id":"home","hidden":true}}]'


def test_tabs_come_back_under_the_names_they_had() -> None:
    text = '[{"id":0},{"id":"context_external_tool_gabc","hidden":true},{"id":"context_external_tool_168232"}]'
    importing = an_importing()
    source = a_source({MEMBER: in_course(f"<tab_configuration>{text}</tab_configuration>")})
    course_settings.read(source, importing)
    assert importing.course is not None
    tool = importing.id_of(Kind.EXTERNAL_TOOLS, "gabc")
    assert importing.course.tab_configuration is not None
    assert importing.course.tab_configuration[1]["id"] == f"context_external_tool_{tool}"
    packing = a_packing(course=importing.course, identifiers=dict(importing.identifiers))
    assert text_of(parsed(course_settings.document(packing)), "tab_configuration") == text


@pytest.mark.parametrize("text", ["no json", "{}", '"text"'])
def test_tabs_that_are_no_list_are_a_warning(text: str) -> None:
    course, codes = read(in_course(f"<tab_configuration>{text}</tab_configuration>"))
    assert course.tab_configuration is None
    assert codes == ["value_unreadable"]


def test_nested_settings_come_back() -> None:
    before = Course(
        id=COURSE_ID,
        name="Biology",
        post_manually=False,
        default_discussion_settings={"sort_order": "asc", "expanded": True},
    )
    after, codes = read(course_settings.document(a_packing(course=before)) or b"")
    assert codes == []
    assert after.post_manually is False
    assert after.default_discussion_settings == {"sort_order": "asc", "expanded": True}


def test_a_setting_whose_name_is_no_element_name_is_left_out_with_a_warning() -> None:
    packing = a_packing(course=Course(id=COURSE_ID, default_discussion_settings={"a b": True, "fine": True}))
    root = parsed(course_settings.document(packing))
    assert text_of(root, "default_discussion_settings/fine") == "true"
    assert [warning.code for warning in packing.report.warnings] == ["name_not_writable"]


def test_every_setting_comes_back_from_its_own_document() -> None:
    samples = {bool: True, int: 3, str: "text"}
    values = {}
    for field in (*course_settings._HEAD, *course_settings._SETTINGS, *course_settings._TAIL):
        kind = next(t for t in (bool, int, str) if t.__name__ in str(Course.__annotations__[field.name]))
        values[field.name] = samples[kind]
    values |= {"start_at": "2026-01-31T06:59:00Z", "end_at": "2026-02-01T00:00:00Z"}
    before = Course(id=COURSE_ID, **values)
    after, codes = read(course_settings.document(a_packing(course=before)) or b"")
    assert codes == []
    assert {name: getattr(after, name) for name in values} == values


def test_an_unknown_element_and_an_unreadable_value_are_warnings() -> None:
    course, codes = read(in_course("<is_public>perhaps</is_public><colour>red</colour>"))
    assert course.is_public is None
    assert sorted(codes) == ["carried_unknown", "value_unreadable"]


def test_a_package_without_settings_takes_its_name_from_the_manifest() -> None:
    importing = an_importing()
    course_settings.read(a_source({}, title="From the manifest"), importing)
    assert importing.course is not None
    assert importing.course.name == "From the manifest"
    assert importing.warnings == []
