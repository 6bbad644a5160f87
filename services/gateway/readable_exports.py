"""Finding the export that a path names, for a caller who may read it or its state: what most handlers begin with."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Protocol

from aiohttp import web

from shared.domain.audit import Action, Actor
from shared.domain.export import ContentExport, Context
from shared.domain.path_ids import parse_number
from shared.http.answers import not_found
from shared.http.identity import Identity, Visit, number


class ExportsById(Protocol):
    """Exports by their ids."""

    def find(self, export_id: int) -> Awaitable[ContentExport | None]:
        """The export with this id; None for an unknown one. It is under way before the answer is awaited."""


class ReadAudit(Protocol):
    """Where reads are recorded."""

    def note(self, action: Action, export_id: int | None, actor: Actor, subject: str | None = None) -> None:
        """Record that an export, or the log itself, was read; this returns at once, whatever the database does."""


@dataclass(frozen=True, slots=True)
class ReadableExports:
    """Exports as the callers of requests may read them."""

    identity: Identity
    exports: ExportsById

    async def read(self, request: web.Request) -> tuple[Visit, ContentExport]:
        """The visit, and the export of its context that the path names.

        Raises 404 for an unknown context or export and for one of another context, 401 or 403 for one that the caller
        may not read.
        """
        visit, export = await self._enter(request)
        visit.require_read(export)
        return visit, export

    async def state(self, request: web.Request) -> tuple[Visit, ContentExport]:
        """As `read`, for a caller who may see the state of the export, and perhaps no more."""
        visit, export = await self._enter(request)
        visit.require_state(export)
        return visit, export

    async def _enter(self, request: web.Request) -> tuple[Visit, ContentExport]:
        export_id = parse_number(request.match_info["id"].removesuffix(".json"))
        lookup = None if export_id is None else self.exports.find(export_id)  # under way while the caller is found
        visit = await self.identity.enter(request)
        if lookup is None:
            raise not_found()
        return visit, _of_context(await lookup, visit.context)

    async def find(self, request: web.Request, context: Context) -> ContentExport:
        """The export of this context that the path names, without a check of rights. Raises 404."""
        return _of_context(await self.exports.find(number(request.match_info["id"])), context)


def _of_context(export: ContentExport | None, context: Context) -> ContentExport:
    # 404 in both cases, before any check of rights: ids of other contexts must not be distinguishable from unknown ones.
    if export is None or export.context != context:
        raise not_found()
    return export
