"""An example of each body of the operators' part of the admin API."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from shared.contracts.operator import bodies, export_bodies, overview_bodies, requests
from shared.domain.attempts import AttemptOutcome
from shared.domain.error_codes import ErrorCode
from shared.domain.export import ExportType, WorkflowState
from shared.domain.operator.export_actions import ActionOutcome

_RESULT = bodies.ActionResultBody(id=42, outcome=ActionOutcome.TAKEN_BACK, workflow_state=WorkflowState.EXPORTING)

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

_EXPORT = export_bodies.OperatorExportBody(
    id=42,
    context="courses/12",
    user_id=9,
    export_type=ExportType.COMMON_CARTRIDGE,
    workflow_state=WorkflowState.EXPORTING,
    priority="normal",
    completion=35.5,
    attempt=2,
    tries=1,
    worker="exports-3:812:5f1e0c",
    lapsed=False,
    warnings_count=None,
    error_code=None,
    error_message=None,
    request_id="0b5a8f6e",
    created_at="2026-03-02T09:18:00Z",
    claimed_at="2026-03-02T09:20:00Z",
    finished_at=None,
    retried_by=None,
)
_AWAY = export_bodies.AttemptBody(
    number=1,
    worker="exports-2:731:aa01b2",
    claimed_at="2026-03-02T09:18:01Z",
    ended_at="2026-03-02T09:19:00Z",
    outcome=AttemptOutcome.INFRASTRUCTURE,
    counts=False,
    error_code="store_unavailable",
    error_message=ErrorCode.STORE_UNAVAILABLE.sentence,
    phases={"prepare": 0.04, "pack": 58.2},
    slowest=[
        export_bodies.SlowObjectBody(
            path="web_resources/tides.mp4", seconds=41.7, kind="files", item_id=90312, title="tides.mp4"
        )
    ],
)
_BUILDS = export_bodies.AttemptBody(
    number=2,
    worker="exports-3:812:5f1e0c",
    claimed_at="2026-03-02T09:20:00Z",
    ended_at=None,
    outcome=None,
    counts=True,
    error_code=None,
    error_message=None,
    phases={},
    slowest=[],
)
_EXPLAINED = export_bodies.ExplainedExportBody(
    export=_EXPORT,
    next=["exports-3:812:5f1e0c builds it, and has done 36 %."],
    attempts=[_AWAY, _BUILDS],
    events=[
        export_bodies.StateEventBody(
            id=901,
            at="2026-03-02T09:18:01Z",
            name="content_export.state",
            workflow_state="exporting",
            completion=0.0,
            published=True,
        )
    ],
    messages=[],
    requeued_at="2026-03-02T09:19:30Z",
    lease_expires_at="2026-03-02T09:21:00Z",
    notices=[],
    warnings={},
    turn=None,
    pauses=[],
    trace_id="4bf92f3577b34da6a3ce929d0e0e4736",
    trace_url="https://traces.school.example/trace/4bf92f3577b34da6a3ce929d0e0e4736",
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
    list[export_bodies.OperatorExportBody]: [_EXPORT],
    export_bodies.ExplainedExportBody: _EXPLAINED,
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
    bodies.SettledLettersBody: bodies.SettledLettersBody(settled=["5f1e0c3a77d1"], missing=[], more=False),
    list[bodies.WorkerBody]: [_WORKER],
    list[overview_bodies.QueueBody]: [
        overview_bodies.QueueBody(
            export_type=ExportType.ZIP,
            lanes=[
                overview_bodies.LaneBody(lane="usual", waiting=3, held=12, building=2),
                overview_bodies.LaneBody(lane="large", waiting=1, held=0, building=0),
            ],
            oldest_waiting="2026-03-02T09:18:00Z",
            workers=1,
            slots=2,
        )
    ],
    list[overview_bodies.HourBody]: [
        overview_bodies.HourBody(
            export_type=None,
            began="2026-03-02T09:00:00Z",
            exported=412,
            failed=3,
            median_wait_s=0.8,
            longest_wait_s=4.5,
        )
    ],
    list[overview_bodies.SettingBody]: [
        overview_bodies.SettingBody(name="LEASE_S", value="60.0", default="30.0"),
        overview_bodies.SettingBody(name="SECRET_KEY", value=None, default=None),
    ],
    list[overview_bodies.ServiceBody]: [overview_bodies.ServiceBody(name="sis", may=["export.request"], as_users=None)],
    bodies.DrainBody: bodies.DrainBody(changed=True, worker=_WORKER),
    list[bodies.PauseBody]: [_PAUSE],
    bodies.PauseChangeBody: _CHANGE,
    bodies.RetriedExportsBody: bodies.RetriedExportsBody(
        retried=[bodies.RetriedExportBody(failed_id=42, id=57)], more=False, before="2026-03-02T11:00:00Z"
    ),
}
