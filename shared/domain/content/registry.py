"""The class of the objects of each kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.domain.content.assignments import Assignment, AssignmentGroup
from shared.domain.content.content_object import Content
from shared.domain.content.external_tools import ExternalTool, LtiResourceLink, ToolProfile
from shared.domain.content.feeds_and_links import ExternalFeed, LtiContextControl, NavMenuLink
from shared.domain.content.files import File, Folder, MediaTrack
from shared.domain.content.grading import GradingStandard, LatePolicy, Rubric
from shared.domain.content.modules import Module, ModuleItem
from shared.domain.content.outcomes import LearningOutcome, LearningOutcomeGroup
from shared.domain.content.pages import Page
from shared.domain.content.questions import BankQuestion, QuizQuestion
from shared.domain.content.quizzes import QuestionBank, Quiz, QuizGroup
from shared.domain.content.schedule import CalendarEvent, CoursePace
from shared.domain.content.topics import DiscussionTopic
from shared.domain.kinds import Kind

# All kinds except the course itself, which is not an object of its own content.
TYPES: dict[Kind, type[Content]] = {
    Kind.FOLDERS: Folder,
    Kind.FILES: File,
    Kind.MEDIA_TRACKS: MediaTrack,
    Kind.PAGES: Page,
    Kind.ASSIGNMENT_GROUPS: AssignmentGroup,
    Kind.ASSIGNMENTS: Assignment,
    Kind.DISCUSSION_TOPICS: DiscussionTopic,
    Kind.ANNOUNCEMENTS: DiscussionTopic,
    Kind.QUIZZES: Quiz,
    Kind.QUIZ_GROUPS: QuizGroup,
    Kind.QUIZ_QUESTIONS: QuizQuestion,
    Kind.QUESTION_BANKS: QuestionBank,
    Kind.BANK_QUESTIONS: BankQuestion,
    Kind.MODULES: Module,
    Kind.MODULE_ITEMS: ModuleItem,
    Kind.CALENDAR_EVENTS: CalendarEvent,
    Kind.RUBRICS: Rubric,
    Kind.LEARNING_OUTCOMES: LearningOutcome,
    Kind.LEARNING_OUTCOME_GROUPS: LearningOutcomeGroup,
    Kind.EXTERNAL_TOOLS: ExternalTool,
    Kind.LTI_RESOURCE_LINKS: LtiResourceLink,
    Kind.TOOL_PROFILES: ToolProfile,
    Kind.LTI_CONTEXT_CONTROLS: LtiContextControl,
    Kind.EXTERNAL_FEEDS: ExternalFeed,
    Kind.GRADING_STANDARDS: GradingStandard,
    Kind.LATE_POLICIES: LatePolicy,
    Kind.COURSE_PACES: CoursePace,
    Kind.NAV_MENU_LINKS: NavMenuLink,
}


def from_json(kind: Kind, data: Mapping[str, Any]) -> Content:
    """An object of a kind from its JSON data. Raises InvalidContent with the name of a wrong field."""
    return TYPES[kind].from_json(data)
