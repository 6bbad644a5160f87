"""What an operator does to exports by their ids, and to all that failed of one cause; and the outcome for each."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from shared.domain.error_codes import ErrorCode
from shared.domain.export import FINISHED, Context, ExportType, WorkflowState


class ActionOutcome(StrEnum):
    """What became of an export that an action named."""

    SENT_AGAIN = "sent_again"  # it waited, and its message is sent once more
    TAKEN_BACK = "taken_back"  # it was taken from its worker, and waits again
    ENDED = "ended"  # it is failed now
    FINISHED = "finished"  # it had ended before: nothing is changed
    UNKNOWN = "unknown"  # there is no such export

    @property
    def is_done(self) -> bool:
        """Whether the action did what it was called for."""
        return self not in {ActionOutcome.FINISHED, ActionOutcome.UNKNOWN}


class ActionResult(Struct, frozen=True):
    """What became of one export. `workflow_state` is the one that the action met; None for an unknown export."""

    id: int
    outcome: ActionOutcome
    workflow_state: WorkflowState | None


def requeued(export_id: int, state: WorkflowState | None) -> ActionResult:
    """What a requeue does to an export in this state; None stands for an unknown one."""
    outcomes = {WorkflowState.CREATED: ActionOutcome.SENT_AGAIN, WorkflowState.EXPORTING: ActionOutcome.TAKEN_BACK}
    return _result(export_id, state, outcomes.get(state, ActionOutcome.FINISHED) if state else ActionOutcome.UNKNOWN)


def ended(export_id: int, state: WorkflowState | None) -> ActionResult:
    """What an end by hand does to an export in this state; None stands for an unknown one."""
    return _result(export_id, state, ActionOutcome.FINISHED if state in FINISHED else ActionOutcome.ENDED)


def _result(export_id: int, state: WorkflowState | None, outcome: ActionOutcome) -> ActionResult:
    return ActionResult(export_id, ActionOutcome.UNKNOWN if state is None else outcome, state)


class FailedExports(Struct, frozen=True):
    """Which failed exports are created again: those that meet all that is not None."""

    code: ErrorCode
    since: datetime  # they failed at this time or later
    before: datetime  # and before this one, so that what fails again meanwhile is not taken twice
    export_type: ExportType | None = None
    context: Context | None = None
    user_id: int | None = None  # the owner


class RetriedExport(Struct, frozen=True):
    """A failed export, and the one that retries it; `id` is None in a dry run."""

    failed_id: int
    id: int | None
