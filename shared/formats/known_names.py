"""The names that readers and writers know in Canvas's own documents, and in QTI; every other one is carried.

A test compares them with what the writers write.
"""

from __future__ import annotations

from collections.abc import Mapping


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _by_element(names: Mapping[str, str]) -> dict[str, frozenset[str]]:
    return {element: _words(attributes) for element, attributes in names.items()}


# Elements whose reader takes every child and every attribute, whatever it is called.
OPEN = frozenset({"default_discussion_settings", "restriction"})
# Elements of course_settings/, of settings of assignments and quizzes, and of topics.
CANVAS_ELEMENTS = (
    _words("""
    access_code alignment alignments all_day all_day_date allow_clear_mc_selection allow_final_grade_override
    allow_rating allow_student_anonymous_discussion_topics allow_student_discussion_editing
    allow_student_discussion_reporting allow_student_discussion_topics allow_student_forum_attachments
    allow_student_organized_groups allow_student_wiki_edits allow_wiki_comments allowed_attempts
    allowed_extensions alt_name annotatable_attachment_migration_id anonymous_grading
    anonymous_instructor_annotations anonymous_peer_reviews anonymous_state anonymous_submissions
    asset_processor asset_processors assignment assignmentGroup assignmentGroups assignment_group_identifierref
    assignment_overrides attachment_identifierref automatic_peer_reviews available banner_image_identifier_ref
    banner_image_url blackout_date blueprint_settings build_on_last_attempt calculation_int calculation_method
    calculator_type cant_go_back canvas_domain career_learning_library_only category client_id comment
    completionRequirement completionRequirements conclude_at conditional_release content_id content_library
    content_type context_external_tool_global_id context_external_tool_url context_info copied_from_outcome_id
    could_be_locked coupled course course_code course_color course_id course_name course_pace course_paces
    criteria criterion criterion_id criterion_use_range custom data day_of_week default_due_time
    default_post_policy default_view default_wiki_editing_roles delayed_post_at deployment_migration_id
    deployment_url description disable_timer_autosubmission discussion_type display_name drop_count drop_type
    due_at duration editing_roles enable_course_paces enable_offline_web_export end_at end_date event events
    exclude_weekends expanded expanded_locked extensions externalFeed externalFeeds externalViewer
    externalViewers external_feed_identifierref external_identifier external_tool_data_json
    external_tool_external_identifier external_tool_identifierref external_tool_link_settings_json
    external_tool_new_tab external_tool_url feed_type file fileMeta files files_visibility
    filter_speed_grader_by_student_group folder folders free_form_criterion_comments freeze_on_copy
    friendly_description front_page global_identifierref grade_group_students_individually
    grader_comments_visible_to_graders grader_count grader_names_visible_to_final_grader
    graders_anonymous_to_graders gradingStandard gradingStandards grading_standard_enabled
    grading_standard_external_identifier grading_standard_id grading_standard_identifier_ref
    grading_standard_identifierref grading_type group_category group_weight group_weighting_scheme
    hard_end_dates has_group_category header_match hidden hide_correct_answers_at hide_distribution_graphs
    hide_final_grade hide_from_students hide_in_gradebook hide_results hide_score_total
    hide_sections_on_course_users_page home_page_announcement_limit homeroom_course horizon_course icon id
    identifierref iframe ignore_for_scoring image_identifier_ref image_url indent indexed
    instructor_text intra_group_peer_reviews ip_filter is_anonymous_author is_global_outcome is_public is_public_to_auth_users
    item items label late_policy late_submission_deduction late_submission_deduction_enabled
    late_submission_interval late_submission_minimum_percent late_submission_minimum_percent_enabled
    learningOutcome learningOutcomeGroup learningOutcomes learning_outcome_external_identifier
    learning_outcome_identifierref legal_copyright license line_item line_items link_settings_json locale
    lock_all_announcements lock_at lockdown_browser_monitor_data locked long_description lti_context_control
    lti_context_controls lti_context_id lti_resource_link_lookup_uuid mastery_points mastery_score mastery_type
    media media_tracks min_percentage min_score missing_submission_deduction
    missing_submission_deduction_enabled moderated_grading module module_item module_item_identifierref
    module_items module_locked modules muted navMenuLink navMenuLinks new_quizzes_anonymous_participants
    new_quizzes_type new_tab notify_of_update omit_from_final_grade one_question_at_a_time one_time_results
    only_graders_can_rate only_visible_to_overrides open_enrollment organize_epub_by_content_type
    overridden_course_visibility override pace_item_identifier peer_review_count peer_reviews
    peer_reviews_due_at pinned points points_based points_possible position post_manually post_policy
    post_to_sis posted_at preferred_deployment_id prerequisite prerequisites property public public_syllabus
    public_syllabus_to_auth publish_at published_at purpose quiz quiz_identifierref quiz_type rating
    rating_order ratings read_only reply_to_entry_required_count report require_initial_post
    require_lockdown_browser require_lockdown_browser_for_results require_lockdown_browser_monitor
    require_sequential_progress requirement_count resource_id resource_link_lookup_uuid
    restrict_enrollments_to_course_dates restrict_quantitative_data restrict_student_future_view
    restrict_student_past_view restricted_items restriction restrictions result_view_restricted reusable
    root_account_id root_account_name root_account_uuid rrule rubric rubric_external_identifier
    rubric_hide_outcome_results rubric_hide_points rubric_hide_score_total rubric_identifierref
    rubric_use_for_grading rubrics rule rules saved_rubric_comments scaling_factor score_maximum scoring_policy
    selected_days_to_skip self_enrollment series_head series_uuid show_announcements_on_home_page
    show_correct_answers show_correct_answers_at show_correct_answers_last_attempt show_public_context_messages
    show_total_grade_as_points shuffle_answers shuffle_questions similarity_detection_tool sort_by_rating
    sort_order sort_order_locked source_outcome_group_id start_at start_date storage_quota sub_assignment
    sub_assignments submission_types syllabus_course_summary tab_configuration tag text time_limit
    time_to_complete_calendar_days time_zone time_zone_edited title todo_date tool_proxy tool_setting topicMeta
    topic_id track turnitin_comments turnitin_enabled turnitin_settings type unlock_at url usage_rights
    usage_rights_required use_default_discussion_settings use_default_restrictions
    use_default_restrictions_by_type vendor_guid verbosity vericite_enabled window workflow_state
""")
    | OPEN
)
# Elements of QTI 1.2.1, and those of Canvas beside them.
QTI_ELEMENTS = _words("""
    altmaterial and and_objects and_selection and_test answer answer_tolerance assessfeedback assessment
    assessmentcontrol assessproc_extension bankentry_item calculated conditionvar decvar displayfeedback
    duration durequal durgt durgte durlt durlte fieldentry fieldlabel flow flow_label flow_mat formula formulas
    hint hintmaterial ims_render_object interpretvar item itemcontrol itemfeedback itemmetadata
    itempostcondition itemprecondition itemproc_extension itemref itemrubric map_input map_output mat_extension
    matapplet matapplication mataudio matbreak matemtext material material_ref matimage matref mattext matvideo
    max min not not_objects not_selection not_test objectbank objectives objects_condition objects_parameter
    objectscond_extension or or_objects or_selection or_test order order_extension other outcomes
    outcomes_feedback_test outcomes_metadata outcomes_processing points_per_item presentation
    presentation_material processing_parameter qmd_computerscored qmd_feedbackpermitted qmd_hintspermitted
    qmd_itemtype qmd_levelofdifficulty qmd_material qmd_maximumscore qmd_renderingtype qmd_responsetype
    qmd_scoringpermitted qmd_solutionspermitted qmd_status qmd_timedependence qmd_timelimit qmd_toolvendor
    qmd_topic qmd_typeofsolution qmd_weighting qticomment qtimetadata qtimetadatafield questestinterop reference
    render_choice render_extension render_fib render_hotspot render_slider respcond_extension respcondition
    response_extension response_grp response_label response_lid response_na response_num response_str
    response_xy resprocessing rubric section sectioncontrol sectionfeedback sectionpostcondition
    sectionprecondition sectionproc_extension sectionref selection selection_extension selection_metadata
    selection_number selection_ordering sequence_parameter setvar solution solutionmaterial sourcebank_context
    sourcebank_export_id sourcebank_is_external sourcebank_ref test_variable unanswered var var_extension
    var_set var_sets varequal vargt vargte variable_test varinside varlt varlte vars varsubset varsubstring
    vocabulary
""")
CANVAS_ATTRIBUTES = _by_element(
    {
        "asset_processor": "identifier",
        "assignment": "identifier",
        "assignmentGroup": "identifier",
        "comment": "criterion_id",
        "completionRequirement": "type",
        "course": "identifier",
        "course_pace": "identifier",
        "event": "identifier",
        "externalFeed": "identifier",
        "externalViewer": "id path service",
        "file": "identifier",
        "folder": "path",
        "gradingStandard": "identifier version",
        "item": "identifier identifierref",
        "late_policy": "identifier",
        "learningOutcome": "identifier",
        "learningOutcomeGroup": "identifier",
        "lti_context_control": "identifier",
        "media": "identifierref",
        "module": "identifier",
        "navMenuLink": "identifier",
        "override": "all_day all_day_date due_at lock_at set_id set_type title unlock_at",
        "prerequisite": "type",
        "property": "name",
        "quiz": "identifier",
        "rubric": "identifier",
        "similarity_detection_tool": "product_code resource_type_code vendor_code visibility",
        "sub_assignment": "identifier tag",
        "tool_proxy": "product_code vendor_code",
        "topicMeta": "identifier",
        "track": "identifierref kind locale",
        "usage_rights": "use_justification",
    }
)
QTI_ATTRIBUTES = _by_element(
    {
        "answer_tolerance": "margin_type",
        "assessment": "ident title",
        "bankentry_item": "entry_type item_ref parent_stimulus_item_ident points_possible sourcebank_ref",
        "decvar": "maxvalue minvalue varname vartype",
        "displayfeedback": "feedbacktype linkrefid",
        "formulas": "decimal_places scientific_notation",
        "ims_render_object": "shuffle",
        "item": "ident instructions title",
        "itemfeedback": "ident",
        "material": "orientation position",
        "matimage": "uri",
        "mattext": "texttype",
        "objectbank": "ident",
        "presentation": "allowed_types files_count",
        "render_fib": "fibtype",
        "respcondition": "continue correctanswer title",
        "response_label": (
            "allow_reuse answer_type ident ignore_case levenshtein_distance position rarea rshuffle scoring_algorithm"
        ),
        "response_lid": "ident rcardinality",
        "response_str": "ident rcardinality rce spell_check word_count word_limit_enabled word_limit_max word_limit_min",
        "response_xy": "ident rcardinality rtiming",
        "section": "ident title",
        "setvar": "action varname",
        "var": "name scale",
        "var_set": "ident",
        "varequal": "margin margintype precision precisiontype respident",
        "vargt": "respident",
        "vargte": "respident",
        "varlte": "respident",
    }
)
