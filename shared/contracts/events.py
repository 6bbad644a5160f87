"""The event log on the wire: the events of a stream of server-sent events, as they are logged and as they are notified."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from shared.domain.export import FINISHED, Context, ContextType, ExportType, WorkflowState

STATE = "content_export.state"  # the export has reached a state; none is ever left out
PROGRESS = "content_export.progress"  # completion has risen; only the latest matters


class EventData(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The `data` of an event: enough to act upon without another call. What does not apply is absent."""

    content_export_id: int
    progress_id: int
    context_type: ContextType
    context_id: int
    export_type: ExportType
    workflow_state: WorkflowState
    completion: float  # percent, 0..100, never falling within an attempt; 100 at every end
    attempt: int  # 0 until a worker has taken the export, then 1, 2, ...
    at: str  # when it was logged, ISO 8601 in UTC with milliseconds
    course_id: int | None = None  # where the context is a course
    user_id: int | None = None  # who asked for the export
    request_id: str | None = None  # of the request that asked for it: the same in the API's errors and in every log
    warnings_count: int | None = None  # items left out or replaced; known at the end
    error_code: str | None = None  # stable, for programs; where the export has failed
    message: str | None = None  # for people; where the export has failed


class ExportEvent(Struct, frozen=True, kw_only=True):
    """One line of the log. Ids of one context rise in the order of commits, over all its exports."""

    id: int
    name: str  # STATE or PROGRESS
    data: EventData

    @property
    def context(self) -> Context:
        """The course, group or user that the export belongs to."""
        return Context(self.data.context_type, self.data.context_id)

    @property
    def ends_export(self) -> bool:
        """Whether the export has finished with this event."""
        return self.name == STATE and self.data.workflow_state in FINISHED

    def as_state(self, event_id: int | None = None) -> ExportEvent:
        """The same data as a state event, under this id or another one; a snapshot of an export is one."""
        return msgspec.structs.replace(self, name=STATE, id=self.id if event_id is None else event_id)
