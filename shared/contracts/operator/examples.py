"""An example of each body of the operators' part of the admin API."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from shared.contracts.operator import bodies, requests
from shared.domain.error_codes import ErrorCode
from shared.domain.export import WorkflowState
from shared.domain.operator.export_actions import Outcome

_RESULT = bodies.ActionResultBody(id=42, outcome=Outcome.TAKEN_BACK, workflow_state=WorkflowState.EXPORTING)

OPERATOR_EXAMPLES: dict[Any, Any] = {
    requests.RequeueRequest: requests.RequeueRequest(ids=[42]),
    requests.FailRequest: requests.FailRequest(ids=[42], reason="The course is being split into two."),
    requests.CancelExportsRequest: requests.CancelExportsRequest(ids=[42, 43], message="Asked for by mistake."),
    requests.RetryFailedRequest: requests.RetryFailedRequest(
        error_code=ErrorCode.STORE_UNAVAILABLE, since=datetime(2026, 3, 2, 9, tzinfo=UTC), context="courses/12"
    ),
    list[bodies.ActionResultBody]: [_RESULT],
    bodies.RetriedExportsBody: bodies.RetriedExportsBody(
        retried=[bodies.RetriedExportBody(failed_id=42, id=57)], more=False, before="2026-03-02T11:00:00Z"
    ),
}
