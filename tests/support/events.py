"""Builders of logged events with defaults for what a test does not mention."""

from __future__ import annotations

from shared.contracts.events import PROGRESS, STATE, EventData, ExportEvent
from shared.domain.export import Context, ContextType, ExportType, WorkflowState

COURSE = Context(ContextType.COURSE, 12)


def a_state(event_id: int, state: WorkflowState = WorkflowState.EXPORTING, **data: object) -> ExportEvent:
    """A state event of export 100 + progress_id, in course 12."""
    return ExportEvent(id=event_id, name=STATE, data=_data(workflow_state=state, **data))


def a_completion(event_id: int, completion: float = 50.0, **data: object) -> ExportEvent:
    """A completion event of export 100 + progress_id, in course 12."""
    return ExportEvent(id=event_id, name=PROGRESS, data=_data(completion=completion, **data))


def _data(**given: object) -> EventData:
    progress_id = given.pop("progress_id", 1)
    facts: dict[str, object] = {
        "content_export_id": 100 + progress_id,
        "progress_id": progress_id,
        "context_type": COURSE.type,
        "context_id": COURSE.id,
        "export_type": ExportType.COMMON_CARTRIDGE,
        "workflow_state": WorkflowState.EXPORTING,
        "completion": 0.0,
        "attempt": 1,
        "at": "2026-01-01T00:00:00.000Z",
    }
    return EventData(**(facts | given))
