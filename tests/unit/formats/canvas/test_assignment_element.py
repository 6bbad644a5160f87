from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.content.assignments import (
    AssetProcessor,
    Assignment,
    AssignmentOverride,
    ExternalToolTag,
    LineItem,
    RubricSettings,
    SavedComment,
    SimilarityDetectionTool,
    ToolSetting,
)
from shared.domain.content.external_tools import ExternalTool
from shared.domain.kinds import Kind
from shared.formats import xml
from shared.formats.canvas import assignment_element
from shared.formats.identifiers import hashed, key
from shared.formats.packing import Packing
from tests.support.formats import a_packing, an_importing, children, parsed, text_of

OVERRIDE = {"set_type": "Noop", "set_id": 1}


def written(assignment: Assignment, packing: Packing | None = None) -> Any:
    root = xml.root("quiz")
    assignment_element.append(root, packing or a_packing(), assignment)
    return parsed(xml.serialize(root))[0]


def read_back(assignment: Assignment, packing: Packing | None = None) -> tuple[Assignment, list[str]]:
    importing = an_importing()
    found = assignment_element.read(written(assignment, packing), importing, "a.xml")
    return found, [warning.code for warning in importing.warnings]


def test_an_assignment_without_settings_has_the_elements_that_are_always_there() -> None:
    element = written(Assignment(id=42, name="Essay"))
    assert element.get("identifier") == key(Kind.ASSIGNMENTS, 42)
    assert children(element) == [
        ("title", "Essay"),
        ("due_at", ""),
        ("lock_at", ""),
        ("unlock_at", ""),
        ("module_locked", "false"),
        ("workflow_state", "published"),
        ("assignment_overrides", ""),
        ("allowed_extensions", ""),
        ("has_group_category", "false"),
    ]


def test_settings_stand_in_canvas_s_order() -> None:
    assignment = Assignment(
        id=1,
        name="A",
        assignment_group_id=2,
        quiz_id=3,
        points_possible=10,
        grading_type="points",
        all_day=False,
        submission_types=["online_quiz"],
        position=4,
        peer_reviews=False,
        allowed_attempts=-1,
        post_manually=False,
    )
    names = [name for name, _ in children(written(assignment))]
    assert names[5:] == [
        "assignment_group_identifierref",
        "workflow_state",
        "assignment_overrides",
        "quiz_identifierref",
        "allowed_extensions",
        "has_group_category",
        "points_possible",
        "grading_type",
        "all_day",
        "submission_types",
        "position",
        "peer_reviews",
        "allowed_attempts",
        "post_policy",
    ]


def test_false_and_zero_are_written_and_no_value_and_no_submission_type_are_not() -> None:
    element = written(Assignment(id=1, points_possible=0.0, peer_review_count=0, muted=False, submission_types=[]))
    assert text_of(element, "points_possible") == "0.0"
    assert text_of(element, "peer_review_count") == "0"
    assert text_of(element, "muted") == "false"
    assert text_of(element, "submission_types") is None
    assert text_of(element, "grader_count") is None


@pytest.mark.parametrize("text", ["0", "0.0", "5", "10.0", "12.75", "1000000"])
def test_points_keep_the_form_in_which_they_were_written(text: str) -> None:
    element = xml.root("assignment")
    xml.add(element, "points_possible", text)
    found = assignment_element.read(element, an_importing(), "a.xml")
    assert text_of(written(found), "points_possible") == text


def test_a_group_that_is_not_exported_is_not_named() -> None:
    assignment = Assignment(id=1, assignment_group_id=2)
    assert text_of(written(assignment), "assignment_group_identifierref") == key(Kind.ASSIGNMENT_GROUPS, 2)
    packing = a_packing(select={"assignments": ["1"]})
    assert text_of(written(assignment, packing), "assignment_group_identifierref") is None


