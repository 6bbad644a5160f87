"""Who did what: the audit log."""

from __future__ import annotations

from aiohttp import web

from services.console.admin.addresses import BEFORE, PER_PAGE, filled, older, without_empty
from services.console.admin.layout import ADMIN, render_section
from services.console.api_client import API, ApiRefused
from services.console.pages import refusal
from shared.contracts.admin.admin_bodies import AuditRow

PLACE = f"{ADMIN}/audit"
_FIELDS = ("export_id", "user_id", "since", BEFORE)


def add_to(app: web.Application) -> None:
    """Add the route."""
    app.router.add_get(PLACE, show)


async def show(request: web.Request) -> web.StreamResponse:
    """A page of the log, the newest first. Reading it is in the log, too."""
    filters = filled(request, _FIELDS)
    if (shorter := without_empty(request, filters)) is not None:
        return shorter
    rows, problem = list[AuditRow](), ""
    try:
        answer = await request.app[API].get(request, "/api/v1/admin/audit", {**filters, "per_page": str(PER_PAGE)})
        rows = answer.decoded(list[AuditRow])
    except ApiRefused as error:
        if error.status != 400:
            raise
        problem = await refusal(request, error)
    form = {name: filters.get(name, "") for name in _FIELDS}
    status = 400 if problem else 200
    return await render_section(
        request,
        "audit.html",
        "audit",
        status,
        rows=rows,
        form=form,
        filters=filters,
        older=older(rows, filters),
        problem=problem,
    )
