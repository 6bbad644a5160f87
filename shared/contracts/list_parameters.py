"""The parameters of lists: pages, filters, and what is included."""

from __future__ import annotations

from shared.contracts.common_answers import ID, PAGE
from shared.contracts.operation import Parameter
from shared.domain.export import ExportType, WorkflowState

_TIME = {"type": "string", "format": "date-time"}
_FLAG = {"type": "boolean"}

BOOKMARKED = (
    Parameter("page", "the one that a Link header names; in a list of one context also a number, from 1"),
    PAGE[1],
)
EXPORT_FILTERS = (
    Parameter(
        "workflow_state", "any but deleted, unless it is given", {"type": "string", "enum": [*map(str, WorkflowState)]}
    ),
    Parameter("export_type", "of one type", {"type": "string", "enum": [*map(str, ExportType)]}),
    Parameter("user_id", "of this user", ID),
    Parameter("created_after", "created at this time or later (ISO 8601; UTC without a zone)", _TIME),
    Parameter("created_before", "created earlier than this", _TIME),
)
INCLUDE = Parameter(
    "include[]",
    "syllabus_body, total_students, teachers, account, account_name, concluded, course_image, banner_image, "
    "lti_context_id, public_description, term",
)
COURSE_FILTERS = (
    Parameter("enrollment_type", "courses in which the caller is a teacher, ta, designer, student or observer"),
    Parameter("enrollment_role", "the same as a role: TeacherEnrollment, ..."),
    Parameter("enrollment_state", "the state of the enrollment: active (default) or completed"),
    Parameter(
        "state[]", "the state of the course: available, unpublished or completed; without it, for staff all of them"
    ),
    Parameter("search_term", "a part of the name or the course code"),
    INCLUDE,
)
ACCOUNT_COURSE_FILTERS = (
    Parameter("state[]", "created, claimed, available, completed, deleted or all; any but deleted without it"),
    Parameter("published", "only published courses, or only unpublished ones", _FLAG),
    Parameter("completed", "only completed courses, or all others", _FLAG),
    Parameter("blueprint", "only blueprint courses, or all others", _FLAG),
    Parameter("with_enrollments", "only courses with people, or only those without", _FLAG),
    Parameter("enrollment_type[]", "courses in which somebody is teacher, ta, designer, student or observer"),
    Parameter("by_teachers[]", "courses that one of these users teaches", ID),
    Parameter("search_term", "a part of the name, the code or the SIS id; or the id"),
    INCLUDE,
)