def test_only_mastery_path_overrides_are_exported() -> None:
    noop = AssignmentOverride(noop_id=1, title="Path", due_at="2026-01-31T06:59:00Z")
    section = AssignmentOverride(course_section_id=4, due_at="2026-02-01T06:59:00Z")
    container = next(e for e in written(Assignment(id=1, overrides=[section, noop])) if "overrides" in e.tag)
    assert [dict(override.attrib) for override in container] == [
        {"set_type": "Noop", "set_id": "1", "title": "Path", "due_at": "2026-01-31 06:59:00 UTC"}
    ]


def test_an_override_for_people_is_read_as_a_warning() -> None:
    element = xml.root("assignment")
    xml.add(xml.add(element, "assignment_overrides"), "override", set_type="CourseSection", set_id=3)
    importing = an_importing()
    assert assignment_element.read(element, importing, "a.xml").overrides is None
    assert [warning.code for warning in importing.warnings] == ["override_left_out"]


def test_a_rubric_is_named_with_how_it_is_used() -> None:
    use = RubricSettings(id=5, hide_points=True)
    element = written(Assignment(id=1, rubric_settings=use, use_rubric_for_grading=True))
    assert text_of(element, "rubric_identifierref") == key(Kind.RUBRICS, 5)
    assert text_of(element, "rubric_use_for_grading") == "true"
    assert text_of(element, "rubric_hide_points") == "true"
    assert text_of(element, "rubric_hide_score_total") == "false"


def test_without_a_rubric_nothing_is_said_of_one() -> None:
    element = written(Assignment(id=1, use_rubric_for_grading=False, rubric_settings=RubricSettings(hide_points=True)))
    assert not [name for name, _ in children(element) if "rubric" in name]


def test_a_tool_of_the_course_is_named_by_its_key_and_another_by_its_number() -> None:
    tag = ExternalToolTag(url="https://tool.example.org/launch", new_tab=False, content_id=8)
    packing = a_packing({Kind.EXTERNAL_TOOLS: [ExternalTool(id=8)]})
    own = written(Assignment(id=1, external_tool_tag_attributes=tag), packing)
    assert text_of(own, "external_tool_identifierref") == key(Kind.EXTERNAL_TOOLS, 8)
    other = written(Assignment(id=1, external_tool_tag_attributes=tag))
    assert text_of(other, "external_tool_external_identifier") == "8"
    assert text_of(other, "external_tool_url") == "https://tool.example.org/launch"
    assert text_of(other, "external_tool_new_tab") == "false"


def test_the_document_to_annotate_is_named_by_its_key() -> None:
    element = written(Assignment(id=1, annotatable_attachment_id=6))
    assert text_of(element, "annotatable_attachment_migration_id") == key(Kind.FILES, 6)


def test_similarity_settings_are_written_only_where_such_a_tool_is_on() -> None:
    settings = {"originality_report_visibility": "immediate"}
    assert text_of(written(Assignment(id=1, turnitin_settings=settings)), "turnitin_settings") is None
    on = written(Assignment(id=1, turnitin_settings=settings, vericite_enabled=True))
    assert text_of(on, "turnitin_settings") == '{"originality_report_visibility":"immediate"}'


def test_a_line_item_does_not_repeat_what_the_assignment_says() -> None:
    items = [LineItem(coupled=True, label="Essay", score_maximum=10), LineItem(label="Extra", score_maximum=2.5)]
    element = written(Assignment(id=1, name="Essay", points_possible=10, line_items=items))
    first, second = next(e for e in element if e.tag.endswith("line_items"))
    assert children(first) == [("coupled", "true")]
    assert children(second) == [("coupled", ""), ("label", "Extra"), ("score_maximum", "2.5")]


def test_a_checkpoint_has_the_key_of_a_sub_assignment() -> None:
    checkpoint = Assignment(id=9, name="Reply", sub_assignment_tag="reply_to_topic")
    element = written(Assignment(id=1, sub_assignments=[checkpoint]))
    sub = element[-1][0]
    assert sub.get("identifier") == hashed("sub_assignment_10000000000009")
    assert sub.get("tag") == "reply_to_topic"
    assert text_of(sub, "title") == "Reply"


