"""The Content Exports API: list, show, the report, and an end by hand."""

from __future__ import annotations

from dataclasses import dataclass, field

from aiohttp import web

from services.gateway.links import entries_url, export_json
from services.gateway.paging import link_header, page_of
from shared.adapters.postgres.coalesce import Coalesced
from shared.adapters.postgres.content_exports import ContentExports
from shared.contracts.report import report_json
from shared.domain.export import ContentExport, Context
from shared.domain.rights import sees_all_in_list
from shared.http.answers import json_answer, not_found
from shared.http.identity import Identity, number, refused
from shared.http.urls import base_url
from shared.runtime.settings import Settings

EXPORTS = "/api/v1/{contexts:courses|groups|users}/{context_id}/content_exports"
JSON = r"{format:(?:\.json)?}"  # Canvas takes a format suffix on every route

_FAILED_BY_ADMIN = "manually marked failed by a site administrator"


@dataclass(slots=True)
class ExportsApi:
    """Handlers for courses, groups and users alike."""

    settings: Settings
    identity: Identity
    exports: ContentExports
    _find: Coalesced[int, ContentExport | None] = field(init=False)

    def __post_init__(self) -> None:
        """Reads of many requests travel together."""
        self._find = Coalesced(self.exports.find)

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get(EXPORTS + JSON, self.index)
        app.router.add_get(EXPORTS + "/{id}", self.show)
        app.router.add_get(EXPORTS + "/{id}/report", self.report)
        app.router.add_put(EXPORTS + "/{id}/fail" + JSON, self.fail)

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
        url = f"{base_url(request, self.settings)}/api/v1/{context.type.route}/{context.id}/content_exports"
        link = link_header(url, request.query.items(), page, total)
        return json_answer(
            [export_json(request, self.settings, caller, export) for export in found], headers={"Link": link}
        )

    async def show(self, request: web.Request) -> web.Response:
        """One export of the context."""
        export = await self.readable(request)
        return json_answer(export_json(request, self.settings, await self.identity.caller(request), export))

    async def report(self, request: web.Request) -> web.Response:
        """What an export packed and what it left out; 404 until it has finished."""
        export = await self.readable(request)
        receipt = await self.exports.receipt(export.id)
        if receipt is None:
            raise not_found()
        return json_answer(report_json(export, receipt, entries_url(request, self.settings, export)))

    async def readable(self, request: web.Request) -> ContentExport:
        """The export that the path names, for a caller who may read it."""
        caller = await self.identity.caller(request)
        context = await self.identity.context_of(request, caller)
        export = await self.within(context, request)
        await self.identity.require_read(caller, export)
        return export

    async def within(self, context: Context, request: web.Request) -> ContentExport:
        """The export that the path names; 404 for one of another context."""
        export = await self._find(number(request.match_info["id"]))
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
            export = await self.within(context, request)
        return json_answer(export_json(request, self.settings, caller, export))
