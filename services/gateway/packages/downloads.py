"""Packages on their way out: streamed, resumable, under a signed link or the caller's own right."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from aiohttp import hdrs, web

from services.gateway.links import download_url
from services.gateway.packages.expired import DAMAGED, gone, require_there
from services.gateway.packages.file_headers import file_headers
from services.gateway.packages.ranges import Part, Unsatisfiable, other_version_required, part_of, unchanged
from services.gateway.packages.sending import Packages, Source, opened, send_part
from services.gateway.readable_exports import ReadAudit
from services.gateway.verifier import verified
from shared.contracts.api import attachment_json
from shared.domain.audit import Action
from shared.domain.errors import ObjectMissing
from shared.domain.export import Attachment, ContentExport
from shared.domain.rights import Caller
from shared.http.actor import actor_of
from shared.http.answers import json_answer, not_found, other_version, outside_of, unauthenticated
from shared.http.edge import REQUEST_ID
from shared.http.identity import Identity, number
from shared.http.urls import SUFFIX
from shared.runtime.logs import get_logger
from shared.runtime.settings import Settings


class ExportsByFile(Protocol):
    """Exports by their packages."""

    async def of_attachment(self, attachment_id: int) -> ContentExport | None:
        """The export that this package belongs to, with it as its attachment; None for an unknown one."""


@dataclass(frozen=True, slots=True)
class Downloads:
    """Handlers for the files of exports."""

    settings: Settings
    identity: Identity
    exports: ExportsByFile
    store: Packages
    audit: ReadAudit

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/api/v1/files/{id}" + SUFFIX, self.describe)
        app.router.add_get("/files/{id}/download", self.download)

    async def describe(self, request: web.Request) -> web.Response:
        """The File object of a package."""
        caller, export, package = await self._permitted(request)
        if caller.user_id is None:
            raise unauthenticated()
        self.audit.note(Action.SHOW, export.id, actor_of(request, caller), f"file:{package.id}")
        return json_answer(attachment_json(package, download_url(request, self.settings, package, caller.user_id)))

    async def download(self, request: web.Request) -> web.StreamResponse:
        """The bytes of a package, or the range of them that was requested, or where the store hands them out."""
        caller, export, package = await self._permitted(request)
        note = partial(self.audit.note, Action.DOWNLOAD, export.id, actor_of(request, caller), f"file:{package.id}")
        try:
            async with opened(self.store, package.key) as source:
                # Another size means that the store has lost or changed the object: better 410 than other bytes.
                if source.size == package.size:
                    return await self._answer(request, package, source, note)
        except ObjectMissing:
            pass
        await self._permitted(request)  # raises 410 where the package was deleted, or has expired, meanwhile
        get_logger().error("package_missing", key=package.key)
        raise gone(request, self.settings, export, DAMAGED)

    async def _answer(
        self, request: web.Request, package: Attachment, source: Source, note: Callable[[], None]
    ) -> web.StreamResponse:
        """The answer; `note` records a download, and is called once bytes, or the way to them, are given out."""
        etag = f'"{package.sha256}"'
        headers = file_headers(package.filename, package.content_type, etag, package.sha256)
        headers |= {"X-Request-Id": request[REQUEST_ID], "Accept-Ranges": "bytes"}
        if other_version_required(request.headers, etag):
            raise other_version()
        if unchanged(request.headers, etag):
            return web.Response(status=304, headers={"ETag": etag, "Cache-Control": headers["Cache-Control"]})
        if request.method == hdrs.METH_HEAD:  # ranges are for GET alone
            return await send_part(request, source, Part(0, package.size, package.size), headers)
        # The range is then the task of the store.
        if self.settings.download_redirect:
            url = await self.store.signed_url(package.key, self.settings.redirect_ttl_s)
            if url is not None:
                note()
                return web.Response(status=302, headers={"Location": url, "Cache-Control": "no-store"})
        try:
            part = part_of(request.headers, etag, package.size)
        except Unsatisfiable as error:
            raise outside_of(package.size) from error
        # Before the bytes: a download that the client breaks off was a download, too.
        note()
        return await send_part(request, source, part, headers)

    async def _permitted(self, request: web.Request) -> tuple[Caller, ContentExport, Attachment]:
        """(reader, export, package). The reader is the user whom a signed link names, else the caller; others are refused."""
        file_id = number(request.match_info["id"])
        verifier = request.query.get("verifier", "")
        # The user of a valid signature comes before that of a token: a link works in any session.
        user_id = verified(self.settings.secret_key, file_id, verifier, time.time())
        caller = await (self.identity.caller(request) if user_id is None else self.identity.user(user_id))
        if caller.user_id is None:
            if verifier:
                self.identity.charge_guess(request)
            raise unauthenticated()
        export = await self.exports.of_attachment(file_id)
        if export is None or export.attachment is None:
            raise not_found()
        await self.identity.require_read(caller, export)
        require_there(request, self.settings, export, export.attachment)
        return caller, export, export.attachment