FULL = Assignment(
    id=1,
    name="Essay",
    due_at="2026-01-31T06:59:59Z",
    lock_at="2026-02-28T06:59:59Z",
    unlock_at="2026-01-01T07:00:00Z",
    time_zone_edited="America/Denver",
    all_day=True,
    all_day_date="2026-01-30",
    module_locked=True,
    published=False,
    workflow_state="unpublished",
    points_possible=10.5,
    grading_type="letter_grade",
    grading_standard_external_identifier=33,
    submission_types=["online_upload", "external_tool"],
    allowed_extensions=["pdf", "docx"],
    allowed_attempts=-1,
    omit_from_final_grade=True,
    hide_in_gradebook=True,
    post_manually=True,
    post_to_sis=False,
    muted=False,
    group_category="Teams",
    grade_group_students_individually=True,
    peer_reviews=True,
    automatic_peer_reviews=True,
    anonymous_peer_reviews=True,
    intra_group_peer_reviews=False,
    peer_review_count=2,
    peer_reviews_assign_at="2026-02-03T00:00:00Z",
    only_visible_to_overrides=True,
    overrides=[AssignmentOverride(title="Path", lock_at="2026-02-03T00:00:00Z", all_day=False, **OVERRIDE)],
    freeze_on_copy=False,
    moderated_grading=True,
    grader_count=2,
    grader_comments_visible_to_graders=False,
    anonymous_grading=True,
    graders_anonymous_to_graders=True,
    grader_names_visible_to_final_grader=False,
    anonymous_instructor_annotations=True,
    use_rubric_for_grading=True,
    rubric_settings=RubricSettings(
        hide_points=True, hide_outcome_results=False, hide_score_total=True, external_identifier=12
    ),
    saved_rubric_comments=[SavedComment(criterion_id="_1", comment="Well said & <b>bold</b>")],
    turnitin_enabled=True,
    vericite_enabled=False,
    turnitin_settings={"a": {"b": [1, 2.5, None]}},
    external_tool_tag_attributes=ExternalToolTag(
        url="https://t.example.org/?a=1&b=2",
        new_tab=True,
        external_identifier=77,
        external_data={"key": "<value>"},
        link_settings={"selection_width": 100},
    ),
    resource_link_lookup_uuid="0b2a",
    new_quizzes_type="graded_quiz",
    new_quizzes_anonymous_participants=False,
    similarity_detection_tool=SimilarityDetectionTool(
        resource_type_code="r", vendor_code="v", product_code="p", visibility="after_grading"
    ),
    tool_setting=ToolSetting(
        product_code="p",
        vendor_code="v",
        tool_proxy_guid="g",
        custom={"a b": "1"},
        custom_parameters={"c": "x & y"},
    ),
    line_items=[
        LineItem(
            coupled=False,
            tag="t",
            resource_id="r",
            extensions={"e": True},
            client_id=10000000000001,
            label="Other",
            score_maximum=3.0,
        )
    ],
    lti_context_id="ctx",
    asset_processors=[
        AssetProcessor(
            migration_id="gap",
            url="https://p.example.org",
            title="T",
            text="words",
            custom={"a": "b"},
            icon={"url": "u"},
            window={"w": 1},
            iframe={"h": 2},
            report={"r": []},
            context_external_tool_global_id=10000000000005,
            context_external_tool_url="https://p.example.org",
        )
    ],
    sub_assignments=[
        Assignment(id=2, name="Reply", migration_id="gsub", sub_assignment_tag="reply_to_entry", points_possible=2.0)
    ],
)


