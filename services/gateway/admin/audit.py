"""GET /api/v1/admin/audit: the audit log, for site admins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from aiohttp import web

from services.gateway.paging import page_of
from services.gateway.readable_exports import ReadAudit
from shared.contracts import bodies
from shared.contracts.api import moment
from shared.domain.audit import Action, AuditEntry, AuditFilter
from shared.domain.path_ids import parse_number
from shared.http.actor import actor_of
from shared.http.answers import bad_request, forbidden, json_answer
from shared.http.identity import Identity
from shared.http.urls import SUFFIX


class AuditRows(Protocol):
    """Where the log is read."""

    async def page(self, wanted: AuditFilter, limit: int) -> list[tuple[int, AuditEntry]]:
        """(id, row) of up to `limit` rows, the newest first."""


@dataclass(frozen=True, slots=True)
class AuditApi:
    """The handler."""

    identity: Identity
    rows: AuditRows
    audit: ReadAudit

    def add_to(self, app: web.Application) -> None:
        """Add the route."""
        app.router.add_get("/api/v1/admin/audit" + SUFFIX, self.index)

    async def index(self, request: web.Request) -> web.Response:
        """Rows, the newest first; `before_id` is the id of the last row of the page before. Reading them is audited."""
        caller = await self.identity.logged_in(request)
        if not caller.site_admin:
            raise forbidden()
        wanted = AuditFilter(
            export_id=_number(request, "export_id"),
            user_id=_number(request, "user_id"),
            since=_time(request, "since"),
            before_id=_number(request, "before_id"),
        )
        rows = await self.rows.page(wanted, page_of(None, request.query.get("per_page")).size)
        self.audit.note(Action.AUDIT, wanted.export_id, actor_of(request, caller))
        return json_answer([_body(row_id, row) for row_id, row in rows])


def _number(request: web.Request, name: str) -> int | None:
    if (text := request.query.get(name)) is None:
        return None
    number = parse_number(text)
    if number is None:
        raise bad_request(f"{name} must be a number")
    return number


def _time(request: web.Request, name: str) -> datetime | None:
    """A time with its zone, or in UTC."""
    if (text := request.query.get(name)) is None:
        return None
    try:
        time = datetime.fromisoformat(text)
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:  # the latter before the year 1 in UTC
        raise bad_request(f"{name} must be a time in ISO 8601") from error


def _body(row_id: int, row: AuditEntry) -> bodies.AuditRow:
    actor = row.actor
    return bodies.AuditRow(
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
