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
    ReplyType,
)
from shared.contracts.examples import NEW_EXPORT
from shared.domain.export import ExportType

TIME = "2026-03-02T09:15:00Z"
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def _given(data: Struct) -> dict[str, Any]:
    """The fields that a sender would write: those that are not null."""
    return {name: value for name, value in msgspec.to_builtins(data).items() if value is not None}


COMMANDS: dict[CommandType, dict[str, Any]] = {
    CommandType.REQUEST: _given(
        ExportRequestData(
            export_type=ExportType.COMMON_CARTRIDGE, user_id=7, select={"pages": [1, 2]}, skip_notifications=True
        )
    ),
    CommandType.CANCEL: _given(ExportCancelData(id=42, message="The course is being changed.")),
    CommandType.RETRY: _given(ExportRetryData(id=42, user_id="sis_user_id:S1")),
}

REPLIES: dict[ReplyType, dict[str, Any]] = {
    ReplyType.ACCEPTED: msgspec.to_builtins(NEW_EXPORT),
    ReplyType.REFUSED: msgspec.to_builtins(
        Problem(
            type="about:blank",
            title="Unprocessable Content",
            status=422,
            detail="There is no user sis_user_id:S1.",
            code="user_unknown",
            parameter="data.user_id",
        )
    ),
}
