"""Which exports of a list are wanted."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from shared.domain.export import ExportType, WorkflowState

_LISTED = tuple(state for state in WorkflowState if state is not WorkflowState.DELETED)


class ExportFilter(Struct, frozen=True, omit_defaults=True):
    """Those that meet all that is not None."""

    workflow_state: WorkflowState | None = None  # None: any but deleted
    export_type: ExportType | None = None
    user_id: int | None = None  # the requester, or the user on whose behalf it was requested
    created_after: datetime | None = None  # from this time on
    created_before: datetime | None = None  # this time itself excluded

    @property
    def states(self) -> tuple[WorkflowState, ...]:
        """The states that an export may have."""
        return _LISTED if self.workflow_state is None else (self.workflow_state,)

    @property
    def types(self) -> tuple[ExportType, ...]:
        """The types that it may have."""
        return tuple(ExportType) if self.export_type is None else (self.export_type,)
