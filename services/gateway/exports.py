"""The Content Exports API: list, show, create, and the report."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from services.gateway.links import export_json
from services.gateway.paging import link_header, page_of
from shared.adapters.postgres.coalesce import Coalesced
from shared.adapters.postgres.content_exports import ContentExports
from shared.domain.errors import InvalidOption, InvalidSelection
from shared.domain.export import (
    ContentExport,
    Context,
    ContextType,
    ExportType,
    NewExport,
)
from shared.domain.package_options import read_options
from shared.domain.rights import may_create, sees_all_in_list
from shared.domain.selection import read_select, truth
from shared.http.answers import invalid, json_answer, not_found
from shared.http.bodies import read_parameters
from shared.http.edge import REQUEST_ID
from shared.http.identity import Identity, number, refused
from shared.http.urls import base_url
from shared.runtime.settings import Settings


@dataclass(slots=True)
class ExportsApi:
    """Handlers for courses, groups and users alike."""

    settings: Settings
    identity: Identity
    exports: ContentExports
    _find: Coalesced[int, ContentExport | None] = field(init=False)
    _create: Coalesced[NewExport, ContentExport] = field(init=False)

    def __post_init__(self) -> None:
        """Reads and writes of many requests travel together."""
        self._find = Coalesced(self.exports.find)
        self._create = Coalesced(self.exports.create)

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        one = "/api/v1/{contexts:courses|groups|users}/{context_id}/content_exports"
        app.router.add_get(one, self.index)
        app.router.add_post(one, self.create)
        app.router.add_get(one + "/{id}", self.show)
        app.router.add_get(one + "/{id}/report", self.report)

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
        export = await self._readable(request)
        return json_answer(export_json(request, self.settings, await self.identity.caller(request), export))

    async def report(self, request: web.Request) -> web.Response:
        """What an export packed and what it left out; 404 until it has finished."""
        export = await self._readable(request)
        receipt = await self.exports.receipt(export.id)
        if receipt is None:
            raise not_found()
        package = export.attachment
        whole = {"content_export_id": export.id, "workflow_state": export.workflow_state.value, **receipt}
        if package is not None:
            whole["package"] = {"sha256": package.sha256, "size": package.size, "entries": package.entries}
        return json_answer(whole)

    async def _readable(self, request: web.Request) -> ContentExport:
        caller = await self.identity.caller(request)
        context = await self.identity.context_of(request, caller)
        export = await self._find(number(request.match_info["id"]))
        if export is None or export.context != context:
            await self.identity.rights_in(caller, context)  # the context's own 404 or 401 comes first
            raise not_found()
        await self.identity.require_read(caller, export)
        return export

    async def create(self, request: web.Request) -> web.Response:
        """Ask for an export: answered once it has committed, built later."""
        caller = await self.identity.logged_in(request)
        context = await self.identity.context_of(request, caller)
        held = await self.identity.rights_in(caller, context)
        if not held.read:
            raise refused(caller)
        parameters = await read_parameters(request)
        export_type = _export_type(parameters.get("export_type"), context)
        settings = _settings(parameters, export_type)
        if not may_create(caller, held, export_type) or caller.user_id is None:
            raise refused(caller)
        export = await self._create(NewExport(context, caller.user_id, export_type, settings, request[REQUEST_ID]))
        return json_answer(export_json(request, self.settings, caller, export))


def _export_type(wanted: Any, context: Context) -> ExportType:
    """The type asked for. Canvas packs courses in all three ways, groups and users as zip only."""
    allowed = set(ExportType) if context.type is ContextType.COURSE else {ExportType.ZIP}
    if not isinstance(wanted, str) or wanted not in allowed:
        raise invalid("invalid export_type")
    return ExportType(wanted)


def _settings(parameters: dict[str, Any], export_type: ExportType) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    try:
        read_select(parameters.get("select"))
        settings |= read_options(parameters, export_type)
    except (InvalidOption, InvalidSelection) as error:
        raise invalid(str(error)) from error
    if parameters.get("select"):
        settings["select"] = parameters["select"]
    if truth(parameters.get("skip_notifications")):
        settings["skip_notifications"] = True
    return settings