def test_everything_that_an_element_can_say_comes_back() -> None:
    found, codes = read_back(FULL)
    assert codes == []
    before, after = FULL.to_json(), found.to_json()
    sub, sub_after = before.pop("sub_assignments")[0], after.pop("sub_assignments")[0]
    assert {n: v for n, v in after.items() if n not in ("id", "migration_id")} == {
        n: v for n, v in before.items() if n != "id"
    }
    assert {n: sub_after[n] for n in sub if n != "id"} == {n: v for n, v in sub.items() if n != "id"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("turnitin_settings", "[1]"),
        ("turnitin_settings", "no json"),
        ("external_tool_link_settings_json", "3"),
        ("points_possible", "many"),
        ("points_possible", "nan"),
        ("position", "99999999999999999999"),
        ("peer_reviews", "perhaps"),
        ("planet", "Mars"),
    ],
)
def test_what_cannot_be_read_is_a_warning_and_nothing_else_is_lost(name: str, text: str) -> None:
    element = xml.root("assignment")
    xml.add(element, name, text)
    xml.add(element, "title", "Essay")
    importing = an_importing()
    assert assignment_element.read(element, importing, "a.xml").name == "Essay"
    assert [warning.place for warning in importing.warnings] == ["a.xml"]


def test_json_null_is_no_value_and_no_warning() -> None:
    element = xml.root("assignment")
    xml.add(element, "turnitin_settings", "null")
    importing = an_importing()
    assert assignment_element.read(element, importing, "a.xml").turnitin_settings is None
    assert importing.warnings == []


def test_no_element_is_written_twice() -> None:
    names = [name for name, _ in children(written(FULL))]
    assert len(names) == len(set(names))


def test_references_come_back_as_ids_that_their_identifiers_stand_for() -> None:
    before = Assignment(
        id=1,
        assignment_group_id=2,
        quiz_id=3,
        rubric_settings=RubricSettings(id=5),
        annotatable_attachment_id=6,
        grading_standard_id=7,
    )
    packing = a_packing(identifiers={(Kind.GRADING_STANDARDS, 7, ""): "gstd"})
    importing = an_importing()
    after = assignment_element.read(written(before, packing), importing, "a.xml")
    assert after.assignment_group_id == importing.id_of(Kind.ASSIGNMENT_GROUPS, key(Kind.ASSIGNMENT_GROUPS, 2))
    assert after.quiz_id == importing.id_of(Kind.QUIZZES, key(Kind.QUIZZES, 3))
    assert after.rubric_settings is not None
    assert after.rubric_settings.id == importing.id_of(Kind.RUBRICS, key(Kind.RUBRICS, 5))
    assert after.annotatable_attachment_id == importing.id_of(Kind.FILES, key(Kind.FILES, 6))
    assert after.grading_standard_id == importing.id_of(Kind.GRADING_STANDARDS, "gstd")


@given(name=st.text(max_size=40), title=st.text(max_size=20), comment=st.text(max_size=40))
def test_names_of_any_characters_are_well_formed_and_come_back(name: str, title: str, comment: str) -> None:
    saved = [SavedComment(criterion_id="_1", comment=comment)]
    override = AssignmentOverride(title=title, **OVERRIDE)
    before = Assignment(id=1, name=name, saved_rubric_comments=saved, overrides=[override])
    after, _ = read_back(before)
    kept = xml.legal(name)
    assert after.name == (kept if kept.strip(" \t\r\n") else "")
    assert after.overrides is not None
    assert after.saved_rubric_comments is not None
    assert after.overrides[0].title == xml.legal(title)
    assert after.saved_rubric_comments[0].comment == xml.legal(comment)


@pytest.mark.parametrize(
    ("published", "state", "text"),
    [
        (True, None, "published"),
        (False, None, "unpublished"),
        (None, None, "published"),
        (False, "published", "unpublished"),
        (True, "unpublished", "published"),
        (True, "duplicating", "duplicating"),
    ],
)
def test_published_decides_and_the_state_adds_more_where_it_agrees(
    published: bool | None, state: str | None, text: str
) -> None:
    assert text_of(written(Assignment(id=1, published=published, workflow_state=state)), "workflow_state") == text
