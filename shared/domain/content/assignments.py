"""Assignment groups and assignments: what they ask for, how they are graded, and the tools behind them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from shared.domain.content.content_object import Content, Number, Part


class GroupRules(Part):
    """Which scores of a group do not count. `never_drop` holds ids of assignments."""

    drop_lowest: int | None = None
    drop_highest: int | None = None
    never_drop: list[int] | None = None


class AssignmentGroup(Content):
    """REST AssignmentGroup. `group_weight` is in percent of the final grade."""

    name: str = ""
    group_weight: Number | None = None
    rules: GroupRules | None = None


class AssignmentOverride(Part):
    """REST AssignmentOverride; `set_type` and `set_id` are what a cartridge says instead (`Noop` for mastery paths)."""

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


class RubricSettings(Part):
    """How a rubric is used on an assignment. `external_identifier` names a rubric that is not the course's own."""

    id: int | None = None
    title: str | None = None
    points_possible: Number | None = None
    free_form_criterion_comments: bool | None = None
    hide_points: bool | None = None
    hide_outcome_results: bool | None = None
    hide_score_total: bool | None = None
    external_identifier: int | None = None


class SavedComment(Part):
    """A comment that graders keep for reuse on a criterion of the rubric."""

    criterion_id: str
    comment: str


class ExternalToolTag(Part):
    """REST external_tool_tag_attributes. `content_id` is the tool; `external_identifier` one outside the course."""

    url: str | None = None
    new_tab: bool | None = None
    content_type: str | None = None
    content_id: int | None = None
    external_identifier: int | None = None
    resource_link_id: str | None = None
    external_data: Any = None
    link_settings: dict[str, Any] | None = None
    custom_params: Any = None


class SimilarityDetectionTool(Part):
    """The LTI 2 tool that looks for plagiarism in submissions."""

    resource_type_code: str | None = None
    vendor_code: str | None = None
    product_code: str | None = None
    visibility: str | None = None


class ToolSetting(Part):
    """What an LTI 2 tool stored for an assignment, and the tool that did."""

    product_code: str | None = None
    vendor_code: str | None = None
    tool_proxy_guid: str | None = None
    custom: dict[str, str] | None = None
    custom_parameters: dict[str, str] | None = None


class LineItem(Part):
    """An LTI Advantage column of the gradebook. `label` and `score_maximum` are None where the assignment's hold."""

    coupled: bool | None = None
    tag: str | None = None
    resource_id: str | None = None
    extensions: dict[str, Any] | None = None
    client_id: int | None = None
    label: str | None = None
    score_maximum: Number | None = None


class AssetProcessor(Part):
    """An LTI tool that processes submitted files. The `context_external_tool_*` fields say which tool it is."""

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

    One that a quiz, a discussion or a page stands for has `quiz_id`, `discussion_topic_id` or `page_id` and travels
    with that object. `workflow_state` says more than `published` only where it agrees with it.
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
    muted: bool | None = None  # before post policies existed (2019)

    group_category_id: int | None = None
    group_category: str | None = None  # the name of the group set
    has_group_category: bool | None = None  # only where neither of the two is known
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
    html_name: str | None = None  # of its page in the package of origin, where that is not made from the name

    HTML_FIELDS: ClassVar[tuple[str, ...]] = ("description",)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read a REST Assignment; `discussion_topic` (the object) gives `discussion_topic_id`. Raises InvalidContent."""
        made = super().from_json(data)
        topic = data.get("discussion_topic")
        if made.discussion_topic_id is None and isinstance(topic, Mapping) and isinstance(topic.get("id"), int):
            made.discussion_topic_id = topic["id"]
        return made
