"""Assignment groups and assignments, with their dates, grading, rubrics and tools."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from shared.domain.content.content_object import Content, ContentPart, Number


class GroupRules(ContentPart):
    """The numbers of scores of a group that do not count. `never_drop` has ids of assignments."""

    drop_lowest: int | None = None
    drop_highest: int | None = None
    never_drop: list[int] | None = None


class AssignmentGroup(Content):
    """REST AssignmentGroup. `group_weight` is in percent of the final grade."""

    name: str = ""
    group_weight: Number | None = None
    rules: GroupRules | None = None


class AssignmentOverride(ContentPart):
    """REST AssignmentOverride. Cartridges name the target by `set_type` and `set_id` (`Noop` for mastery paths)."""

    id: int | None = None
    title: str | None = None
    set_type: str | None = None
    set_id: int | None = None
    noop_id: int | None = None
    student_ids: list[int] | None = None
    group_id: int | None = None
    course_section_id: int | None = None
    due_at: str | None = None
    unlock_at: str | None = None
    lock_at: str | None = None
    all_day: bool | None = None
    all_day_date: str | None = None


class RubricSettings(ContentPart):
    """The use of a rubric on an assignment. `external_identifier` names a rubric of the account."""

    id: int | None = None
    title: str | None = None
    points_possible: Number | None = None
    free_form_criterion_comments: bool | None = None
    hide_points: bool | None = None
    hide_outcome_results: bool | None = None
    hide_score_total: bool | None = None
    external_identifier: int | None = None


class SavedComment(ContentPart):
    """A comment that graders keep for reuse on a criterion of the rubric."""

    criterion_id: str
    comment: str


class ExternalToolTag(ContentPart):
    """REST external_tool_tag_attributes. The tool is `content_id`, or `external_identifier` in the account."""

    url: str | None = None
    new_tab: bool | None = None
    content_type: str | None = None
    content_id: int | None = None
    external_identifier: int | None = None
    resource_link_id: str | None = None
    external_data: Any = None
    link_settings: dict[str, Any] | None = None
    custom_params: Any = None


class SimilarityDetectionTool(ContentPart):
    """The LTI 2 tool that checks submissions for plagiarism."""

    resource_type_code: str | None = None
    vendor_code: str | None = None
    product_code: str | None = None
    visibility: str | None = None


class ToolSetting(ContentPart):
    """Settings that an LTI 2 tool stored for an assignment, and the identity of the tool."""

    product_code: str | None = None
    vendor_code: str | None = None
    tool_proxy_guid: str | None = None
    custom: dict[str, str] | None = None
    custom_parameters: dict[str, str] | None = None


class LineItem(ContentPart):
    """An LTI Advantage column of the gradebook. `label` and `score_maximum` are None if they are those of the assignment."""

    coupled: bool | None = None
    tag: str | None = None
    resource_id: str | None = None
    extensions: dict[str, Any] | None = None
    client_id: int | None = None
    label: str | None = None
    score_maximum: Number | None = None


class AssetProcessor(ContentPart):
    """An LTI tool that processes submitted files. The `context_external_tool_*` fields identify the tool."""

    id: int | None = None
    migration_id: str | None = None
    url: str | None = None
    title: str | None = None
    text: str | None = None
    custom: Any = None
    icon: Any = None
    window: Any = None
    iframe: Any = None
    report: Any = None
    context_external_tool_global_id: int | None = None
    context_external_tool_url: str | None = None


class Assignment(Content):
    """REST Assignment.

    The assignment of a quiz, a discussion or a page has `quiz_id`, `discussion_topic_id` or `page_id`, and is exported
    with that object. `workflow_state` refines `published`; it is ignored if the two contradict each other.
    """

    name: str = ""
    description: str | None = None
    due_at: str | None = None
    lock_at: str | None = None
    unlock_at: str | None = None
    time_zone_edited: str | None = None
    all_day: bool | None = None
    all_day_date: str | None = None
    module_locked: bool | None = None
    published: bool | None = None
    workflow_state: str | None = None
    assignment_group_id: int | None = None
    quiz_id: int | None = None
    discussion_topic_id: int | None = None
    page_id: int | None = None

    points_possible: Number | None = None
    grading_type: str | None = None
    grading_standard_id: int | None = None
    grading_standard_external_identifier: int | None = None
    submission_types: list[str] | None = None
    allowed_extensions: list[str] | None = None
    allowed_attempts: int | None = None
    annotatable_attachment_id: int | None = None
    omit_from_final_grade: bool | None = None
    hide_in_gradebook: bool | None = None
    post_manually: bool | None = None
    post_to_sis: bool | None = None
    muted: bool | None = None  # of packages from before post policies (2019)

    group_category_id: int | None = None
    group_category: str | None = None  # the name of the group set
    has_group_category: bool | None = None  # only if neither of the two is known
    grade_group_students_individually: bool | None = None

    peer_reviews: bool | None = None
    automatic_peer_reviews: bool | None = None
    anonymous_peer_reviews: bool | None = None
    intra_group_peer_reviews: bool | None = None
    peer_review_count: int | None = None
    peer_reviews_assign_at: str | None = None

    only_visible_to_overrides: bool | None = None
    overrides: list[AssignmentOverride] | None = None
    freeze_on_copy: bool | None = None

    moderated_grading: bool | None = None
    grader_count: int | None = None
    grader_comments_visible_to_graders: bool | None = None
    anonymous_grading: bool | None = None
    graders_anonymous_to_graders: bool | None = None
    grader_names_visible_to_final_grader: bool | None = None
    anonymous_instructor_annotations: bool | None = None

    use_rubric_for_grading: bool | None = None
    rubric_settings: RubricSettings | None = None
    saved_rubric_comments: list[SavedComment] | None = None

    turnitin_enabled: bool | None = None
    vericite_enabled: bool | None = None
    turnitin_settings: dict[str, Any] | None = None
    external_tool_tag_attributes: ExternalToolTag | None = None
    resource_link_lookup_uuid: str | None = None
    new_quizzes_type: str | None = None
    new_quizzes_anonymous_participants: bool | None = None
    similarity_detection_tool: SimilarityDetectionTool | None = None
    tool_setting: ToolSetting | None = None
    line_items: list[LineItem] | None = None
    lti_context_id: str | None = None
    asset_processors: list[AssetProcessor] | None = None

    sub_assignments: list[Assignment] | None = None  # the checkpoints of a discussion
    sub_assignment_tag: str | None = None  # reply_to_topic or reply_to_entry, on a checkpoint itself
    html_name: str | None = None  # name of its HTML page in the package of origin, if that is not derived from `name`

    HTML_FIELDS: ClassVar[tuple[str, ...]] = ("description",)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read a REST Assignment; `discussion_topic` (the object) gives `discussion_topic_id`. Raises InvalidContent."""
        assignment = super().from_json(data)
        topic = data.get("discussion_topic")
        if assignment.discussion_topic_id is None and isinstance(topic, Mapping) and isinstance(topic.get("id"), int):
            assignment.discussion_topic_id = topic["id"]
        return assignment
