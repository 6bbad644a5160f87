"""Builders of logged events with defaults for what a test does not mention."""

from __future__ import annotations

from typing import Any

from shared.contracts.bodies import ExportAgain
from shared.contracts.events import PROGRESS, STATE, ExportEvent
from shared.contracts.export_events import (
    DeletedData,
    EventError,
    ExportedData,
    ExportFacts,
    ExportingData,
    FailedData,
    ProgressData,
    RequestedData,
)
from shared.domain.export import Context, ContextType, ExportType, WorkflowState

COURSE = Context(ContextType.COURSE, 12)
SHOWN = "/api/v1/courses/12/content_exports"
AGAIN = ExportAgain(method="POST", url=SHOWN, body={"export_type": "common_cartridge"})

S = WorkflowState
_DATA: dict[WorkflowState, tuple[type[ExportFacts], dict[str, Any]]] = {
    S.CREATED: (RequestedData, {}),
    S.EXPORTING: (ExportingData, {}),
    S.EXPORTED: (ExportedData, {"attachments": [], "complete": True, "report_url": f"{SHOWN}/101/report"}),
    S.FAILED: (FailedData, {"error": EventError(code="nothing_selected", attempt=1)}),
    S.DELETED: (DeletedData, {"export_again": AGAIN}),
}


def a_state(event_id: int, state: WorkflowState = WorkflowState.EXPORTING, **data: Any) -> ExportEvent:
    """A state event of export 100 + progress_id, in course 12."""
    kind, own = _DATA[state]
    return ExportEvent(id=event_id, name=STATE, data=kind(**_facts(workflow_state=state, **(own | data))))  # type: ignore[arg-type]  # one of the union


def a_completion(event_id: int, completion: float = 50.0, **data: Any) -> ExportEvent:
    """A completion event of export 100 + progress_id, in course 12."""
    return ExportEvent(id=event_id, name=PROGRESS, data=ProgressData(**_facts(completion=completion, **data)))


def _facts(**given: Any) -> dict[str, Any]:
    progress_id = given.pop("progress_id", 1)
    facts = {
        "id": 100 + progress_id,
        "content_export_id": 100 + progress_id,
        "progress_id": progress_id,
        "context": f"{COURSE.type.route}/{COURSE.id}",
        "context_type": COURSE.type,
        "context_id": COURSE.id,
        "export_type": ExportType.COMMON_CARTRIDGE,
        "workflow_state": WorkflowState.EXPORTING,
        "completion": 0.0,
        "attempt": 1,
        "at": "2026-01-01T00:00:00.000Z",
        "created_at": "2026-01-01T00:00:00Z",
        "skip_notifications": False,
        "url": f"{SHOWN}/{100 + progress_id}",
        "progress_url": f"/api/v1/progress/{progress_id}",
    }
    return facts | given
