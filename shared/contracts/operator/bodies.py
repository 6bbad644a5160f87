"""The JSON bodies of the operators' part of the admin API."""

from __future__ import annotations

from shared.contracts.api import moment, moment_or_null
from shared.contracts.bodies import Id, JsonBody, Moment
from shared.domain.export import ExportType, WorkflowState
from shared.domain.operator.export_actions import ActionOutcome
from shared.domain.operator.pauses import Pause
from shared.domain.operator.worker_process import WorkerProcess


class ActionResultBody(JsonBody, frozen=True, kw_only=True):
    """What became of an export. `workflow_state` is the one that the action met; null for an unknown export."""

    id: Id
    outcome: ActionOutcome
    workflow_state: WorkflowState | None


class RetriedExportBody(JsonBody, frozen=True, kw_only=True):
    """A failed export, and the one that retries it; `id` is null in a dry run."""

    failed_id: Id
    id: Id | None


class RetriedExportsBody(JsonBody, frozen=True, kw_only=True):
    """One batch of retries. While `more` is true, others remain: the next request has this `before`."""

    retried: list[RetriedExportBody]
    more: bool
    before: Moment


class PauseBody(JsonBody, frozen=True, kw_only=True):
    """Exports that are created and wait: those of a type, of an owner, or of a context.

    `quarantine`: because exports of this context ended their workers. `paused_by` is null where the system did it, and `id`
    for what a dry run would add.
    """

    id: Id | None
    export_type: ExportType | None
    user_id: Id | None
    context: str | None
    quarantine: bool
    reason: str
    paused_by: Id | None
    paused_at: Moment


class PauseChangeBody(JsonBody, frozen=True, kw_only=True):
    """What stands, or stood, and whether the request has changed it. `pause` is null where none was there to end."""

    changed: bool
    pause: PauseBody | None


class DeadLetterBody(JsonBody, frozen=True, kw_only=True):
    """A message that could not be handled: why, where it was sent, by whom, and all of it."""

    id: str
    code: str
    reason: str
    exchange: str
    routing_key: str
    sender: str | None
    message_id: str | None
    sent_at: str | None
    headers: dict[str, str]
    body: str


class SettledLettersBody(JsonBody, frozen=True, kw_only=True):
    """The letters that were sent again or dropped, and the ids that are missing."""

    settled: list[str]
    missing: list[str]
    more: bool  # others that were named remain: a request settles a bounded number


class WorkerBody(JsonBody, frozen=True, kw_only=True):
    """A worker process, and the exports that it builds. One that is killed is listed for a day."""

    name: str
    export_type: ExportType
    slots: int
    version: str | None
    started_at: Moment
    seen_at: Moment | None
    is_alive: bool
    draining_since: Moment | None
    running: list[Id]


class DrainBody(JsonBody, frozen=True, kw_only=True):
    """A worker, and whether the request has changed it. It notices at its next claim or heartbeat."""

    changed: bool
    worker: WorkerBody


def worker_body(worker: WorkerProcess) -> WorkerBody:
    """A worker as JSON."""
    return WorkerBody(
        name=worker.name,
        export_type=worker.export_type,
        slots=worker.slots,
        version=worker.version,
        started_at=moment(worker.started_at),
        seen_at=moment_or_null(worker.seen_at),
        is_alive=worker.is_alive,
        draining_since=moment_or_null(worker.draining_since),
        running=worker.running,
    )


def pause_body(pause: Pause) -> PauseBody:
    """A pause as JSON."""
    target = pause.target
    return PauseBody(
        id=pause.id,
        export_type=target.export_type,
        user_id=target.user_id,
        context=None if target.context is None else target.context.path,
        quarantine=pause.quarantine,
        reason=pause.reason,
        paused_by=pause.paused_by,
        paused_at=moment(pause.paused_at),
    )
