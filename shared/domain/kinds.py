"""The kinds of content that a course holds, and the names of each in Canvas."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """A kind of content, by its plural name in the Canvas REST API (where it has one)."""

    FOLDERS = "folders"
    FILES = "files"
    MEDIA_TRACKS = "media_tracks"
    PAGES = "pages"
    ASSIGNMENT_GROUPS = "assignment_groups"
    ASSIGNMENTS = "assignments"
    DISCUSSION_TOPICS = "discussion_topics"
    ANNOUNCEMENTS = "announcements"
    QUIZZES = "quizzes"
    QUIZ_GROUPS = "quiz_groups"
    QUIZ_QUESTIONS = "quiz_questions"
    QUESTION_BANKS = "question_banks"
    BANK_QUESTIONS = "bank_questions"
    MODULES = "modules"
    MODULE_ITEMS = "module_items"
    CALENDAR_EVENTS = "calendar_events"
    RUBRICS = "rubrics"
    LEARNING_OUTCOMES = "learning_outcomes"
    LEARNING_OUTCOME_GROUPS = "learning_outcome_groups"
    EXTERNAL_TOOLS = "external_tools"
    LTI_RESOURCE_LINKS = "lti_resource_links"
    TOOL_PROFILES = "tool_profiles"
    LTI_CONTEXT_CONTROLS = "lti_context_controls"
    EXTERNAL_FEEDS = "external_feeds"
    GRADING_STANDARDS = "grading_standards"
    LATE_POLICIES = "late_policies"
    COURSE_PACES = "course_paces"
    NAV_MENU_LINKS = "nav_menu_links"
    COURSES = "courses"  # the course itself: only in identifiers, never in the content table


# The type in an asset string ("wiki_page_5") and in a key of `select`, if it is not the REST name. Source: Canvas.
_ASSET_NAMES = {
    Kind.FILES: "attachment",
    Kind.PAGES: "wiki_page",
    Kind.ANNOUNCEMENTS: "discussion_topic",
    Kind.QUIZZES: "quizzes:quiz",
    Kind.QUIZ_GROUPS: "quizzes/quiz_group",
    Kind.QUESTION_BANKS: "assessment_question_bank",
    Kind.BANK_QUESTIONS: "assessment_question",
    Kind.MODULES: "context_module",
    Kind.MODULE_ITEMS: "content_tag",
    Kind.EXTERNAL_TOOLS: "context_external_tool",
    Kind.LTI_RESOURCE_LINKS: "lti:resource_link",
    Kind.TOOL_PROFILES: "tool_profile",
    Kind.LTI_CONTEXT_CONTROLS: "lti:context_control",
    Kind.LATE_POLICIES: "late_policy",
}
_TABLES = {
    Kind.FILES: "attachments",
    Kind.PAGES: "wiki_pages",
    Kind.MODULES: "context_modules",
    Kind.MODULE_ITEMS: "content_tags",
    Kind.QUESTION_BANKS: "assessment_question_banks",
    Kind.EXTERNAL_TOOLS: "context_external_tools",
}
_KIND_OF_TABLE = {table: kind for kind, table in _TABLES.items()}


def asset_name(kind: Kind) -> str:
    """The type part of a Canvas asset string: "wiki_page" for pages, "quizzes:quiz" for quizzes."""
    return _ASSET_NAMES.get(kind) or kind.value.removesuffix("s")


def table_name(kind: Kind) -> str:
    """The name of a kind in a normalised `select`: "wiki_pages" for pages, "quizzes" for quizzes."""
    return _TABLES.get(kind, kind.value)


def kind_of(name: str) -> Kind | None:
    """The kind with this REST name ("pages") or table name ("wiki_pages"); None for any other word."""
    if name in _KIND_OF_TABLE:
        return _KIND_OF_TABLE[name]
    return Kind(name) if name in Kind._value2member_map_ else None


def family(kind: Kind) -> Kind:
    """The kind by which objects of `kind` are numbered and named: announcements are discussion topics in Canvas."""
    return Kind.DISCUSSION_TOPICS if kind is Kind.ANNOUNCEMENTS else kind


# The kinds whose objects may be graded: `assignment_id` names the assignment that then belongs to one.
GRADED = (Kind.QUIZZES, Kind.DISCUSSION_TOPICS, Kind.ANNOUNCEMENTS, Kind.PAGES)

SHARD = 10_000_000_000_000  # a global id is the shard number (1 here) times this, plus the local id


def local_id(object_id: int) -> int:
    """The local id of a global id of this shard, which names the same object. Any other id is returned unchanged."""
    return object_id - SHARD if object_id // SHARD == 1 else object_id
