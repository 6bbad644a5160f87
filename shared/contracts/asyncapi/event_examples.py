"""One example of each event: the history of an export that was built, and how others end."""

from __future__ import annotations

from typing import Any

import msgspec

from shared.contracts.bodies import ExportAgain
from shared.contracts.estimate_body import EstimateBody
from shared.contracts.export_events import (
    CancelledData,
    CommandName,
    DeletedData,
    EventAttachment,
    EventError,
    EventType,
    ExpiredData,
    ExportedData,
    ExportEventData,
    ExportFacts,
    ExportingData,
    FailedData,
    ProgressData,
    RequestedData,
)
from shared.domain.export import ContextType, ExportType, WorkflowState

_BASE = "https://exports.example.edu/api/v1"
_URL = f"{_BASE}/courses/12/content_exports/42"
_EXPIRES = "2026-04-01T09:15:21Z"
_AGAIN = ExportAgain(method="POST", url=f"{_BASE}/courses/12/content_exports", body={"export_type": "common_cartridge"})
_PACKAGE = EventAttachment(
    filename="biology-101-export-2026-03-02-42.imscc",
    content_type="application/octet-stream",
    size=1_482_203,
    sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    entries=164,
    url=_URL,
    expires_at=_EXPIRES,
)
ESTIMATE = EstimateBody(
    place=1,
    place_lowest=1,
    place_highest=1,
    starts_at="2026-03-02T09:15:01.000Z",
    starts_earliest="2026-03-02T09:15:00.000Z",
    starts_latest="2026-03-02T09:15:03.000Z",
    ends_at="2026-03-02T09:15:19.000Z",
    ends_earliest="2026-03-02T09:15:12.000Z",
    ends_latest="2026-03-02T09:15:32.000Z",
)
_BUILT = EstimateBody(
    ends_at="2026-03-02T09:15:18.800Z",
    ends_earliest="2026-03-02T09:15:15.000Z",
    ends_latest="2026-03-02T09:15:27.000Z",
)


def _facts(state: WorkflowState, completion: float, sequence: str | None, at: str, **more: Any) -> dict[str, Any]:
    return {
        "id": 42,
        "content_export_id": 42,
        "progress_id": 43,
        "context": "courses/12",
        "context_type": ContextType.COURSE,
        "context_id": 12,
        "course_id": 12,
        "user_id": 7,
        "export_type": ExportType.COMMON_CARTRIDGE,
        "workflow_state": state,
        "completion": completion,
        "attempt": 1 if completion else 0,
        "at": at,
        "created_at": "2026-03-02T09:15:00Z",
        "skip_notifications": False,
        "url": _URL,
        "progress_url": f"{_BASE}/progress/43",
        "sequence": sequence,
        "request_id": "8f6c1c4e",
        "command": CommandName(source="/sis", id="8f6c1c4e"),
        **more,
    }


def _ended(message: str, code: str) -> dict[str, Any]:
    facts = _facts(WorkflowState.FAILED, 100, "3", "2026-03-02T09:15:21.317Z", error_code=code, message=message)
    return {**facts, "error": EventError(code=code, message=message, attempt=1, request_id="8f6c1c4e")}


_EXPORTED = _facts(WorkflowState.EXPORTED, 100, "3", "2026-03-02T09:15:21.317Z", warnings_count=1)

EVENTS: dict[EventType, ExportEventData] = {
    EventType.REQUESTED: RequestedData(
        **_facts(WorkflowState.CREATED, 0, "1", "2026-03-02T09:15:00.120Z"), estimate=ESTIMATE
    ),
    EventType.EXPORTING: ExportingData(
        **_facts(WorkflowState.EXPORTING, 0, "2", "2026-03-02T09:15:01.004Z"), estimate=_BUILT
    ),
    EventType.PROGRESS: ProgressData(
        **_facts(WorkflowState.EXPORTING, 62.5, None, "2026-03-02T09:15:12.004Z"),
        items_done=102,
        items_total=164,
        bytes_done=910_000,
        bytes_total=1_460_000,
        estimate=_BUILT,
    ),
    EventType.EXPORTED: ExportedData(
        **_EXPORTED, attachments=[_PACKAGE], complete=False, report_url=f"{_URL}/report", expires_at=_EXPIRES
    ),
    EventType.FAILED: FailedData(**_ended("Nothing of the selection exists.", "nothing_selected")),
    EventType.CANCELLED: CancelledData(**_ended("The export was cancelled.", "cancelled")),
    EventType.EXPIRED: ExpiredData(
        **_EXPORTED | {"sequence": "4", "at": "2026-04-01T09:20:00.000Z"}, export_again=_AGAIN
    ),
    EventType.DELETED: DeletedData(
        **_EXPORTED | {"sequence": "4", "workflow_state": WorkflowState.DELETED}, export_again=_AGAIN
    ),
}


def as_json(data: ExportFacts) -> dict[str, Any]:
    """The data of an event as JSON values."""
    return dict(msgspec.to_builtins(data))
