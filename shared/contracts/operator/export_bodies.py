"""The JSON bodies of exports as operators see them."""

from __future__ import annotations

from typing import Any, TypeVar

from msgspec import Struct, structs

from shared.contracts.api import moment, moment_or_null
from shared.contracts.bodies import Counts, Id, JsonBody, Moment
from shared.contracts.operator.bodies import PauseBody, pause_body
from shared.domain.attempts import Attempt, AttemptOutcome, SlowObject
from shared.domain.export import ExportType, WorkflowState
from shared.domain.operator.export_rows import ExplainedExport, OperatorExport, what_is_next

Body = TypeVar("Body", bound=JsonBody)


class OperatorExportBody(JsonBody, frozen=True, kw_only=True):
    """An export of any context, without its package. `worker` and `claimed_at` are of its latest attempt.

    `tries` are the attempts that count towards the most that are made. `lapsed`: it is being built, and its lease has ended.
    """

    id: Id
    context: str
    user_id: Id | None
    export_type: ExportType
    workflow_state: WorkflowState
    priority: str
    completion: float
    attempt: int
    tries: int
    worker: str | None
    lapsed: bool
    warnings_count: int | None
    error_code: str | None
    error_message: str | None
    request_id: str | None
    created_at: Moment
    claimed_at: Moment | None
    finished_at: Moment | None
    retried_by: Id | None


class SlowObjectBody(JsonBody, frozen=True, kw_only=True):
    """A member of the package that took long to write, and the object that it is written for."""

    path: str
    seconds: float
    kind: str | None
    item_id: Id | None
    title: str | None


class AttemptBody(JsonBody, frozen=True, kw_only=True):
    """An attempt, and how it ended; `outcome` is null while it runs. `phases` are seconds."""

    number: int
    worker: str | None
    claimed_at: Moment | None
    ended_at: Moment | None
    outcome: AttemptOutcome | None
    counts: bool
    error_code: str | None
    error_message: str | None
    phases: dict[str, float]
    slowest: list[SlowObjectBody]


class StateEventBody(JsonBody, frozen=True, kw_only=True):
    """An entry of the event log. `published`: the broker has confirmed it; of progress, not every one is sent."""

    id: Id
    at: Moment
    name: str
    workflow_state: str
    completion: float
    published: bool


class WaitingMessageBody(JsonBody, frozen=True, kw_only=True):
    """A message about the export that has not been sent to the broker yet."""

    exchange: str
    routing_key: str
    created_at: Moment


class NoticeBody(JsonBody, frozen=True, kw_only=True):
    """A mail or a call of a webhook. `answer` is the status of the last try, HTTP or SMTP."""

    channel: str
    state: str
    attempt: int
    answer: int | None
    updated_at: Moment


class TurnBody(JsonBody, frozen=True, kw_only=True):
    """Where an export waits: its place from 1, counted up to 10,000. `held`: behind others of its owner."""

    place: int
    held: bool
    workers: int
    slots: int


class ExplainedExportBody(JsonBody, frozen=True, kw_only=True):
    """Everything that is known of an export. `next` are sentences: what it waits for, or what can be done."""

    export: OperatorExportBody
    next: list[str]
    attempts: list[AttemptBody]
    events: list[StateEventBody]
    messages: list[WaitingMessageBody]
    requeued_at: Moment | None
    lease_expires_at: Moment | None
    notices: list[NoticeBody]
    warnings: Counts
    turn: TurnBody | None
    pauses: list[PauseBody]
    trace_id: str | None
    trace_url: str | None


def operator_export_body(export: OperatorExport) -> OperatorExportBody:
    """An export as JSON."""
    of_export: dict[str, Any] = {
        **structs.asdict(export),
        "context": export.context.path,
        "created_at": moment(export.created_at),
        "claimed_at": moment_or_null(export.claimed_at),
        "finished_at": moment_or_null(export.finished_at),
    }
    return OperatorExportBody(**of_export)


def explained_export_body(explained: ExplainedExport, trace_url: str | None) -> ExplainedExportBody:
    """Everything as JSON; `trace_url` is an address with `{trace_id}` in it."""
    trace_id = explained.traceparent.split("-")[1] if explained.traceparent else None
    turn = explained.turn
    return ExplainedExportBody(
        export=operator_export_body(explained.export),
        next=what_is_next(explained),
        attempts=[_attempt_body(each) for each in explained.attempts],
        events=[_at_a_time(StateEventBody, each, "at") for each in explained.events],
        messages=[_at_a_time(WaitingMessageBody, each, "created_at") for each in explained.messages],
        requeued_at=moment_or_null(explained.requeued_at),
        lease_expires_at=moment_or_null(explained.lease_expires_at),
        notices=[_at_a_time(NoticeBody, each, "updated_at") for each in explained.notices],
        warnings=explained.warnings,
        turn=None if turn is None else TurnBody(**structs.asdict(turn)),
        pauses=[pause_body(each) for each in explained.pauses],
        trace_id=trace_id,
        trace_url=trace_url.replace("{trace_id}", trace_id) if trace_url and trace_id else None,
    )


def _at_a_time(body: type[Body], row: Struct, time: str) -> Body:
    """A row whose fields have the names of the body's, of which `time` is the one that is a time."""
    fields = structs.asdict(row)
    return body(**{**fields, time: moment(fields[time])})


def _attempt_body(attempt: Attempt) -> AttemptBody:
    return AttemptBody(
        number=attempt.number,
        worker=attempt.worker,
        claimed_at=moment_or_null(attempt.claimed_at),
        ended_at=moment_or_null(attempt.ended_at),
        outcome=attempt.outcome,
        counts=attempt.counts,
        error_code=attempt.error_code,
        error_message=attempt.error_message,
        phases=attempt.facts.phases,
        slowest=[_slow_object_body(each) for each in attempt.facts.slowest],
    )


def _slow_object_body(slow: SlowObject) -> SlowObjectBody:
    return SlowObjectBody(**structs.asdict(slow))
