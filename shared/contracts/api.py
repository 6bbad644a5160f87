"""JSON bodies of the HTTP API, as Canvas writes them; fields beyond Canvas's come after its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import quote

from shared.domain.export import Attachment, ContentExport, ContextType, Progress, WorkflowState

AttachmentUrl = Callable[[Attachment], str]


def moment(time: datetime) -> str:
    """ISO 8601 in UTC, whole seconds, `Z`."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def content_export_json(export: ContentExport, base_url: str, url_of: AttachmentUrl) -> dict[str, Any]:
    """A ContentExport object. `base_url` is scheme, host and port; a field that does not apply is absent, not null."""
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
        data["attachment"] = attachment_json(export.attachment, url_of(export.attachment))
    if export.warnings_count is not None:
        data["warnings_count"] = export.warnings_count
    if export.workflow_state is WorkflowState.FAILED:
        data["error"] = {"code": export.error_code, "message": export.error_message, "request_id": export.request_id}
    return data


def attachment_json(attachment: Attachment, url: str) -> dict[str, Any]:
    """A File object, for the package of an export."""
    created = moment(attachment.created_at)
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
