"""The lists of exports: those of a context as its callers see them, and those of all contexts for site admins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from urllib.parse import urlencode

import msgspec
from aiohttp import web

from services.gateway.account import ACCOUNT, account_url, require_administrator
from services.gateway.links import export_json, export_url, exports_url
from services.gateway.paging import (
    RequestedPage,
    bookmark,
    link_header,
    numbered_pages,
    page_of,
    pages_in_time,
    place_in_time,
    read_bookmark,
    size_of,
)
from services.gateway.readable_exports import ReadAudit
from shared.contracts.bodies import AccountExportBody
from shared.domain.audit import Action
from shared.domain.export import ContentExport, Context, ExportType, WorkflowState
from shared.domain.export_filter import ExportFilter
from shared.domain.rights import ALL_RIGHTS, Caller, may_read, sees_all_in_list
from shared.http.actor import actor_of
from shared.http.answers import json_answer
from shared.http.expected_times import ExpectedTimesOfExports
from shared.http.identity import Identity
from shared.http.query_values import number_in, time_in, word_in
from shared.http.urls import EXPORTS, SUFFIX
from shared.runtime.settings import Settings


class ListedExports(Protocol):
    """Lists of exports in the database."""

    async def of_context(
        self,
        context: Context,
        user_id: int | None,
        filters: ExportFilter,
        *,
        reads_as_admin: bool,
        limit: int,
        offset: int = 0,
        before_id: int | None = None,
    ) -> tuple[list[ContentExport], int | None]:
        """Up to `limit` exports that this user sees, by falling id, and how many there are on all pages; None for many."""

    async def of_account(
        self, filters: ExportFilter, *, limit: int, before: tuple[datetime, int] | None = None
    ) -> list[ContentExport]:
        """Up to `limit` exports of all contexts, newest first, after the one with this time and id."""


@dataclass(frozen=True, slots=True)
class ExportListsApi:
    """Handlers of the lists.

    The link to the next page is a bookmark of the last object of this one: exports that are created meanwhile move
    nothing from page to page.
    """

    settings: Settings
    identity: Identity
    lists: ListedExports
    audit: ReadAudit
    expected: ExpectedTimesOfExports

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get(ACCOUNT + "/content_exports" + SUFFIX, self.of_account)
        app.router.add_get(EXPORTS + SUFFIX, self.of_context)

    async def of_context(self, request: web.Request) -> web.Response:
        """The exports of a context that the caller sees, newest first."""
        visit = await self.identity.enter(request)
        visit.require(visit.rights.read)
        filters, (page, before_id) = filter_of(request.query), _place_in_context(request.query)
        exports, total = await self.lists.of_context(
            visit.context,
            visit.caller.user_id,
            filters,
            reads_as_admin=sees_all_in_list(visit.rights, visit.context),
            limit=page.size + 1,
            offset=page.offset if before_id is None else 0,
            before_id=before_id,
        )
        pages = numbered_pages(page, total or 0)
        pages.pop("next", None)
        if total is None:  # too many to count them for each page
            del pages["last"]
        if before_id is not None:
            pages["current"] = request.query["page"]
        if len(exports) > page.size:
            pages["next"] = bookmark(page.number + 1, exports[page.size - 1].id)
        link = link_header(exports_url(request, self.settings, visit.context), request.query.items(), pages, page.size)
        bodies = [
            export_json(request, self.settings, visit.caller, export, expected=await self.expected.of(export))
            for export in exports[: page.size]
        ]
        return json_answer(bodies, headers={"Link": link})

    async def of_account(self, request: web.Request) -> web.Response:
        """The exports of all contexts, newest first, for site admins. The list of others' exports is audited."""
        caller = await require_administrator(self.identity, request)
        filters, before = filter_of(request.query), place_in_time(request.query)
        size = size_of(request.query.get("per_page"))
        exports = await self.lists.of_account(filters, limit=size + 1, before=before)
        pages = pages_in_time(request.query, [(each.created_at, each.id) for each in exports], size)
        url = f"{account_url(request, self.settings)}/content_exports"
        link = link_header(url, request.query.items(), pages, size)
        self.audit.note(Action.LIST, None, actor_of(request, caller), _described(filters))
        bodies = [await self._listed(request, caller, export) for export in exports[:size]]
        return json_answer(bodies, headers={"Link": link})

    async def _listed(self, request: web.Request, caller: Caller, export: ContentExport) -> AccountExportBody:
        """An export with its context; of another person's zip its state alone."""
        whole = may_read(caller, ALL_RIGHTS, export)
        expected = await self.expected.of(export)
        body = export_json(request, self.settings, caller, export, whole=whole, expected=expected)
        return AccountExportBody(
            **msgspec.structs.asdict(body),
            context_type=export.context.type,
            context_id=export.context.id,
            url=export_url(request, self.settings, export),
        )


def filter_of(query: Mapping[str, str]) -> ExportFilter:
    """The filter in the query. Raises the 400 answer that names the parameter with a wrong value."""
    return ExportFilter(
        workflow_state=word_in(query, "workflow_state", WorkflowState),
        export_type=word_in(query, "export_type", ExportType),
        user_id=number_in(query, "user_id"),
        created_after=time_in(query, "created_after"),
        created_before=time_in(query, "created_before"),
    )


def _described(filters: ExportFilter) -> str | None:
    """The filter as the audit log has it."""
    return urlencode(msgspec.to_builtins(filters)) or None


def _place_in_context(query: Mapping[str, str]) -> tuple[RequestedPage, int | None]:
    """(the page, the id that it begins below, if its number is not all that is known)."""
    if (place := read_bookmark(query.get("page"), 2)) is None:
        return page_of(query.get("page"), query.get("per_page")), None
    number, before_id = place
    return RequestedPage(max(1, number), size_of(query.get("per_page"))), before_id
