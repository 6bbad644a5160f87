"""The operations below /api/v1/admin: for site admins alone."""

from __future__ import annotations

from typing import Any

from shared.contracts import admin_bodies
from shared.contracts.administration import (
    CourseFields,
    Fields,
    GroupFields,
    IssuedToken,
    NewEnrollment,
    NewToken,
    RevokedToken,
    UserFields,
)
from shared.contracts.common_answers import ID, PAGE, answer_of
from shared.contracts.operation import Operation, Parameter

_ADMIN = "/api/v1/admin"
_TAG = "Administration"


def _change(method: str, path: str, summary: str, type_: Any, body: Any = None, *, says: str = "It.") -> Operation:
    """A change by a site admin."""
    errors = (413, 422) if body is not None else ()
    return Operation(method, _ADMIN + path, summary, answer_of(type_, says, *errors), _TAG, body=body, beyond=True)


def _rows(fields: type[Fields], name: str) -> tuple[Operation, ...]:
    place, row = f"/{fields.table}", admin_bodies.RowBody
    return (
        _change("POST", place, f"Add a {name}", row, fields, says="Its id."),
        _change("PUT", place + "/{id}", f"Change a {name}, or add it under this id", row, fields, says="Its id."),
        _change("DELETE", place + "/{id}", f"Mark a {name} as deleted", row, says="Its id."),
    )


ADMIN_OPERATIONS = (
    Operation(
        "GET",
        _ADMIN + "/audit",
        "Read the audit log",
        answer_of(list[admin_bodies.AuditRow], "Log entries, newest first. For site admins only."),
        _TAG,
        query=(
            Parameter("export_id", "entries about this export", ID),
            Parameter("user_id", "entries of this user, as actor or as the user who was acted as", ID),
            Parameter("since", "entries from this time on (ISO 8601)", {"type": "string", "format": "date-time"}),
            Parameter(
                "before_id", "entries older than this one; for the next page, the last id of the current page", ID
            ),
            PAGE[1],
        ),
        beyond=True,
    ),
    *_rows(UserFields, "user"),
    *_rows(CourseFields, "course"),
    *_rows(GroupFields, "group"),
    _change(
        "POST",
        "/enrollments",
        "Give a user a role in a course, conclude it, or delete it",
        admin_bodies.EnrolledBody,
        NewEnrollment,
        says="The role.",
    ),
    Operation(
        "GET",
        _ADMIN + "/tokens",
        "List access tokens",
        answer_of(list[admin_bodies.TokenBody], "Tokens without themselves, the newest first."),
        _TAG,
        query=(
            Parameter("user_id", "tokens of this user", ID),
            Parameter("before_id", "tokens older than this one: for the next page, the last one of this one", ID),
            PAGE[1],
        ),
        beyond=True,
    ),
    _change("POST", "/tokens", "Issue an access token", IssuedToken, NewToken, says="The token, this once."),
    _change(
        "POST",
        "/tokens/revoke",
        "Revoke the access token in the body",
        admin_bodies.RevokedBody,
        RevokedToken,
        says="It opens nothing any more.",
    ),
    _change(
        "DELETE", "/tokens/{id}", "Revoke an access token", admin_bodies.RevokedBody, says="It opens nothing any more."
    ),
)
