"""Exports and progress as the JSON bodies of the HTTP API."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Literal
from urllib.parse import quote

import msgspec
from msgspec import UNSET

from shared.contracts import bodies
from shared.contracts.estimates import estimate_or_unset
from shared.domain.expected import ExpectedTimes
from shared.domain.export import Attachment, ContentExport, ContextType, Progress, WorkflowState
from shared.domain.operator.paused_wait import PausedWait
from shared.domain.packages.package_load import PackageLoad

AttachmentUrl = Callable[[Attachment], str]


def moment(time: datetime) -> str:
    """ISO 8601 in UTC, whole seconds, `Z`."""
    text: str = msgspec.to_builtins(time.replace(microsecond=0))  # in half the time of isoformat
    return text


def moment_or_null(time: datetime | None) -> str | None:
    """The same; None where there is no such time."""
    return None if time is None else moment(time)


def content_export_json(
    export: ContentExport,
    base_url: str,
    url_of: AttachmentUrl,
    now: datetime | None = None,
    expected: ExpectedTimes | None = None,
) -> bodies.ContentExportBody:
    """A ContentExport object. `base_url` is scheme, host and port.

    `attachment` is the package, or the first of several, which are all in `attachments`; it is there until it expires.
    """
    state = export.workflow_state
    packages = export.attachments if state is WorkflowState.EXPORTED else ()
    there = bool(packages) and packages[0].available(now or datetime.now(UTC))
    ends = packages[0].expires_at if packages else None
    attachments = [attachment_json(each, url_of(each)) for each in packages] if there else []
    return bodies.ContentExportBody(
        id=export.id,
        user_id=export.user_id,
        created_at=moment(export.created_at),
        workflow_state=state,
        export_type=export.export_type,
        progress_url=progress_url(export.progress_id, base_url),
        course_id=export.context.id if export.context.type is ContextType.COURSE else UNSET,
        attachment=attachments[0] if attachments else UNSET,
        attachments=attachments if len(attachments) > 1 else UNSET,
        expires_at=moment(ends) if ends is not None else UNSET,
        retry_of=UNSET if export.settings.retry_of is None else export.settings.retry_of,
        retried_by=UNSET if export.retried_by is None else export.retried_by,
        estimate=estimate_or_unset(expected),
        warnings_count=UNSET if export.warnings_count is None else export.warnings_count,
        paused=UNSET if export.pause is None else _paused(export.pause),
        error=_error(export) if state is WorkflowState.FAILED else UNSET,
    )


def _paused(pause: PausedWait) -> bodies.PausedBody:
    code: Literal["paused", "quarantined"] = "quarantined" if pause.quarantine else "paused"
    return bodies.PausedBody(code=code, message=pause.message, since=moment(pause.since))


def _error(export: ContentExport) -> bodies.ExportErrorBody:
    return bodies.ExportErrorBody(code=export.error_code, message=export.error_message, request_id=export.request_id)


def attachment_json(attachment: Attachment, url: str) -> bodies.AttachmentBody:
    """A File object, for the package of an export."""
    created = moment(attachment.created_at)
    several = attachment.parts > 1
    return bodies.AttachmentBody(
        id=attachment.id,
        uuid=attachment.uuid,
        display_name=attachment.filename,
        filename=quote(attachment.filename, safe=""),
        content_type=attachment.content_type,
        url=url,
        size=attachment.size,
        created_at=created,
        updated_at=created,
        modified_at=created,
        mime_class="zip" if attachment.content_type == "application/zip" else "file",
        sha256=attachment.sha256,
        entries=attachment.entries,
        part=attachment.part if several else UNSET,
        parts=attachment.parts if several else UNSET,
        package_state=UNSET if attachment.state is None else attachment.state,
        checked_at=UNSET if attachment.checked_at is None else moment(attachment.checked_at),
    )


def progress_json(progress: Progress, base_url: str, expected: ExpectedTimes | None = None) -> bodies.ProgressBody:
    """A Progress object; `completion` is always a number, and 100 at every end."""
    return bodies.ProgressBody(
        id=progress.id,
        context_id=progress.export_id,
        user_id=progress.user_id,
        completion=progress.completion,
        workflow_state=progress.workflow_state,
        created_at=moment(progress.created_at),
        updated_at=moment(progress.updated_at),
        message=progress.message,
        url=progress_url(progress.id, base_url),
        estimate=estimate_or_unset(expected),
    )


def export_url(export: ContentExport, base_url: str) -> str:
    """Where an export is shown."""
    return f"{base_url}/api/v1/{export.context.path}/content_exports/{export.id}"


def load_progress_json(load: PackageLoad, base_url: str) -> bodies.ProgressBody:
    """The Progress of a load."""
    return bodies.ProgressBody(
        id=load.progress_id,
        context_id=load.id,
        context_type="PackageLoad",
        user_id=load.actor.user_id,
        tag="package_load",
        completion=load.completion,
        workflow_state=load.workflow_state,
        created_at=moment(load.created_at),
        updated_at=moment(load.updated_at),
        message=load.error_message,
        url=progress_url(load.progress_id, base_url),
    )


def progress_url(progress_id: int, base_url: str) -> str:
    """Where an export's progress is read."""
    return f"{base_url}/api/v1/progress/{progress_id}"
