"""The Content Exports API: list, show, the report, and an end by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import dataclass, field

from aiohttp import web

from services.gateway.links import entries_url, export_json, exports_url
from services.gateway.paging import link_header, page_of
from services.gateway.waiting import News
from shared.adapters.postgres.coalesce import Coalesced
from shared.adapters.postgres.content_exports import ContentExports
from shared.contracts.report import report_json
from shared.domain.export import FINISHED, ContentExport, Context
from shared.domain.path_ids import parse_number
from shared.domain.rights import Caller, sees_all_in_list
from shared.http.answers import json_answer, not_found
from shared.http.identity import Identity, number, refused
from shared.http.polling import etag, known, not_modified, retry_after, wait_s
from shared.http.urls import EXPORTS, SUFFIX
from shared.runtime.logs import get_logger
from shared.runtime.settings import Settings

_ONE = r"/{id:(?!events(?:\.json)?/?$)[^/]+?}"  # the stream of events is no export

Readable = tuple[Caller, ContentExport]

_FAILED_BY_ADMIN = "manually marked failed by a site administrator"


@dataclass(slots=True)
class ExportsApi:
    """Handlers for courses, groups and users alike."""

    settings: Settings
    identity: Identity
    exports: ContentExports
    news: News
    _find: Coalesced[int, ContentExport | None] = field(init=False)

    def __post_init__(self) -> None:
        """Reads of many requests travel together."""
        self._find = Coalesced(self.exports.find, self.exports.connection)

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get(EXPORTS + _ONE + SUFFIX, self.show)
        app.router.add_get(EXPORTS + "/{id}/report" + SUFFIX, self.report)
        app.router.add_put(EXPORTS + "/{id}/fail" + SUFFIX, self.fail)
        app.router.add_get(EXPORTS + SUFFIX, self.index)

    async def index(self, request: web.Request) -> web.Response:
        """The exports of a context that the caller sees, newest first."""
        caller = await self.identity.caller(request)
        context = await self.identity.context_of(request, caller)
        held = await self.identity.rights_in(caller, context)
        if not held.read:
            raise refused(caller)
        page = page_of(request.query.get("page"), request.query.get("per_page"))
        found, total = await self.exports.page(
            context,
            caller.user_id,
            reads_as_admin=sees_all_in_list(held, context),
            limit=page.size,
            offset=page.offset,
        )
        link = link_header(exports_url(request, self.settings, context), request.query.items(), page, total)
        return json_answer(
            [export_json(request, self.settings, caller, export) for export in found], headers={"Link": link}
        )

    async def show(self, request: web.Request) -> web.Response:
        """One export of the context. While it is under way, `wait` is for its end, or for another state than the ETag's."""
        caller, export = await self.readable(request)
        if export.workflow_state not in FINISHED and (wait := wait_s(request)):
            caller, export = await self._awaited(request, export.id, wait)
        headers = {}
        if export.workflow_state not in FINISHED:
            headers = {"ETag": _etag(export), "Retry-After": retry_after(export.created_at)}
            if known(request, headers["ETag"]):
                return not_modified(headers)
        return json_answer(export_json(request, self.settings, caller, export), headers=headers)

    async def _awaited(self, request: web.Request, export_id: int, wait: float) -> Readable:
        """The export at its end, at a change that the client does not know, or when the time is over."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + wait
        conditional = "If-None-Match" in request.headers
        with self.news.of(export_id) as changed:
            while True:
                changed.clear()
                caller = await self.identity.checked(request)  # anew: a token may have been revoked meanwhile
                export = await self._readable_by(caller, request)
                left = deadline - loop.time()
                if export.workflow_state in FINISHED or left <= 0 or self.news.closed:
                    return caller, export
                if conditional and not known(request, _etag(export)):
                    return caller, export
                with suppress(TimeoutError):
                    async with asyncio.timeout(left):
                        await changed.wait()

    async def report(self, request: web.Request) -> web.Response:
        """What an export packed and what it left out; 404 until it has finished."""
        _, export = await self.readable(request)
        receipt = await self.exports.receipt(export.id)
        if receipt is None:
            raise not_found()
        return json_answer(report_json(export, receipt, entries_url(request, self.settings, export)))

    async def readable(self, request: web.Request) -> Readable:
        """Who asks, and the export that the path names, which they may read."""
        finding = self._finding(request)  # it travels while the caller is looked up
        caller = await self.identity.caller(request)
        return caller, await self._readable_by(caller, request, finding)

    async def _readable_by(
        self, caller: Caller, request: web.Request, finding: Awaitable[ContentExport | None] | None = None
    ) -> ContentExport:
        context = await self.identity.context_of(request, caller)
        export = await self.within(context, request, finding)
        await self.identity.require_read(caller, export)
        return export

    def _finding(self, request: web.Request) -> Awaitable[ContentExport | None] | None:
        export_id = parse_number(request.match_info["id"])
        return None if export_id is None else self._find(export_id)

    async def within(
        self, context: Context, request: web.Request, finding: Awaitable[ContentExport | None] | None = None
    ) -> ContentExport:
        """The export that the path names; 404 for one of another context. `finding` is the same export on its way."""
        export = await (finding or self._find(number(request.match_info["id"])))
        if export is None or export.context != context:
            raise not_found()
        return export

    async def fail(self, request: web.Request) -> web.Response:
        """End an unfinished export by hand; for site admins. A finished one stays as it is, and is answered likewise."""
        caller = await self.identity.logged_in(request)
        context = await self.identity.context_of(request, caller)
        await self.identity.rights_in(caller, context)
        if not caller.site_admin:
            raise refused(caller)
        export = await self.within(context, request)
        if await self.exports.cancel(export.id, _FAILED_BY_ADMIN, "failed_by_admin"):
            get_logger().info("export_failed_by_admin", export_id=export.id, user_id=caller.user_id)
            export = await self.within(context, request)
        return json_answer(export_json(request, self.settings, caller, export))


def _etag(export: ContentExport) -> str:
    return etag(export.id, export.workflow_state, export.attempt)
