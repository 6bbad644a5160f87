"""The JSON bodies of the operators' part of the admin API."""

from __future__ import annotations

from shared.contracts.api import moment
from shared.contracts.bodies import Id, JsonBody, Moment
from shared.domain.export import ExportType, WorkflowState
from shared.domain.operator.export_actions import Outcome
from shared.domain.operator.pauses import Pause


class ActionResultBody(JsonBody, frozen=True, kw_only=True):
    """What became of an export. `workflow_state` is the one that the action met; null for an unknown export."""

    id: Id
    outcome: Outcome
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
