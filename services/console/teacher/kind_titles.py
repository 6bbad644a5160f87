"""What people call each kind of content."""

from __future__ import annotations

from shared.domain.kinds import Kind
from shared.domain.language.texts import Texts


def kind_titles(texts: Texts) -> dict[str, str]:
    """The plural of each kind that a course has, in the reader's language, by the name of the kind."""
    _ = texts.gettext
    return {
        Kind.MODULES: _("Modules"),
        Kind.MODULE_ITEMS: _("Module items"),
        Kind.ASSIGNMENTS: _("Assignments"),
        Kind.ASSIGNMENT_GROUPS: _("Assignment groups"),
        Kind.QUIZZES: _("Quizzes"),
        Kind.QUIZ_QUESTIONS: _("Quiz questions"),
        Kind.QUIZ_GROUPS: _("Question groups"),
        Kind.QUESTION_BANKS: _("Question banks"),
        Kind.BANK_QUESTIONS: _("Questions of banks"),
        Kind.DISCUSSION_TOPICS: _("Discussions"),
        Kind.PAGES: _("Pages"),
        Kind.EXTERNAL_TOOLS: _("External tools"),
        Kind.TOOL_PROFILES: _("Tool profiles"),
        Kind.LTI_RESOURCE_LINKS: _("Links to tools"),
        Kind.LTI_CONTEXT_CONTROLS: _("Availability of tools"),
        Kind.ANNOUNCEMENTS: _("Announcements"),
        Kind.CALENDAR_EVENTS: _("Calendar events"),
        Kind.RUBRICS: _("Rubrics"),
        Kind.LEARNING_OUTCOMES: _("Learning outcomes"),
        Kind.LEARNING_OUTCOME_GROUPS: _("Outcome groups"),
        Kind.FILES: _("Files"),
        Kind.FOLDERS: _("Folders"),
        Kind.MEDIA_TRACKS: _("Captions"),
        Kind.EXTERNAL_FEEDS: _("External feeds"),
        Kind.GRADING_STANDARDS: _("Grading schemes"),
        Kind.LATE_POLICIES: _("Late policy"),
        Kind.COURSE_PACES: _("Course pace"),
        Kind.NAV_MENU_LINKS: _("Links in the course menu"),
    }
