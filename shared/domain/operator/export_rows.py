"""Exports as operators see them: rows of all contexts, and everything that is known of one."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct, field

from shared.domain.attempts import Attempt
from shared.domain.export import Context, ExportType, WorkflowState
from shared.domain.export_filter import ExportFilter
from shared.domain.operator.pauses import Pause


class OperatorFilter(Struct, frozen=True, omit_defaults=True):
    """Those that meet all that is not None."""

    common: ExportFilter = ExportFilter()
    context: Context | None = None
    worker: str | None = None  # it has, or had, an attempt
    error_code: str | None = None  # of failed exports, which are listed by their end, the latest first
    stuck: bool = False  # only those that the next sweep of a janitor would requeue or give up


class OperatorExport(Struct, frozen=True):
    """An export without its package and settings."""

    id: int
    context: Context
    user_id: int | None
    export_type: ExportType
    workflow_state: WorkflowState
    priority: str
    completion: float
    attempt: int
    tries: int  # attempts that count
    worker: str | None  # of the latest attempt
    lapsed: bool  # it is being built, and the lease of its attempt has ended
    warnings_count: int | None
    error_code: str | None
    error_message: str | None
    request_id: str | None
    created_at: datetime
    claimed_at: datetime | None  # when the latest attempt began; None also for one of an earlier release
    finished_at: datetime | None
    retried_by: int | None = None


class StateEvent(Struct, frozen=True):
    """An entry of the event log."""

    id: int
    at: datetime
    name: str
    workflow_state: str
    completion: float
    published: bool  # confirmed by the broker


class WaitingMessage(Struct, frozen=True):
    """A message about the export that no relay has sent yet."""

    exchange: str
    routing_key: str
    created_at: datetime


class Notice(Struct, frozen=True):
    """A mail or a call of a webhook about the export."""

    channel: str
    state: str
    attempt: int
    answer: int | None  # status of the last answer, HTTP or SMTP
    updated_at: datetime


class PlaceInQueue(Struct, frozen=True):
    """Where an export waits, and who could take it."""

    place: int  # from 1; the exports before it are counted up to a limit
    held: bool  # behind others of its owner
    workers: int  # of its type that are alive and take exports
    slots: int


class ExplainedExport(Struct, frozen=True):
    """Everything that is known of one export."""

    export: OperatorExport
    traceparent: str | None
    requeued_at: datetime | None  # when its message was last sent again
    lease_expires_at: datetime | None
    attempts: list[Attempt]  # by number; the running one last
    events: list[StateEvent]  # states, and the latest progress, in order
    messages: list[WaitingMessage]
    notices: list[Notice]
    warnings: dict[str, int] = field(default_factory=dict)  # by code
    turn: PlaceInQueue | None = None  # of one that waits
    pauses: list[Pause] = field(default_factory=list)  # that keep it waiting


def what_is_next(explained: ExplainedExport) -> list[str]:
    """Sentences for a person: what the export waits for, or what can be done about it."""
    export = explained.export
    match export.workflow_state:
        case WorkflowState.CREATED:
            return _waiting(explained)
        case WorkflowState.EXPORTING if export.lapsed:
            return [
                "The lease of its attempt has ended: the next free worker takes it as another attempt.",
                *_paused(explained),
            ]
        case WorkflowState.EXPORTING:
            return [f"{export.worker} builds it, and has done {export.completion:.0f} %."]
        case WorkflowState.FAILED if export.retried_by is not None:
            return [f"Export {export.retried_by} retries it."]
        case WorkflowState.FAILED:
            return [f"`content-exports retry {export.id} --{_option(export.context)}` creates it again."]
        case _:
            return []


def _waiting(explained: ExplainedExport) -> list[str]:
    turn = explained.turn
    sentences = _paused(explained)
    if turn is None:
        return sentences
    if turn.held:
        sentences.append("It waits for exports of its owner that are in flight.")
    else:
        sentences.append(f"It is number {turn.place} of its type.")
    if turn.workers:
        sentences.append(f"Workers of this type: {turn.workers}; slots in all: {turn.slots}.")
    else:
        sentences.append("No worker takes exports of this type.")
    if explained.messages:
        sentences.append("A message about it has not been sent to the broker: the relay or the broker is away.")
    return sentences


def _paused(explained: ExplainedExport) -> list[str]:
    return [
        f"{each.target.name} is {'in quarantine' if each.quarantine else 'paused'}: {each.reason}"
        for each in explained.pauses
    ]


def _option(context: Context) -> str:
    return f"{context.type.lower()} {context.id}"
