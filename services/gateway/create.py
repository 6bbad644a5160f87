"""Asking for an export."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from services.gateway.exports import EXPORTS, JSON
from services.gateway.links import export_json
from shared.adapters.postgres.coalesce import Coalesced
from shared.adapters.postgres.content_exports import ContentExports
from shared.domain.errors import InvalidOption, InvalidSelection
from shared.domain.export import ContentExport, Context, ContextType, ExportType, NewExport
from shared.domain.package_options import read_options
from shared.domain.rights import may_create
from shared.domain.selection import read_select, truth
from shared.http.answers import invalid, json_answer
from shared.http.bodies import read_parameters
from shared.http.edge import REQUEST_ID
from shared.http.identity import Identity, refused
from shared.runtime.settings import Settings


@dataclass(slots=True)
class CreateApi:
    """Handlers for courses, groups and users alike."""

    settings: Settings
    identity: Identity
    exports: ContentExports
    _create: Coalesced[NewExport, ContentExport] = field(init=False)

    def __post_init__(self) -> None:
        """Writes of many requests travel together."""
        self._create = Coalesced(self.exports.create)

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_post(EXPORTS + JSON, self.create)

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
        settings["user_time_zone"] = caller.time_zone or self.settings.default_time_zone
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


def _settings(parameters: Mapping[str, Any], export_type: ExportType) -> dict[str, Any]:
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
