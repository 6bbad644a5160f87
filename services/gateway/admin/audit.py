"""GET /api/v1/admin/audit: the audit log, for site admins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from aiohttp import web

from services.gateway.admin.admin_routes import AdminRoutes
from services.gateway.paging import size_of
from services.gateway.readable_exports import ReadAudit
from shared.contracts.admin import admin_bodies
from shared.contracts.api import moment
from shared.domain.audit import Action, AuditEntry, AuditFilter
from shared.domain.rights import Caller
from shared.http.actor import actor_of
from shared.http.answers import json_answer
from shared.http.query_values import number_in, time_in


class AuditRows(Protocol):
    """Where the log is read."""

    async def page(self, filters: AuditFilter, limit: int) -> list[tuple[int, AuditEntry]]:
        """(id, row) of up to `limit` rows, the newest first."""


@dataclass(frozen=True, slots=True)
class AuditApi:
    """The handler."""

    rows: AuditRows
    audit: ReadAudit

    def add_to(self, routes: AdminRoutes) -> None:
        """Add the route."""
        routes.add("GET", "/audit", self.index)

    async def index(self, request: web.Request, caller: Caller) -> web.Response:
        """Rows, the newest first; `before_id` is the id of the last row of the page before. Reading them is audited."""
        filters = AuditFilter(
            export_id=number_in(request.query, "export_id"),
            user_id=number_in(request.query, "user_id"),
            since=time_in(request.query, "since"),
            before_id=number_in(request.query, "before_id"),
        )
        rows = await self.rows.page(filters, size_of(request.query.get("per_page")))
        self.audit.note(Action.AUDIT, filters.export_id, actor_of(request, caller))
        return json_answer([_body(row_id, row) for row_id, row in rows])


def _body(row_id: int, row: AuditEntry) -> admin_bodies.AuditRow:
    actor = row.actor
    return admin_bodies.AuditRow(
        id=row_id,
        at=moment(row.at),
        action=row.action,
        content_export_id=row.export_id,
        user_id=actor.user_id,
        real_user_id=actor.real_user_id,
        token=actor.token,
        address=actor.address,
        request_id=actor.request_id,
        subject=row.subject,
    )
