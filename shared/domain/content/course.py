"""The course itself: the fields of REST Course, its settings, its syllabus."""

from __future__ import annotations

from typing import Any, ClassVar

from shared.domain.content.content_object import Content, ContentPart


class ContextInfo(ContentPart):
    """The origin of a package: the ids and names of the course, its account and its host there."""

    course_id: str | None = None
    course_name: str | None = None
    root_account_id: str | None = None
    root_account_name: str | None = None
    root_account_uuid: str | None = None
    canvas_domain: str | None = None


class BlueprintRestrictions(ContentPart):
    """REST BlueprintRestriction: the properties of a blueprint's object that associated courses cannot change."""

    content: bool | None = None
    points: bool | None = None
    due_dates: bool | None = None
    availability_dates: bool | None = None
    settings: bool | None = None
    state: bool | None = None


class RestrictedItem(ContentPart):
    """An object of a blueprint course with restrictions of its own. `content_type` is its class in Canvas."""

    content_type: str
    content_id: int
    restrictions: BlueprintRestrictions | None = None
    use_default_restrictions: bool | None = None


class Course(Content):
    """A course (or the name of a group or user context), with the settings that a cartridge carries.

    Names are those of REST Course and REST course settings if these have one. A setting that was never set is None.
    `grading_standard_id` is a standard of this course or, if the course has none of that id, of its account.
    """

    name: str = ""
    course_code: str | None = None
    friendly_name: str | None = None
    workflow_state: str | None = None
    start_at: str | None = None
    end_at: str | None = None
    time_zone: str | None = None
    locale: str | None = None
    license: str | None = None  # private, public_domain, cc_by, cc_by_sa, ...
    syllabus_body: str | None = None
    default_view: str | None = None  # feed, wiki, modules, assignments, syllabus
    tab_configuration: list[dict[str, Any]] | None = None  # id, hidden, href; tools as context_external_tool_<id>
    course_color: str | None = None
    image_id: int | None = None  # a file of the course
    image_url: str | None = None
    banner_image_id: int | None = None
    banner_image_url: str | None = None
    storage_quota_mb: int | float | None = None
    root_account_id: int | None = None
    root_account_uuid: str | None = None
    context_info: ContextInfo | None = None
    own_hosts: list[str] | None = None  # hosts that lead to this course besides that of its site: "school.example.edu"

    is_public: bool | None = None
    is_public_to_auth_users: bool | None = None
    public_syllabus: bool | None = None
    public_syllabus_to_auth: bool | None = None
    overridden_course_visibility: str | None = None
    files_visibility: str | None = None
    indexed: bool | None = None
    open_enrollment: bool | None = None
    self_enrollment: bool | None = None
    restrict_enrollments_to_course_dates: bool | None = None
    restrict_student_future_view: bool | None = None
    restrict_student_past_view: bool | None = None
    hide_sections_on_course_users_page: bool | None = None

    apply_assignment_group_weights: bool | None = None
    grading_standard_id: int | None = None
    grading_standard_external_identifier: int | None = None  # a standard of the account that a package named
    grading_standard_enabled: bool | None = None
    post_manually: bool | None = None
    hide_final_grades: bool | None = None
    hide_distribution_graphs: bool | None = None
    show_total_grade_as_points: bool | None = None
    allow_final_grade_override: bool | None = None
    filter_speed_grader_by_student_group: bool | None = None
    restrict_quantitative_data: bool | None = None
    default_due_time: str | None = None  # HH:MM:SS
    turnitin_comments: str | None = None

    allow_student_wiki_edits: bool | None = None
    default_wiki_editing_roles: str | None = None
    allow_wiki_comments: bool | None = None
    allow_student_organized_groups: bool | None = None
    allow_student_forum_attachments: bool | None = None
    allow_student_discussion_topics: bool | None = None
    allow_student_anonymous_discussion_topics: bool | None = None
    allow_student_discussion_editing: bool | None = None
    allow_student_discussion_reporting: bool | None = None
    use_default_discussion_settings: bool | None = None
    default_discussion_settings: dict[str, Any] | None = None
    lock_all_announcements: bool | None = None
    show_announcements_on_home_page: bool | None = None
    home_page_announcement_limit: int | None = None
    show_public_context_messages: bool | None = None
    syllabus_course_summary: bool | None = None
    usage_rights_required: bool | None = None
    conditional_release: bool | None = None
    enable_course_paces: bool | None = None
    homeroom_course: bool | None = None
    horizon_course: bool | None = None
    career_learning_library_only: bool | None = None
    content_library: bool | None = None
    organize_epub_by_content_type: bool | None = None
    enable_offline_web_export: bool | None = None

    blueprint: bool | None = None
    blueprint_restrictions: BlueprintRestrictions | None = None
    use_blueprint_restrictions_by_object_type: bool | None = None
    blueprint_restrictions_by_object_type: dict[str, BlueprintRestrictions] | None = None  # by wiki_page, quiz, ...
    restricted_items: list[RestrictedItem] | None = None

    # Documents of course_settings that were empty in the package of origin: its course had such content, and none of
    # it was selected. The next export writes them empty again.
    empty_documents: list[str] | None = None
    canvas_export: str | None = None  # the text of course_settings/canvas_export.txt in the package of origin
    # By the name of a service beside Canvas, the text of external_content/<service>.json in the package of origin.
    external_content: dict[str, str] | None = None

    HTML_FIELDS: ClassVar[tuple[str, ...]] = ("syllabus_body",)
