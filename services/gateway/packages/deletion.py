"""The end of an export for good: it is stopped if it runs, and its packages are removed at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from aiohttp import web

from services.gateway.links import export_json
from services.gateway.packages.sending import Packages
from services.gateway.readable_exports import ReadableExports
from shared.adapters.postgres.packages.retention import Removable
from shared.domain.audit import Actor
from shared.domain.errors import StoreUnavailable, in_full
from shared.domain.rights import may_end
from shared.http.actor import actor_of
from shared.http.answers import json_answer, unauthenticated
from shared.http.urls import EXPORTS, SUFFIX
from shared.runtime.logs import get_logger
from shared.runtime.settings import Settings


class Deletions(Protocol):
    """Where exports are deleted."""

    async def delete(self, export_id: int, actor: Actor) -> Sequence[Removable]:
        """End an export for good; the packages that the store is to remove now."""


@dataclass(frozen=True, slots=True)
class DeletionApi:
    """Handlers for the DELETE of exports."""

    settings: Settings
    readable: ReadableExports
    deletions: Deletions
    packages: Packages

    def add_to(self, app: web.Application) -> None:
        """Add the route."""
        app.router.add_delete(EXPORTS + "/{id}" + SUFFIX, self.delete)

    async def delete(self, request: web.Request) -> web.Response:
        """Delete the export for its owner, and for site admins. Once more does no harm."""
        visit, export = await self.readable.state(request)
        if visit.caller.user_id is None:
            raise unauthenticated()
        visit.require(may_end(visit.caller, export.user_id))
        # Committed first: bytes that remain after an error have no export, and the janitor removes them.
        for package in await self.deletions.delete(export.id, actor_of(request, visit.caller)):
            await self._remove(package.key)
        get_logger().info("export_deleted", export_id=export.id, user_id=visit.caller.user_id)
        deleted = await self.readable.find(request, visit.context)
        return json_answer(export_json(request, self.settings, visit.caller, deleted))

    async def _remove(self, key: str) -> None:
        try:
            await self.packages.delete(key)
        except StoreUnavailable as error:  # no link leads there any more, and the janitor removes it later
            get_logger().warning("package_not_removed", key=key, reason=in_full(error))
