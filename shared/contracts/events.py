"""The event log of exports: its lines as event streams and notifications have them, and as CloudEvents."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from shared.contracts.cloud_events import CloudEvent, cloud_event
from shared.contracts.export_events import (
    ExportEventData,
    ExportFacts,
    ExportingData,
    ProgressData,
    subject_of,
    type_of,
)
from shared.domain.export import FINISHED, Context

STATE = "content_export.state"  # the export has reached a state, or its packages are gone; none is ever left out
PROGRESS = "content_export.progress"  # completion has risen; only the latest matters


class ExportEvent(Struct, frozen=True, kw_only=True):
    """One line of the log. Ids of one context rise in the order of commits, over all its exports."""

    id: int
    name: str  # of the event in a stream: STATE or PROGRESS
    data: ExportEventData
    traceparent: str | None = None  # of the request for the export; read for CloudEvents alone

    @property
    def context(self) -> Context:
        """The course, group or user that the export belongs to."""
        return Context(self.data.context_type, self.data.context_id)

    @property
    def ends_export(self) -> bool:
        """Whether the export has finished with this event, or before it."""
        return self.name == STATE and self.data.workflow_state in FINISHED

    def as_state(self, event_id: int | None = None) -> ExportEvent:
        """The present state as an event, under this id or another one: the snapshot of an export is one."""
        data = self.data
        if isinstance(data, ProgressData):
            data = ExportingData(**{name: getattr(data, name) for name in ExportFacts.__struct_fields__})
        return ExportEvent(id=self.id if event_id is None else event_id, name=STATE, data=data)


def export_cloud_event(event: ExportEvent) -> CloudEvent:
    """The event as consumers of the broker and of the whole log get it. Its id is the one of the log."""
    data = event.data
    return cloud_event(
        type_of(data).value,
        data,
        event_id=str(event.id),
        subject=subject_of(data),
        time=datetime.fromisoformat(data.at),
        traceparent=event.traceparent,
        sequence=data.sequence,
    )
