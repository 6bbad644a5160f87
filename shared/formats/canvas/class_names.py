"""What Canvas calls the classes of its content, where a cartridge names one."""

from __future__ import annotations

from shared.domain.kinds import Kind

# A table of Canvas's models (Ruby classes): module items, alignments and restrictions name their target's class.
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
# Old packages name the quiz without its namespace.
_KINDS = {name: kind for kind, name in _CLASSES.items()} | {"Quiz": Kind.QUIZZES}


def class_name(kind: Kind) -> str:
    """`Quizzes::Quiz` for quizzes. Raises KeyError for a kind whose class no cartridge names."""
    return _CLASSES[kind]


def kind_of_class(name: str | None) -> Kind | None:
    """The kind of a class; None for a class without one."""
    return _KINDS.get(name or "")
