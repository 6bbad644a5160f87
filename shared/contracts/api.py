"""JSON bodies of the HTTP API, as Canvas writes them; fields beyond Canvas's come after its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from shared.domain.export import Attachment, ContentExport, ContextType, Progress, WorkflowState

AttachmentUrl = Callable[[Attachment], str]


def moment(time: datetime) -> str:
    """ISO 8601 in UTC, whole seconds, `Z`."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def content_export_json(
    export: ContentExport, base_url: str, url_of: AttachmentUrl, now: datetime | None = None
) -> dict[str, Any]:
    """A ContentExport object. `base_url` is scheme, host and port; a field that does not apply is absent, not null.

    `attachment` is the package, or the first of several, which are all in `attachments`; it is there until it expires.
    """
    data: dict[str, Any] = {
        "id": export.id,
        "user_id": export.user_id,
        "created_at": moment(export.created_at),
        "workflow_state": export.workflow_state.value,
        "export_type": export.export_type.value,
        "progress_url": progress_url(export.progress_id, base_url),
    }
    if export.context.type is ContextType.COURSE:
        data["course_id"] = export.context.id
    if export.attachment is not None and export.workflow_state is WorkflowState.EXPORTED:
        data |= _packages_json(export, url_of, now or datetime.now(UTC))
    if "retry_of" in export.settings:
        data["retry_of"] = export.settings["retry_of"]
    if export.warnings_count is not None:
        data["warnings_count"] = export.warnings_count
    if export.workflow_state is WorkflowState.FAILED:
        data["error"] = {"code": export.error_code, "message": export.error_message, "request_id": export.request_id}
    return data


def _packages_json(export: ContentExport, url_of: AttachmentUrl, now: datetime) -> dict[str, Any]:
    """Where the packages are, and until when; how long they were there, once they are gone."""
    data: dict[str, Any] = {}
    first, *others = export.attachments
    if first.available(now):
        data["attachment"] = attachment_json(first, url_of(first))
        if others:
            data["attachments"] = [attachment_json(each, url_of(each)) for each in export.attachments]
    if first.expires_at is not None:
        data["expires_at"] = moment(first.expires_at)
    return data


def attachment_json(attachment: Attachment, url: str) -> dict[str, Any]:
    """A File object, for the package of an export."""
    created = moment(attachment.created_at)
    place = {"part": attachment.part, "parts": attachment.parts} if attachment.parts > 1 else {}
    return {
        "id": attachment.id,
        "uuid": attachment.uuid,
        "folder_id": None,
        "display_name": attachment.filename,
        "filename": quote(attachment.filename, safe=""),
        "upload_status": "success",
        "content-type": attachment.content_type,
        "url": url,
        "size": attachment.size,
        "created_at": created,
        "updated_at": created,
        "unlock_at": None,
        "locked": False,
        "hidden": False,
        "lock_at": None,
        "hidden_for_user": False,
        "thumbnail_url": None,
        "modified_at": created,
        "mime_class": "zip" if attachment.content_type == "application/zip" else "file",
        "media_entry_id": None,
        "category": "uncategorized",
        "locked_for_user": False,
        "sha256": attachment.sha256,
        "entries": attachment.entries,
        **place,
    }


def progress_json(progress: Progress, base_url: str) -> dict[str, Any]:
    """A Progress object; `completion` is always a number, and 100 at every end."""
    return {
        "id": progress.id,
        "context_id": progress.export_id,
        "context_type": "ContentExport",
        "user_id": progress.user_id,
        "tag": "content_export",
        "completion": progress.completion,
        "workflow_state": progress.workflow_state,
        "created_at": moment(progress.created_at),
        "updated_at": moment(progress.updated_at),
        "message": progress.message,
        "url": progress_url(progress.id, base_url),
    }


def progress_url(progress_id: int, base_url: str) -> str:
    """Where an export's progress is asked for."""
    return f"{base_url}/api/v1/progress/{progress_id}"
