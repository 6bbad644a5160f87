"""The operations below /api/v1/admin: for site admins alone."""

from __future__ import annotations

from typing import Any

from shared.contracts.admin import admin_bodies
from shared.contracts.admin.administration import (
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
from shared.contracts.operation import BYTES, Operation, Parameter, Response

_ADMIN = "/api/v1/admin"
_TAG = "Administration"
_HERE = Parameter("Range", "bytes=0-1048575; absent where nothing is here")


def _change(method: str, path: str, summary: str, type_: Any, body: Any = None, *, description: str) -> Operation:
    """A change by a site admin."""
    errors = (413, 422) if body is not None else ()
    return Operation(
        method, _ADMIN + path, summary, answer_of(type_, description, *errors), _TAG, body=body, beyond=True
    )


def _older(things: str) -> tuple[Parameter, Parameter]:
    """The parameters of a list, the newest first, that choose a page."""
    description = f"{things} older than this one; for the next page, the last id of the current page"
    return Parameter("before_id", description, ID), PAGE[1]


def _rows(fields: type[Fields], name: str) -> tuple[Operation, ...]:
    place, row = f"/{fields.table}", admin_bodies.RowBody
    return (
        _change("POST", place, f"Add a {name}", row, fields, description=f"The id of the {name}."),
        _change(
            "PUT",
            place + "/{id}",
            f"Change a {name}, or add it under this id",
            row,
            fields,
            description=f"The id of the {name}.",
        ),
        _change("DELETE", place + "/{id}", f"Mark a {name} as deleted", row, description=f"The id of the {name}."),
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
            *_older("entries"),
        ),
        beyond=True,
    ),
    *_rows(UserFields, "user"),
    *_rows(CourseFields, "course"),
    *_rows(GroupFields, "group"),
    _change(
        "POST",
        "/enrollments",
        "Add, conclude or delete an enrollment",
        admin_bodies.EnrolledBody,
        NewEnrollment,
        description="The enrollment.",
    ),
    Operation(
        "GET",
        _ADMIN + "/tokens",
        "List access tokens",
        answer_of(list[admin_bodies.TokenBody], "The tokens, newest first, without their secrets."),
        _TAG,
        query=(
            Parameter("user_id", "tokens of this user", ID),
            *_older("tokens"),
        ),
        beyond=True,
    ),
    _change(
        "POST",
        "/tokens",
        "Issue an access token",
        IssuedToken,
        NewToken,
        description="The token, which is shown only once.",
    ),
    Operation(
        "POST",
        _ADMIN + "/loads",
        "Upload a package, or a zip of a folder, and load it",
        answer_of(admin_bodies.LoadBody, "The load, which runs on; `progress_url` shows how far it is.", 413, 415, 422),
        _TAG,
        query=(
            Parameter("filename", "the name of the package"),
            Parameter("course_id", "load into this course instead of a new one", ID),
            Parameter("group_id", "load into this group", ID),
            Parameter("user_id", "load into this user's own files", ID),
            Parameter("create", "create the course if it is missing", {"type": "boolean"}),
        ),
        upload=BYTES,
        beyond=True,
    ),
    Operation(
        "GET",
        _ADMIN + "/loads/{id}",
        "Show a load: how far it is, what it has loaded, or why it has failed",
        answer_of(admin_bodies.LoadBody, "The load."),
        _TAG,
        beyond=True,
    ),
    Operation(
        "PUT",
        "/api/v1/blobs/{sha256}",
        "Send the bytes of a file, whole or in pieces, before the object that names them",
        {
            **answer_of(admin_bodies.BlobBody, "The bytes were here already.", 413, 415, 416, 422),
            201: Response("The bytes are stored.", admin_bodies.BlobBody),
            308: Response("A piece is stored; `Range` says what is here so far.", media=None, headers=(_HERE,)),
        },
        _TAG,
        headers=(
            Parameter(
                "Content-Range", "the piece that the body is: bytes 0-1048575/5000000; or bytes */5000000 to ask"
            ),
        ),
        upload=BYTES,
        beyond=True,
    ),
    _change(
        "POST",
        "/tokens/revoke",
        "Revoke the access token given in the body",
        admin_bodies.RevokedBody,
        RevokedToken,
        description="The token has been revoked.",
    ),
    _change(
        "DELETE",
        "/tokens/{id}",
        "Revoke an access token",
        admin_bodies.RevokedBody,
        description="The token has been revoked.",
    ),
)
