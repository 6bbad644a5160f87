"""An example of each body of the operators' part of the admin API."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from shared.contracts.operator import bodies, requests
from shared.domain.error_codes import ErrorCode
from shared.domain.export import ExportType, WorkflowState
from shared.domain.operator.export_actions import Outcome

_RESULT = bodies.ActionResultBody(id=42, outcome=Outcome.TAKEN_BACK, workflow_state=WorkflowState.EXPORTING)

_PAUSE = bodies.PauseBody(
    id=3,
    export_type=None,
    user_id=None,
    context="courses/12",
    quarantine=True,
    reason="3 attempts within 600 seconds ended with their workers.",
    paused_by=None,
    paused_at="2026-03-02T09:20:00Z",
)
_CHANGE = bodies.PauseChangeBody(changed=True, pause=_PAUSE)

_WORKER = bodies.WorkerBody(
    name="exports-3:812:5f1e0c",
    export_type=ExportType.ZIP,
    slots=2,
    version="1.4.0",
    started_at="2026-03-01T07:00:00Z",
    seen_at="2026-03-02T09:20:00Z",
    is_alive=True,
    draining_since="2026-03-02T09:19:55Z",
    running=[42],
)

OPERATOR_EXAMPLES: dict[Any, Any] = {
    requests.RequeueRequest: requests.RequeueRequest(ids=[42]),
    requests.FailRequest: requests.FailRequest(ids=[42], reason="The course is being split into two."),
    requests.CancelExportsRequest: requests.CancelExportsRequest(ids=[42, 43], message="Asked for by mistake."),
    requests.RetryFailedRequest: requests.RetryFailedRequest(
        error_code=ErrorCode.STORE_UNAVAILABLE, since=datetime(2026, 3, 2, 9, tzinfo=UTC), context="courses/12"
    ),
    requests.PauseRequest: requests.PauseRequest(export_type=ExportType.ZIP, reason="The store is being moved."),
    requests.ResumeRequest: requests.ResumeRequest(export_type=ExportType.ZIP),
    requests.QuarantineRequest: requests.QuarantineRequest(
        context="courses/12", reason="Its workers run out of memory."
    ),
    requests.QuarantineEndRequest: requests.QuarantineEndRequest(context="courses/12"),
    list[bodies.ActionResultBody]: [_RESULT],
    requests.DrainRequest: requests.DrainRequest(worker="exports-3:812:5f1e0c"),
    requests.DeadLettersRequest: requests.DeadLettersRequest(ids=["5f1e0c3a77d1"]),
    list[bodies.DeadLetterBody]: [
        bodies.DeadLetterBody(
            id="5f1e0c3a77d1",
            code="message_not_understood",
            reason="data.export_type is missing",
            exchange="content_exports.commands",
            routing_key="export.request",
            sender="sis",
            message_id="sis-17",
            sent_at="2026-03-02T09:15:00+00:00",
            headers={},
            body="{}",
        )
    ],
    bodies.SettledLettersBody: bodies.SettledLettersBody(settled=["5f1e0c3a77d1"], missing=[]),
    list[bodies.WorkerBody]: [_WORKER],
    bodies.DrainBody: bodies.DrainBody(changed=True, worker=_WORKER),
    list[bodies.PauseBody]: [_PAUSE],
    bodies.PauseChangeBody: _CHANGE,
    bodies.RetriedExportsBody: bodies.RetriedExportsBody(
        retried=[bodies.RetriedExportBody(failed_id=42, id=57)], more=False, before="2026-03-02T11:00:00Z"
    ),
}
