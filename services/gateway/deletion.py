"""An end for good: an export is stopped if it runs, and its packages are removed at once."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from services.gateway.exports import ExportsApi
from services.gateway.links import export_json
from shared.adapters.object_store import ObjectStore
from shared.adapters.postgres.retention import Retention
from shared.domain.errors import StoreUnavailable
from shared.domain.rights import may_delete
from shared.http.answers import json_answer, unauthenticated
from shared.http.identity import refused
from shared.http.urls import EXPORTS, SUFFIX
from shared.runtime.logs import get_logger


@dataclass(slots=True)
class DeletionApi:
    """Handlers for the DELETE of exports."""

    api: ExportsApi
    retention: Retention
    store: ObjectStore

    def add_to(self, app: web.Application) -> None:
        """Add the route."""
        app.router.add_delete(EXPORTS + "/{id}" + SUFFIX, self.delete)

    async def delete(self, request: web.Request) -> web.Response:
        """End the export for whoever asked for it, and for site admins. Once more does no harm."""
        caller, export = await self.api.readable(request)
        if caller.user_id is None:
            raise unauthenticated()
        if not may_delete(caller, export):
            raise refused(caller)
        for package in await self.retention.delete(export.id, caller.user_id):
            await self._remove(package.key)
        get_logger().info("export_deleted", export_id=export.id, user_id=caller.user_id)
        ended = await self.api.within(export.context, request)
        return json_answer(export_json(request, self.api.settings, caller, ended))

    async def _remove(self, key: str) -> None:
        try:
            await self.store.delete(key)
        except StoreUnavailable as error:  # nobody is sent there any more, and the janitor finds what is left
            get_logger().warning("package_not_removed", key=key, reason=str(error))
