"""Objects with the fields that no object of the sample course has, by kind."""

from __future__ import annotations

from typing import Any

from shared.domain.content.answers import Answer
from shared.domain.content.assignments import (
    AssetProcessor,
    Assignment,
    AssignmentOverride,
    ExternalToolTag,
    LineItem,
    SavedComment,
)
from shared.domain.content.course import BlueprintRestrictions, ContextInfo, Course
from shared.domain.content.external_tools import Extension, ExternalTool, Property, ToolOptions, ToolProfile, Vendor
from shared.domain.content.feeds_and_links import LtiContextControl
from shared.domain.content.files import ExternalViewer, File
from shared.domain.content.modules import Module, ModuleItem
from shared.domain.content.new_quiz_items import NewQuizItem
from shared.domain.content.outcomes import LearningOutcomeGroup
from shared.domain.content.pages import BlockEditor, Page
from shared.domain.content.questions import QuizQuestion
from shared.domain.content.quizzes import NewQuizSettings, Quiz, QuizGroup
from shared.domain.content.topics import DiscussionTopic, TopicAttachment
from shared.domain.kinds import Kind

_NOOP = AssignmentOverride(set_type="Noop", set_id=7, title="Path", due_at="2031-01-01T00:00:00Z")
_OF_NOOP = AssignmentOverride(noop_id=8, title="Another path")
_PROPERTIES = [Property("colour", "blue")]
_INNER = ToolOptions("inner", properties=_PROPERTIES, custom_fields=_PROPERTIES)

RARE_OBJECTS: dict[Kind, list[Any]] = {
    Kind.FILES: [File(id=9001, display_name="talk.mp4", external_viewer=ExternalViewer(service="notorious", id="m-1"))],
    Kind.PAGES: [
        Page(
            id=9001,
            url="blocks",
            title="Blocks",
            block_editor_attributes=BlockEditor(blocks={"ROOT": {"text": "x"}}, version="0.3"),
        )
    ],
    Kind.ASSIGNMENTS: [
        Assignment(
            id=9001,
            name="Rare",
            overrides=[_NOOP],
            saved_rubric_comments=[SavedComment("_1", "Well done")],
            vericite_enabled=True,
            turnitin_settings={"originality_report_visibility": "immediate"},
            external_tool_tag_attributes=ExternalToolTag(url="https://a.example.org", external_identifier=5),
            line_items=[LineItem(coupled=False, tag="t", label="Own", score_maximum=3)],
            asset_processors=[AssetProcessor(migration_id="g1", url="https://p.example.org"), AssetProcessor(id=5)],
            sub_assignments=[Assignment(id=9002, name="Part", sub_assignment_tag="reply_to_topic")],
            html_name="rare-name",
        ),
        Assignment(id=9003, name="On a path", overrides=[_OF_NOOP]),
    ],
    Kind.ANNOUNCEMENTS: [
        DiscussionTopic(id=9001, title="With files", attachments=[TopicAttachment(id=1), TopicAttachment(href="x/y.z")])
    ],
    Kind.DISCUSSION_TOPICS: [
        DiscussionTopic(id=9002, title="With a lost file", attachments=[TopicAttachment(href="x/y.z")]),
        DiscussionTopic(
            id=9003, title="Graded in place", assignment_id=9999, assignment={"id": 9999, "name": "In place"}
        ),
    ],
    Kind.QUIZZES: [
        Quiz(id=9001, title="New", new_quiz=NewQuizSettings(shuffle_questions=True), assignment_overrides=[_NOOP]),
        Quiz(id=9002, title="On a path", assignment_overrides=[_OF_NOOP]),
    ],
    Kind.QUIZ_GROUPS: [
        QuizGroup(
            id=9001,
            quiz_id=1,
            name="From elsewhere",
            assessment_question_bank_id=77,
            sourcebank_context="account_1",
            sourcebank_export_id="g7",
        )
    ],
    Kind.QUIZ_QUESTIONS: [
        QuizQuestion(
            id=9001,
            quiz_id=9001,
            question_type="essay_question",
            new_quiz=NewQuizItem(rce=True, word_count=True, spell_check=True, word_limit_enabled=True),
        ),
        QuizQuestion(
            id=9002,
            quiz_id=9001,
            question_type="numerical_question",
            answers=[Answer(id=1, numerical_answer_type="exact_answer", exact=5, margin=1, margin_type="percent")],
        ),
        QuizQuestion(
            id=9003,
            quiz_id=9001,
            question_type="matching_question",
            answers=[Answer(id=1, left="a", left_html="<b>a</b>", right="1"), Answer(id=2, left="b", right="2")],
            matching_answer_incorrect_matches="3\n4",
        ),
        QuizQuestion(
            id=9004,
            quiz_id=9001,
            question_type="multiple_choice_question",
            answers=[Answer(id=1, text="a", weight=100), Answer(id=2, text="b", weight=0)],
            original_answer_ids=[2, 1],
        ),
    ],
    Kind.MODULES: [
        Module(
            id=9001, name="After one that is gone", prerequisite_module_ids=[77], prerequisite_titles={"77": "Gone"}
        ),
        Module(id=9002, name="In two orders"),
    ],
    Kind.MODULE_ITEMS: [
        ModuleItem(id=9001, module_id=9002, title="Second there", position=1, organization_place=2),
        ModuleItem(id=9002, module_id=9002, title="First there", position=2, organization_place=1),
    ],
    Kind.LEARNING_OUTCOME_GROUPS: [LearningOutcomeGroup(id=9001, title="Z"), LearningOutcomeGroup(id=9002, title="A")],
    Kind.EXTERNAL_TOOLS: [
        ExternalTool(
            id=9001,
            name="All of it",
            url="https://secure.example.org",
            launch_url="http://plain.example.org",
            vendor=Vendor(
                code="c", name="n", description="d", url="https://v.example.org", contact_email="a@example.org"
            ),
            settings=_PROPERTIES,
            options=[ToolOptions("outer", properties=_PROPERTIES, options=[_INNER], custom_fields=_PROPERTIES)],
            extensions=[Extension("other.example.org", properties=_PROPERTIES, options=[_INNER])],
        )
    ],
    Kind.TOOL_PROFILES: [ToolProfile(id=9001, title="Second"), ToolProfile(id=9002, title="Third")],
    Kind.LTI_CONTEXT_CONTROLS: [LtiContextControl(id=9001, preferred_deployment_id=5)],
}


def rare_course() -> Course:
    """A course with the rare fields of courses."""
    return Course(
        id=7,
        name="Rare",
        context_info=ContextInfo(course_id="1", course_name="There", root_account_id="2"),
        empty_documents=["events.xml"],
        blueprint=True,
        blueprint_restrictions_by_object_type={"quiz": BlueprintRestrictions(content=True)},
    )
