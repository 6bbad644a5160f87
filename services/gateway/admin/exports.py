"""GET /api/v1/admin/exports: the exports of all contexts as operators see them, and everything about one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from urllib.parse import urlencode

import msgspec
from aiohttp import web

from services.gateway.admin.admin_routes import AdminRoutes
from services.gateway.export_lists import filter_of
from services.gateway.paging import link_header, pages_in_time, place_in_time, size_of
from services.gateway.readable_exports import ReadAudit
from shared.contracts.operator.export_bodies import explained_export_body, operator_export_body
from shared.contracts.operator.requests import context_of
from shared.domain.audit import Action
from shared.domain.error_codes import ErrorCode
from shared.domain.errors import InvalidOption
from shared.domain.export import Context
from shared.domain.operator.export_rows import ExplainedExport, OperatorExport, OperatorFilter
from shared.domain.path_ids import is_storable
from shared.domain.rights import Caller
from shared.http.actor import actor_of
from shared.http.answers import json_answer, not_found
from shared.http.identity import number
from shared.http.query_values import flag_in, word_in
from shared.http.urls import base_url
from shared.runtime.settings import Settings

_LIST = "/api/v1/admin/exports"


class ExportRows(Protocol):
    """Where exports are listed."""

    async def page(
        self, filters: OperatorFilter, limit: int, after: tuple[datetime, int] | None = None
    ) -> list[tuple[datetime, OperatorExport]]:
        """Up to `limit` exports after this place, the newest first, each with the time of its place."""


class ExplainedRows(Protocol):
    """Where everything about an export is found."""

    async def find(self, export_id: int) -> ExplainedExport | None:
        """The export with this id."""


@dataclass(frozen=True, slots=True)
class OperatorExportsApi:
    """The handlers. Both reads are audited."""

    settings: Settings
    exports: ExportRows
    explained: ExplainedRows
    audit: ReadAudit

    def add_to(self, routes: AdminRoutes) -> None:
        """Add the routes."""
        routes.add("GET", "/exports", self.index)
        routes.add("GET", "/exports/{id:[0-9]+}", self.explain)

    async def index(self, request: web.Request, caller: Caller) -> web.Response:
        """Exports, the newest first; with an error code, the latest failure first."""
        filters, size = _filters(request.query), size_of(request.query.get("per_page"))
        page = await self.exports.page(filters, size + 1, place_in_time(request.query))
        pages = pages_in_time(request.query, [(time, export.id) for time, export in page], size)
        link = link_header(base_url(request, self.settings) + _LIST, request.query.items(), pages, size)
        self.audit.note(Action.LIST, None, actor_of(request, caller), _described(filters))
        return json_answer([operator_export_body(each) for _, each in page[:size]], headers={"Link": link})

    async def explain(self, request: web.Request, caller: Caller) -> web.Response:
        """Everything about one export."""
        export_id = number(request.match_info["id"])
        explained = await self.explained.find(export_id)
        if explained is None:
            raise not_found()
        self.audit.note(Action.EXPLAIN, export_id, actor_of(request, caller))
        return json_answer(explained_export_body(explained, self.settings.trace_url))


def _described(filters: OperatorFilter) -> str | None:
    """The filter as the audit log has it: as in the address of the list."""
    fields = msgspec.to_builtins(filters)
    if filters.context is not None:
        fields["context"] = filters.context.path
    return urlencode(fields.pop("common", {}) | fields, safe="/") or None


def _filters(query: Mapping[str, str]) -> OperatorFilter:
    """The filter in the query. Raises the 400 answer that names the parameter with a wrong value."""
    worker = query.get("worker")
    if worker is not None and not is_storable(worker):
        raise InvalidOption("worker has a character that cannot be stored")
    code = word_in(query, "error_code", ErrorCode)
    return OperatorFilter(
        common=filter_of(query),
        context=_context_in(query),
        worker=worker,
        error_code=None if code is None else code.value,
        stuck=flag_in(query, "stuck"),
    )


def _context_in(query: Mapping[str, str]) -> Context | None:
    try:
        return context_of(query["context"]) if "context" in query else None
    except ValueError as error:
        raise InvalidOption(str(error)) from error
