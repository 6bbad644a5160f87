"""Addresses that the gateway gives out: where a package is downloaded, and how an export is requested again."""

from __future__ import annotations

import time
from typing import Any

import msgspec
from aiohttp import web
from msgspec.structs import replace

from services.gateway.verifier import sign
from shared.contracts import bodies
from shared.contracts.api import content_export_json
from shared.domain.expected import ExpectedTimes
from shared.domain.export import Attachment, ContentExport, Context
from shared.domain.rights import Caller
from shared.http.urls import base_url
from shared.runtime.settings import Settings


def export_json(
    request: web.Request,
    settings: Settings,
    caller: Caller,
    export: ContentExport,
    *,
    whole: bool = True,
    expected: ExpectedTimes | None = None,
) -> bodies.ContentExportBody:
    """A ContentExport object with links for this caller, who may read it; not `whole`: its state, without its packages."""
    base = base_url(request, settings)
    return content_export_json(
        export if whole else export.without_packages(),
        base,
        lambda attachment: download_url(request, settings, attachment, caller.user_id or 0),
        expected=expected,
    )


def download_url(request: web.Request, settings: Settings, attachment: Attachment, user_id: int) -> str:
    """A link that downloads the package for a while, as far as this user may still read its export."""
    verifier = verifier_for(settings, attachment, user_id)
    return f"{base_url(request, settings)}/files/{attachment.id}/download?download_frd=1&verifier={verifier}"


def verifier_for(settings: Settings, attachment: Attachment, user_id: int) -> str:
    """The signature of a link to a package or its members, which opens it while this user may read its export."""
    return sign(settings.secret_key, attachment.id, user_id, int(time.time() + settings.download_ttl_s))


def exports_url(request: web.Request, settings: Settings, context: Context) -> str:
    """Where the exports of a context are listed and created."""
    return f"{base_url(request, settings)}/api/v1/{context.path}/content_exports"


def export_url(request: web.Request, settings: Settings, export: ContentExport) -> str:
    """Where an export is shown."""
    return f"{exports_url(request, settings, export.context)}/{export.id}"


def entries_url(request: web.Request, settings: Settings, export: ContentExport) -> str:
    """Where the members of an export's package are listed."""
    return f"{export_url(request, settings, export)}/entries"


def export_again(request: web.Request, settings: Settings, export: ContentExport) -> dict[str, Any]:
    """The request that builds the same export anew: method, url, JSON body."""
    options = msgspec.to_builtins(replace(export.settings, retry_of=None, command=None))
    return {
        "method": "POST",
        "url": exports_url(request, settings, export.context),
        "body": {"export_type": export.export_type.value, **options},
    }
