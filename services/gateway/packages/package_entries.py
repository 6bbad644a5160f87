"""What a package holds, without downloading it: the list of its members, and each of them alone."""

from __future__ import annotations

import posixpath
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote

from aiohttp import hdrs, web
from msgspec import UNSET, UnsetType

from services.gateway.links import entries_url, verifier_for
from services.gateway.packages.expired import DAMAGED, gone, require_there
from services.gateway.packages.file_headers import file_headers, is_shown, safe_type
from services.gateway.packages.package_member import PackageMember
from services.gateway.packages.ranges import Part, Unsatisfiable, part_of, unchanged
from services.gateway.packages.sending import Packages, Source, opened, send_part, sending
from services.gateway.paging import link_header, numbered_pages, page_of
from services.gateway.readable_exports import ReadableExports, ReadAudit
from services.gateway.verifier import verified
from shared.contracts.report import entry_json
from shared.domain.audit import Action
from shared.domain.errors import ObjectMissing, UnreadablePackage, in_full
from shared.domain.export import Attachment, ContentExport
from shared.domain.packages.package_entry import PackageEntry
from shared.domain.rights import Caller
from shared.formats.media_types import media_type
from shared.http.actor import actor_of
from shared.http.answers import json_answer, not_found, outside_of
from shared.http.edge import REQUEST_ID
from shared.http.identity import Identity
from shared.http.urls import EXPORTS, SUFFIX
from shared.runtime.logs import get_logger
from shared.runtime.settings import Settings


class Members(Protocol):
    """The members of packages, by export."""

    async def page(self, export_id: int, *, limit: int, offset: int) -> Sequence[PackageEntry]:
        """Members of an export's package, in its order."""

    async def find(self, export_id: int, path: str) -> PackageEntry | None:
        """The member with this path; None for an unknown one."""


@dataclass(frozen=True, slots=True)
class PackageEntriesApi:
    """Handlers for the members of packages."""

    settings: Settings
    identity: Identity
    readable: ReadableExports
    members: Members
    store: Packages
    audit: ReadAudit

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get(EXPORTS + "/{id}/entries" + SUFFIX, self.index)
        app.router.add_get(EXPORTS + "/{id}/entries/{path:.+}", self.download)

    async def index(self, request: web.Request) -> web.Response:
        """The members of the package, or of all parts, in their order; 404 for an export that has none."""
        visit, export = await self.readable.read(request)
        package = self._package_of(request, export)
        page = page_of(request.query.get("page"), request.query.get("per_page"))
        entries = await self.members.page(export.id, limit=page.size, offset=page.offset)
        self.audit.note(Action.ENTRIES, export.id, actor_of(request, visit.caller))
        url = entries_url(request, self.settings, export)
        verifier = verifier_for(self.settings, package, visit.caller.user_id or 0)
        total = sum(each.entries for each in export.attachments)
        link = link_header(url, request.query.items(), numbered_pages(page, total), page.size)
        bodies = [entry_json(entry, _url_of(entry, url, verifier)) for entry in entries]
        return json_answer(bodies, headers={"Link": link})

    async def download(self, request: web.Request) -> web.StreamResponse:
        """The bytes of one member, for those who may download the package."""
        caller, export = await self._permitted(request)
        self._package_of(request, export)
        entry = await self.members.find(export.id, request.match_info["path"])
        # A folder entry of a zip has no bytes.
        if entry is None or entry.path.endswith("/"):
            raise not_found()
        package = export.attachments[entry.part - 1]
        try:
            async with opened(self.store, package.key) as source:
                member = await PackageMember.find(self.store, package.key, entry)
                self.audit.note(Action.DOWNLOAD, export.id, actor_of(request, caller), entry.path)
                return await _answer(request, member, source)
        except (ObjectMissing, UnreadablePackage) as error:
            _, export = await self._permitted(request)
            self._package_of(request, export)  # raises 410 where the package was deleted, or has expired, meanwhile
            get_logger().error("package_missing", key=package.key, reason=in_full(error))
            raise gone(request, self.settings, export, DAMAGED) from error

    async def _permitted(self, request: web.Request) -> tuple[Caller, ContentExport]:
        """(reader, export). The reader is the user whom a signed link names, else the caller; others are refused."""
        verifier = request.query.get("verifier")
        if not verifier:
            visit, export = await self.readable.read(request)
            return visit.caller, export
        visit = await self.identity.enter(request)
        export = await self.readable.find(request, visit.context)
        file_id = export.attachment.id if export.attachment else 0
        user_id = verified(self.settings.secret_key, file_id, verifier, time.time())
        # An invalid signature from a caller who is logged in is no guess: the right of the caller decides.
        if user_id is None:
            if visit.caller.user_id is None:
                self.identity.charge_guess(request)
            visit.require_read(export)
            return visit.caller, export
        caller = await self.identity.user(user_id)
        await self.identity.require_read(caller, export)
        return caller, export

    def _package_of(self, request: web.Request, export: ContentExport) -> Attachment:
        if export.attachment is None:
            raise not_found()
        require_there(request, self.settings, export, export.attachment)
        return export.attachment


def _url_of(entry: PackageEntry, entries: str, verifier: str) -> str | UnsetType:
    """Where a member is downloaded; a folder is not."""
    return UNSET if entry.path.endswith("/") else f"{entries}/{quote(entry.path)}?verifier={verifier}"


async def _answer(request: web.Request, member: PackageMember, source: Source) -> web.StreamResponse:
    """As it lies in the package, with ranges, where it is not compressed; else all of it, inflated."""
    entry = member.entry
    etag = f'"{entry.sha256 or f"{entry.crc32:08x}-{entry.size:x}"}"'
    content_type = safe_type(media_type(entry.path))
    headers = file_headers(
        posixpath.basename(entry.path), content_type, etag, entry.sha256, shown=is_shown(content_type)
    )
    headers |= {"X-Request-Id": request[REQUEST_ID], "Accept-Ranges": "none" if member.deflated else "bytes"}
    if unchanged(request.headers, etag):
        return web.Response(status=304, headers={"ETag": etag, "Cache-Control": headers["Cache-Control"]})
    if member.deflated:
        return await _inflated(request, member, headers)
    part = Part(0, entry.size, entry.size)
    if request.method != hdrs.METH_HEAD:  # ranges are for GET alone
        try:
            part = part_of(request.headers, etag, entry.size)
        except Unsatisfiable as error:
            raise outside_of(entry.size) from error
    return await send_part(request, source, part, headers, offset=member.start)


async def _inflated(request: web.Request, member: PackageMember, headers: dict[str, str]) -> web.StreamResponse:
    answer = web.StreamResponse(headers=headers)
    answer.content_length = member.entry.size
    async with sending(request, answer) as wire:
        if request.method != hdrs.METH_HEAD:
            await member.send_inflated(wire)
    return answer
