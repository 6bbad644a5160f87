"""Packages on their way out: streamed, resumable, under a signed link or the caller's own right."""

from __future__ import annotations

import base64
import time
from dataclasses import dataclass
from urllib.parse import quote

from aiohttp import web

from services.gateway.ranges import Part, Unsatisfiable, part_of, unchanged
from services.gateway.verifier import sign, verify
from shared.adapters.object_store import ObjectStore
from shared.adapters.postgres.content_exports import ContentExports
from shared.contracts.api import attachment_json
from shared.domain.errors import ObjectMissing
from shared.domain.export import Attachment
from shared.http.answers import ApiError, json_answer, not_found
from shared.http.identity import Identity, number
from shared.http.urls import base_url
from shared.runtime.logs import get_logger
from shared.runtime.settings import Settings


@dataclass(slots=True)
class Downloads:
    """Handlers for the files of exports."""

    settings: Settings
    identity: Identity
    exports: ContentExports
    store: ObjectStore

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/api/v1/files/{id}", self.describe)
        app.router.add_get("/files/{id}/download", self.download)

    async def describe(self, request: web.Request) -> web.Response:
        """The File object of a package."""
        attachment = await self._permitted(request)
        until = int(time.time() + self.settings.download_ttl_s)
        verifier = sign(self.settings.secret_key, attachment.id, until)
        base = base_url(request, self.settings)
        url = f"{base}/files/{attachment.id}/download?download_frd=1&verifier={verifier}"
        return json_answer(attachment_json(attachment, url))

    async def download(self, request: web.Request) -> web.StreamResponse:
        """The bytes of a package, or the range of them that was asked for."""
        attachment = await self._permitted(request)
        etag = f'"{attachment.sha256}"'
        headers = _headers(attachment, etag)
        if unchanged(request.headers, etag):
            return web.Response(status=304, headers={"ETag": etag})
        try:
            part = part_of(request.headers, etag, attachment.size)
        except Unsatisfiable:
            body = {"errors": [{"message": "The requested range lies outside of the file."}]}
            return json_answer(body, status=416, headers={"Content-Range": f"bytes */{attachment.size}"})
        return await self._send(request, attachment, part, headers)

    async def _send(
        self, request: web.Request, attachment: Attachment, part: Part, headers: dict[str, str]
    ) -> web.StreamResponse:
        if not await self._whole(attachment):
            get_logger().error("package_missing", key=attachment.key)
            message = "The package is not in the object store any more; start the export again."
            raise ApiError(410, {"errors": [{"message": message, "error_code": "gone"}]})
        answer = web.StreamResponse(status=200 if part.whole else 206, headers=headers)
        if not part.whole:
            answer.headers["Content-Range"] = part.content_range
        answer.content_length = part.stop - part.start
        await answer.prepare(request)
        if request.method != "HEAD":
            async for chunk in self.store.read_range(attachment.key, part.start, part.stop):
                await answer.write(chunk)
        await answer.write_eof()
        return answer

    async def _whole(self, attachment: Attachment) -> bool:
        try:
            return await self.store.size(attachment.key) == attachment.size
        except ObjectMissing:
            return False

    async def _permitted(self, request: web.Request) -> Attachment:
        """The package, for whoever has a good verifier or may read its export."""
        file_id = number(request.match_info["id"])
        export = await self.exports.of_attachment(file_id)
        verifier = request.query.get("verifier", "")
        signed = bool(verifier) and verify(self.settings.secret_key, file_id, verifier, time.time())
        if not signed:
            caller = await self.identity.logged_in(request)
            if export is None:
                raise not_found()
            await self.identity.require_read(caller, export)
        if export is None or export.attachment is None:
            raise not_found()
        return export.attachment


def _headers(attachment: Attachment, etag: str) -> dict[str, str]:
    digest = base64.b64encode(bytes.fromhex(attachment.sha256)).decode()
    plain = attachment.filename.encode("ascii", "replace").decode().replace('"', "'").replace("\\", "_")
    return {
        "Content-Type": attachment.content_type,
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(attachment.filename, safe='')}",
        "ETag": etag,
        "Repr-Digest": f"sha-256=:{digest}:",
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-transform",
        "X-Content-Type-Options": "nosniff",
    }
