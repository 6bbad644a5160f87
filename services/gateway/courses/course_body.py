"""A course as the API shows it: its basic fields, and what `include[]` asks for."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from msgspec import UNSET

from services.gateway.account import ACCOUNT_BODY, ACCOUNT_ID
from shared.adapters.postgres.course_lists import CourseDetails, Enrollment
from shared.contracts import bodies
from shared.contracts.api import moment
from shared.domain.rights import ROLE_NAMES, Caller, Role

WITH_QUERY = frozenset({"syllabus_body", "total_students", "teachers"})  # those that CourseDetails has
_NO_DETAILS = CourseDetails()


def course_json(
    course: dict[str, Any],
    caller: Caller,
    roles: Sequence[Enrollment] | None,
    *,
    sees_sis: bool,
    include: Collection[str] = (),
    details: CourseDetails = _NO_DETAILS,
) -> bodies.CourseBody:
    """A REST Course. `roles` are those of the caller, None where they are not shown; SIS ids for who administers it."""
    name = course.get("name") or ""
    enrollments = UNSET if roles is None else [_enrollment(role, state, caller) for role, state in roles]
    return bodies.CourseBody(
        id=course["id"],
        name=name,
        course_code=course.get("course_code") or name,
        uuid=course["uuid"],
        workflow_state=course.get("workflow_state") or "available",
        account_id=ACCOUNT_ID,
        root_account_id=ACCOUNT_ID,
        start_at=course.get("start_at"),
        end_at=course.get("end_at"),
        created_at=moment(course["created_at"]),
        default_view=course.get("default_view") or "modules",
        license=course.get("license"),
        is_public=bool(course.get("is_public")),
        is_public_to_auth_users=bool(course.get("is_public_to_auth_users")),
        time_zone=course.get("time_zone"),
        blueprint=bool(course.get("blueprint")),
        enrollments=enrollments,
        sis_course_id=course.get("sis_course_id") if sees_sis else UNSET,
        integration_id=course.get("integration_id") if sees_sis else UNSET,
        **_included(course, frozenset(include), details),
    )


def _included(course: dict[str, Any], include: frozenset[str], details: CourseDetails) -> dict[str, Any]:
    """The requested fields, by the names of the body; all others are UNSET there."""
    values: dict[str, tuple[str, Any]] = {
        "syllabus_body": ("syllabus_body", details.syllabus_body),
        "total_students": ("total_students", details.total_students),
        "teachers": ("teachers", [bodies.UserDisplay(id=each, display_name=name) for each, name in details.teachers]),
        "account": ("account", ACCOUNT_BODY),
        "account_name": ("account_name", ACCOUNT_BODY.name),
        "concluded": ("concluded", course.get("workflow_state") == "completed"),
        "course_image": ("image_download_url", course.get("image_url")),
        "banner_image": ("banner_image_download_url", course.get("banner_image_url")),
        "lti_context_id": ("lti_context_id", course.get("lti_context_id")),
        "public_description": ("public_description", course.get("public_description")),
        "term": ("term", course.get("term")),  # as the course was loaded with it
    }
    return {field: value for word, (field, value) in values.items() if word in include}


def _enrollment(role: Role, state: str, caller: Caller) -> bodies.Enrollment:
    return bodies.Enrollment(type=role, role=ROLE_NAMES[role], user_id=caller.user_id, enrollment_state=state)
