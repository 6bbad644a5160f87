"""The answer for a package that does not exist any more: why, and the request that builds it again."""

from __future__ import annotations

from datetime import UTC, datetime

from aiohttp import web

from services.gateway.links import export_again
from shared.contracts.api import moment
from shared.domain.export import Attachment, ContentExport, WorkflowState
from shared.http.answers import ApiError
from shared.runtime.settings import Settings

DAMAGED = "The package is not whole in the object store any more."


def gone(request: web.Request, settings: Settings, export: ContentExport, why: str) -> ApiError:
    """410, with the request that creates the same export again."""
    error = {"message": f"{why} Ask for the export again to have it built anew.", "error_code": "gone"}
    return ApiError(410, {"errors": [error], "export_again": export_again(request, settings, export)})


def require_there(request: web.Request, settings: Settings, export: ContentExport, package: Attachment) -> None:
    """Pass while the package is available; else raise 410."""
    if export.workflow_state is WorkflowState.DELETED:
        raise gone(request, settings, export, "The export was deleted.")
    if not package.available(datetime.now(UTC)):
        ended = f" on {moment(package.expires_at)}" if package.expires_at else ""
        raise gone(request, settings, export, f"The package expired{ended}.")
