"""The small documents of course_settings: what each says, and that all of it comes back."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from shared.domain.content.assignments import Assignment, AssignmentGroup, GroupRules
from shared.domain.content.content_object import Content
from shared.domain.content.course import ContextInfo, Course
from shared.domain.content.external_tools import ExternalTool
from shared.domain.content.feeds_and_links import ExternalFeed, LtiContextControl, NavMenuLink
from shared.domain.content.grading import GradingSchemeEntry, GradingStandard, LatePolicy
from shared.domain.content.schedule import CalendarEvent, CoursePace, PaceItem
from shared.domain.kinds import Kind
from shared.formats.cartridge.settings import (
    assignment_groups,
    context,
    course_paces,
    events,
    external_feeds,
    grading_standards,
    late_policy,
    lti_context_controls,
    nav_menu_links,
)
from shared.formats.identifiers import hashed, key
from tests.support.formats import COURSE_ID, a_packing, a_source, an_importing, children, parsed, text_of


class Case(NamedTuple):
    module: Any
    kind: Kind
    item: Content


FULL = [
    Case(assignment_groups, Kind.ASSIGNMENT_GROUPS, AssignmentGroup(id=2, name="Labs", position=3, group_weight=12.5)),
    Case(
        external_feeds,
        Kind.EXTERNAL_FEEDS,
        ExternalFeed(id=2, display_name="News", url="https://x.example/?a=1&b", verbosity="truncate", header_match="x"),
    ),
    Case(
        events,
        Kind.CALENDAR_EVENTS,
        CalendarEvent(
            id=2,
            title="Trip",
            description="<p>Go</p>",
            start_at="2026-01-31T06:00:00Z",
            end_at="2026-01-31T07:00:00Z",
            all_day=True,
            all_day_date="2026-01-31",
            rrule="FREQ=DAILY;COUNT=3",
            series_uuid="u",
            series_head=True,
            blackout_date=True,
        ),
    ),
    Case(
        grading_standards,
        Kind.GRADING_STANDARDS,
        GradingStandard(
            id=2,
            position=1,
            title="Letters",
            version=2,
            points_based=False,
            scaling_factor=1.0,
            grading_scheme=[GradingSchemeEntry(name="<A>", value=0.94), GradingSchemeEntry(name="F", value=0)],
        ),
    ),
    Case(
        late_policy,
        Kind.LATE_POLICIES,
        LatePolicy(
            id=2,
            missing_submission_deduction_enabled=True,
            missing_submission_deduction=50.0,
            late_submission_deduction_enabled=True,
            late_submission_deduction=1.5,
            late_submission_interval="hour",
            late_submission_minimum_percent_enabled=True,
            late_submission_minimum_percent=40.0,
        ),
    ),
    Case(
        course_paces,
        Kind.COURSE_PACES,
        CoursePace(
            id=2,
            workflow_state="active",
            start_date="2026-01-01",
            end_date="2026-05-01",
            published_at="2026-01-01T00:00:00Z",
            exclude_weekends=True,
            hard_end_dates=True,
            selected_days_to_skip=["fri", "sat"],
            time_to_complete_calendar_days=90,
            module_items=[PaceItem(migration_id="gitem", duration=4)],
        ),
    ),
    Case(nav_menu_links, Kind.NAV_MENU_LINKS, NavMenuLink(id=2, label="Library", url="https://library.example")),
    Case(
        lti_context_controls,
        Kind.LTI_CONTEXT_CONTROLS,
        LtiContextControl(
            id=2, available=True, deployment_url="https://t.example", preferred_deployment_id=10000000000004
        ),
    ),
]
WITH_KIND = [pytest.param(case, id=case.module.NAME) for case in FULL]


def document(case: Case, **arguments: Any) -> bytes | None:
    body: bytes | None = case.module.document(a_packing({case.kind: [case.item]}, **arguments))
    return body


def read(case: Case, body: bytes | str) -> tuple[list[Any], list[str]]:
    importing = an_importing()
    case.module.read(a_source({f"course_settings/{case.module.NAME}": body}), importing)
    return importing.all(case.kind), [warning.code for warning in importing.warnings]


@pytest.mark.parametrize("case", WITH_KIND)
def test_everything_that_a_document_can_say_comes_back(case: Case) -> None:
    (found,), codes = read(case, document(case) or b"")
    assert codes == []
    assert found.migration_id == key(case.kind, 2)
    before, after = case.item.to_json(), found.to_json()
    assert {n: v for n, v in after.items() if n not in ("id", "migration_id")} == {
        n: v for n, v in before.items() if n != "id"
    }


@pytest.mark.parametrize("case", WITH_KIND)
def test_an_object_is_counted_once(case: Case) -> None:
    packing = a_packing({case.kind: [case.item]})
    case.module.document(packing)
    assert packing.report.expected == packing.report.packed == {str(case.kind): 1}


@pytest.mark.parametrize("case", WITH_KIND)
def test_a_course_without_such_content_has_no_document(case: Case) -> None:
    assert case.module.document(a_packing()) is None


@pytest.mark.parametrize("module", [assignment_groups, external_feeds, events, course_paces, lti_context_controls])
def test_content_that_is_not_selected_leaves_an_empty_document(module: Any) -> None:
    case = next(case for case in FULL if case.module is module)
    root = parsed(document(case, select={"pages": ["1"]}))
    assert len(root) == 0


@pytest.mark.parametrize("module", [assignment_groups, external_feeds, events, course_paces, lti_context_controls])
def test_a_document_that_came_empty_goes_empty(module: Any) -> None:
    case = next(case for case in FULL if case.module is module)
    importing = an_importing()
    body = document(case, select={"pages": ["1"]}) or b""
    module.read(a_source({f"course_settings/{module.NAME}": body}), importing)
    assert importing.course is not None
    again = module.document(a_packing(course=importing.course))
    assert again == body


@pytest.mark.parametrize("module", [late_policy, nav_menu_links])
def test_what_belongs_to_the_settings_comes_with_them(module: Any) -> None:
    case = next(case for case in FULL if case.module is module)
    assert document(case, select={"pages": ["1"]}) is None
    assert document(case, select={"all_course_settings": "1"}) is not None


@pytest.mark.parametrize("case", WITH_KIND)
def test_a_document_with_another_root_is_a_warning(case: Case) -> None:
    found, codes = read(case, "<surprise/>")
    assert found == []
    assert codes == ["root_unknown"]


def test_rules_of_a_group_are_one_element_each() -> None:
    rules = GroupRules(drop_lowest=1, drop_highest=0, never_drop=[42, 99])
    packing = a_packing(
        {
            Kind.ASSIGNMENT_GROUPS: [AssignmentGroup(id=2, name="Labs", rules=rules)],
            Kind.ASSIGNMENTS: [Assignment(id=42)],
        }
    )
    root = parsed(assignment_groups.document(packing))
    found = [children(rule) for rule in root.iter("{*}rule")]
    assert found == [
        [("drop_type", "drop_lowest"), ("drop_count", "1")],
        [("drop_type", "never_drop"), ("identifierref", key(Kind.ASSIGNMENTS, 42))],
    ]


def test_rules_come_back_with_ids() -> None:
    case = FULL[0]
    body = """<assignmentGroups xmlns="http://canvas.instructure.com/xsd/cccv1p0"><assignmentGroup identifier="g1">
      <title>Labs</title><position/><group_weight>0.0</group_weight><rules>
      <rule><drop_type>drop_highest</drop_type><drop_count>2</drop_count></rule>
      <rule><drop_type>never_drop</drop_type><identifierref>ga</identifierref></rule>
      <rule><drop_type>drop_all</drop_type><identifierref>gb</identifierref></rule></rules></assignmentGroup></assignmentGroups>"""
    (group,), codes = read(case, body)
    assert group.rules.drop_highest == 2
    assert len(group.rules.never_drop) == 1
    assert isinstance(group.group_weight, float)
    assert codes == ["rule_unknown"]


def test_selecting_all_assignments_selects_the_groups() -> None:
    assert len(parsed(document(FULL[0], select={"all_assignments": "1"}))) == 1


def test_an_event_of_some_hours_has_no_day_and_no_flags() -> None:
    event = CalendarEvent(id=2, title="Talk", all_day=False, all_day_date="2026-01-31", series_head=False)
    root = parsed(events.document(a_packing({Kind.CALENDAR_EVENTS: [event]})))
    assert children(root[0]) == [("title", "Talk"), ("description", "")]


def test_the_html_of_an_event_and_the_address_of_a_link_are_rewritten() -> None:
    event = CalendarEvent(id=2, description='<a href="/courses/7/pages/a">')
    root = parsed(events.document(a_packing({Kind.CALENDAR_EVENTS: [event]})))
    assert text_of(root[0], "description") == '<a href="$COURSE$/pages/a">'
    link = NavMenuLink(id=2, label="x", url="/courses/7/pages/a")
    root = parsed(nav_menu_links.document(a_packing({Kind.NAV_MENU_LINKS: [link]})))
    assert text_of(root[0], "url") == "$COURSE$/pages/a"


def test_a_grading_scheme_is_json_of_pairs() -> None:
    root = parsed(document(FULL[3]))
    assert root[0].get("version") == "2"
    assert text_of(root[0], "data") == r'[["\u003cA\u003e",0.94],["F",0]]'


@pytest.mark.parametrize("data", ['{"A":0.9,"F":0}', '[["A", 0.9], ["F", "0"]]'])
def test_schemes_of_old_packages_are_read(data: str) -> None:
    body = f'<gradingStandards><gradingStandard identifier="g" version="1"><data>{data}</data></gradingStandard></gradingStandards>'
    (standard,), codes = read(FULL[3], body)
    assert [(entry.name, entry.value) for entry in standard.grading_scheme] == [("A", 0.9), ("F", 0)]
    assert codes == []


@pytest.mark.parametrize("data", ["no json", "[1, 2]", '[["A", "much"]]', "3"])
def test_a_scheme_that_cannot_be_read_is_a_warning(data: str) -> None:
    body = f'<gradingStandards><gradingStandard identifier="g"><data>{data}</data></gradingStandard></gradingStandards>'
    (standard,), codes = read(FULL[3], body)
    assert standard.grading_scheme is None
    assert codes == ["value_unreadable"]


def test_a_late_policy_always_says_all_seven_things() -> None:
    root = parsed(late_policy.document(a_packing({Kind.LATE_POLICIES: [LatePolicy(id=2)]})))
    assert root.get("identifier") == key(Kind.LATE_POLICIES, 2)
    assert [text for _, text in children(root)] == ["false", "100.0", "false", "0.0", "day", "false", "0.0"]


def test_a_pace_names_module_items_and_its_own_items() -> None:
    pace = CoursePace(id=2, module_items=[PaceItem(id=5, module_item_id=100, duration=3)])
    root = parsed(course_paces.document(a_packing({Kind.COURSE_PACES: [pace]})))
    (item,) = root.iter("{*}module_item")
    assert children(item) == [
        ("duration", "3"),
        ("module_item_identifierref", key(Kind.MODULE_ITEMS, 100)),
        ("pace_item_identifier", hashed("course_pace_module_item_10000000000005")),
    ]


def test_a_control_of_a_tool_goes_with_the_tool() -> None:
    objects = {
        Kind.EXTERNAL_TOOLS: [ExternalTool(id=8)],
        Kind.LTI_CONTEXT_CONTROLS: [LtiContextControl(id=2, deployment_id=8, preferred_deployment_id=4)],
    }
    left_out = parsed(lti_context_controls.document(a_packing(objects, select={"all_course_settings": "1"})))
    assert len(left_out) == 0
    root = parsed(lti_context_controls.document(a_packing(objects, select={"external_tools": ["8"]})))
    assert text_of(root[0], "deployment_migration_id") == key(Kind.EXTERNAL_TOOLS, 8)
    assert text_of(root[0], "preferred_deployment_id") is None


def test_a_control_of_an_account_s_tool_goes_with_the_settings() -> None:
    control = LtiContextControl(id=2, preferred_deployment_id=4)
    objects = {Kind.LTI_CONTEXT_CONTROLS: [control]}
    assert len(parsed(lti_context_controls.document(a_packing(objects, select={"pages": ["1"]})))) == 0
    root = parsed(lti_context_controls.document(a_packing(objects, select={"all_course_settings": "1"})))
    assert text_of(root[0], "preferred_deployment_id") == "4"


def test_the_context_of_our_own_course_is_this_course_and_host() -> None:
    course = Course(id=COURSE_ID, name="Biology", root_account_id=1, root_account_uuid="abc")
    root = parsed(context.document(a_packing(course=course, select={"pages": ["1"]})))
    assert children(root) == [
        ("course_id", "7"),
        ("course_name", "Biology"),
        ("root_account_id", "1"),
        ("root_account_name", ""),
        ("root_account_uuid", "abc"),
        ("canvas_domain", "canvas.example.edu"),
    ]


def test_the_context_of_an_imported_course_is_where_it_came_from() -> None:
    info = ContextInfo(course_id="9", course_name="There", canvas_domain="there.example")
    body = context.document(a_packing(course=Course(id=COURSE_ID, context_info=info)))
    importing = an_importing()
    context.read(a_source({"course_settings/context.xml": body}), importing)
    assert importing.course is not None
    assert importing.course.context_info == info


@pytest.mark.parametrize("place", [{"location_name": "Room 12"}, {"location_address": "1 Example Street"}])
def test_the_place_of_an_event_is_named_since_a_cartridge_has_no_element_for_it(place: dict[str, str]) -> None:
    packing = a_packing({Kind.CALENDAR_EVENTS: [CalendarEvent(id=1, title="Lab", **place)]})
    events.document(packing)
    (warning,) = packing.report.warnings
    assert (warning.code, warning.kind, warning.item_id) == ("place_left_out", Kind.CALENDAR_EVENTS, 1)
    assert next(iter(place.values())) in warning.message
    assert not packing.report.receipt().complete
