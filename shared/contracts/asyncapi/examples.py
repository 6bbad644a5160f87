"""One example of the data of each message, as JSON."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from shared.contracts.commands import (
    CommandType,
    ExportCancelData,
    ExportRequestData,
    ExportRetryData,
    Problem,
)
from shared.contracts.content_commands import ContentAccepted, MissingFile, RefusedObject
from shared.contracts.examples import NEW_EXPORT
from shared.domain.export import ExportType

TIME = "2026-03-02T09:15:00Z"
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def _present_fields(data: Struct) -> dict[str, Any]:
    """The fields that a sender would write: those that are not null."""
    return {name: value for name, value in msgspec.to_builtins(data).items() if value is not None}


COMMANDS: dict[CommandType, dict[str, Any]] = {
    CommandType.REQUEST: _present_fields(
        ExportRequestData(
            export_type=ExportType.COMMON_CARTRIDGE, user_id=7, select={"pages": [1, 2]}, skip_notifications=True
        )
    ),
    CommandType.CANCEL: _present_fields(ExportCancelData(id=42, message="The course is being changed.")),
    CommandType.RETRY: _present_fields(ExportRetryData(id=42, user_id="sis_user_id:S1")),
}

ACCEPTED: dict[str, Any] = msgspec.to_builtins(NEW_EXPORT)
REFUSED: dict[str, Any] = msgspec.to_builtins(
    Problem(
        type="about:blank",
        title="Unprocessable Content",
        status=422,
        detail="There is no user sis_user_id:S1.",
        code="user_unknown",
        parameter="data.user_id",
    )
)
CONTENT_ACCEPTED: dict[str, Any] = msgspec.to_builtins(
    ContentAccepted(
        taken=2,
        unchanged=1,
        older=0,
        refused=[RefusedObject(path="data.objects[3].title", message="Expected `str`, got `int`", id=8)],
        files_missing=[MissingFile(id=301, sha256=None)],
    )
)

_OBJECTS: dict[str, dict[str, Any]] = {
    "pages": {"id": 5, "title": "Cells", "body": "<p>Cells divide.</p>", "published": True},
    "modules": {
        "id": 9,
        "name": "Week 1",
        "items": [{"id": 10, "title": "Cells", "type": "Page", "page_url": "cells"}],
    },
    "files": {
        "id": 301,
        "display_name": "cells.pdf",
        "size": 48_120,
        "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    },
    "courses": {"id": 42, "name": "Biology 101", "sis_course_id": "BIO101", "workflow_state": "available"},
    "groups": {"id": 3, "name": "Lab group"},
    "users": {"id": 7, "name": "Ada Lovelace", "login_id": "ada"},
    "enrollments": {"user_id": 7, "type": "TeacherEnrollment"},
    "group_memberships": {"user_id": 7},
}


def object_of(kind: str) -> dict[str, Any]:
    """An object of a kind in the shape of Canvas's REST API; a small one where the kind has no example of its own."""
    return {**_OBJECTS.get(kind, {"id": 5}), "updated_at": TIME}
