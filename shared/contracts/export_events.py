"""The data of the events of exports: one struct for each type, the same on the broker, in event streams and in webhooks.

Every event says which export it is about; a state event has the ContentExport as the API shows it, without links that
carry a right: a reader fetches those with its own token. Within `.v1` fields are only added; what does not apply is absent.
Addresses begin with the service's public address where that is set, else they are paths.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from shared.contracts.bodies import ExportAgain, Moment
from shared.contracts.estimate_body import EstimateBody, Instant
from shared.domain.export import ContextType, ExportType, WorkflowState


class EventType(StrEnum):
    """What has happened to an export, by the `type` of its events."""

    REQUESTED = "content_export.requested.v1"
    EXPORTING = "content_export.exporting.v1"
    PROGRESS = "content_export.progress.v1"
    EXPORTED = "content_export.exported.v1"
    FAILED = "content_export.failed.v1"
    CANCELLED = "content_export.cancelled.v1"
    EXPIRED = "content_export.expired.v1"
    DELETED = "content_export.deleted.v1"

    @property
    def what(self) -> str:
        """The word of routing keys: requested, exporting, ..."""
        return self.value.split(".")[1]


class CommandName(Struct, frozen=True, kw_only=True):
    """The command that requested the export: the `source` and `id` of its event."""

    source: str
    id: str


class EventAttachment(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A package. `url` is where its export is shown; a link that downloads it is in the answer there."""

    filename: str
    content_type: str
    size: int  # bytes
    sha256: str
    entries: int
    url: str
    expires_at: Moment | None = None  # absent: never


class EventError(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why an export has ended without a package: a stable code and a sentence."""

    code: str | None = None
    message: str | None = None
    attempt: int  # 0 where no worker had taken the export
    request_id: str | None = None


class ExportFacts(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type"):
    """What every event says. `type` is the tag, the same as the type of the CloudEvent."""

    id: int  # of the export, as is content_export_id
    content_export_id: int
    progress_id: int
    context: str  # its path: courses/42
    context_type: ContextType
    context_id: int
    export_type: ExportType
    workflow_state: WorkflowState
    completion: float  # percent, 0..100, never falling within an attempt; 100 at every end
    attempt: int  # 0 until a worker has taken the export, then 1, 2, ...
    at: Instant  # when it was logged
    created_at: Moment  # of the export
    skip_notifications: bool
    url: str  # where the export is shown
    progress_url: str
    sequence: str | None = (
        None  # a decimal number: from 1 for each export, without gaps; absent where `type` is progress
    )
    course_id: int | None = None  # where the context is a course
    user_id: int | None = None  # the user who requested the export
    request_id: str | None = None  # of the request: the same in the API's errors and in every log
    retry_of: int | None = None  # the failed export that this one retries
    command: CommandName | None = None  # where a command of a service requested the export
    estimate: EstimateBody | None = None  # until the end, as far as it was known then
    warnings_count: int | None = None  # items left out or replaced; known at the end
    error_code: str | None = None  # stable, for programs; where the export has failed
    message: str | None = None  # for people; where the export has failed


class RequestedData(ExportFacts, frozen=True, kw_only=True, tag=EventType.REQUESTED.value):
    """An export was requested, and waits for a worker."""


class ExportingData(ExportFacts, frozen=True, kw_only=True, tag=EventType.EXPORTING.value):
    """A worker builds the export."""


class ProgressData(ExportFacts, frozen=True, kw_only=True, tag=EventType.PROGRESS.value):
    """Completion has risen. Only the latest matters; on the broker there is at most one a second for each export."""

    items_done: int | None = None  # members written to the package; absent in events of earlier releases
    items_total: int | None = None  # of the context's content of these kinds, selected or not: an upper bound
    bytes_done: int | None = None  # of their content, before it is compressed
    bytes_total: int | None = None


class ExportedData(ExportFacts, frozen=True, kw_only=True, tag=EventType.EXPORTED.value):
    """The export has its package, or several."""

    attachments: list[EventAttachment]
    complete: bool  # nothing that was expected is missing
    report_url: str
    expires_at: Moment | None = None  # absent: never


class FailedData(ExportFacts, frozen=True, kw_only=True, tag=EventType.FAILED.value):
    """The export has ended without a package."""

    error: EventError


class CancelledData(ExportFacts, frozen=True, kw_only=True, tag=EventType.CANCELLED.value):
    """The export was ended by a person or a service; its `workflow_state` is failed, as in the API."""

    error: EventError


class ExpiredData(ExportFacts, frozen=True, kw_only=True, tag=EventType.EXPIRED.value):
    """The packages were removed at the end of their time; `workflow_state` stays exported, as in the API."""

    export_again: ExportAgain


class DeletedData(ExportFacts, frozen=True, kw_only=True, tag=EventType.DELETED.value):
    """The export was deleted, and its packages with it."""

    export_again: ExportAgain


StateData = RequestedData | ExportingData | ExportedData | FailedData | CancelledData | ExpiredData | DeletedData
ExportEventData = StateData | ProgressData

DATA: dict[EventType, type[ExportFacts]] = {
    EventType.REQUESTED: RequestedData,
    EventType.EXPORTING: ExportingData,
    EventType.PROGRESS: ProgressData,
    EventType.EXPORTED: ExportedData,
    EventType.FAILED: FailedData,
    EventType.CANCELLED: CancelledData,
    EventType.EXPIRED: ExpiredData,
    EventType.DELETED: DeletedData,
}


def type_of(data: ExportFacts) -> EventType:
    """The type of an event with this data."""
    return EventType(str(data.__struct_config__.tag))


def subject_of(data: ExportFacts) -> str:
    """The `subject` of its CloudEvent, the export: `courses/42/content_exports/17`. It is what `sequence` counts in."""
    return f"{data.context}/content_exports/{data.id}"


def at_address(data: ExportEventData, base_url: str) -> ExportEventData:
    """The same data with its paths below the service's public address; unchanged where that is empty."""
    if not base_url:
        return data
    links: dict[str, Any] = {"url": base_url + data.url, "progress_url": base_url + data.progress_url}
    if isinstance(data, ExportedData):
        links["report_url"] = base_url + data.report_url
        links["attachments"] = [replace(each, url=base_url + each.url) for each in data.attachments]
    elif isinstance(data, ExpiredData | DeletedData):
        links["export_again"] = replace(data.export_again, url=base_url + data.export_again.url)
    return replace(data, **links)
