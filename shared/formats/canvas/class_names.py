"""What Canvas calls the classes of its content, where a cartridge names one."""

from __future__ import annotations

from shared.domain.kinds import Kind

_CLASSES = {
    Kind.ASSIGNMENTS: "Assignment",
    Kind.FILES: "Attachment",
    Kind.DISCUSSION_TOPICS: "DiscussionTopic",
    Kind.PAGES: "WikiPage",
    Kind.QUIZZES: "Quizzes::Quiz",
    Kind.QUESTION_BANKS: "AssessmentQuestionBank",
    Kind.MODULES: "ContextModule",
    Kind.MODULE_ITEMS: "ContentTag",
    Kind.EXTERNAL_TOOLS: "ContextExternalTool",
    Kind.CALENDAR_EVENTS: "CalendarEvent",
    Kind.RUBRICS: "Rubric",
    Kind.LEARNING_OUTCOMES: "LearningOutcome",
    Kind.LEARNING_OUTCOME_GROUPS: "LearningOutcomeGroup",
    Kind.ASSIGNMENT_GROUPS: "AssignmentGroup",
    Kind.COURSE_PACES: "CoursePace",
}
_KINDS = {name: kind for kind, name in _CLASSES.items()} | {"Quiz": Kind.QUIZZES}


def class_name(kind: Kind) -> str:
    """`Quizzes::Quiz` for quizzes. Raises KeyError for a kind that no cartridge names so."""
    return _CLASSES[kind]


def kind_of_class(name: str | None) -> Kind | None:
    """The kind that a class name means; None for a class that has none here."""
    return _KINDS.get(name or "")
