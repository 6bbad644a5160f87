"""Who did what: the audit log."""

from __future__ import annotations

from urllib.parse import urlencode

from aiohttp import web

from services.console.admin.layout import ADMIN, render_section
from services.console.api_client import API, ApiRefused
from services.console.pages import see_other
from shared.contracts.admin.admin_bodies import AuditRow

PLACE = f"{ADMIN}/audit"
_FIELDS = ("export_id", "user_id", "since", "before_id")
_A_PAGE = 50


def add_to(app: web.Application) -> None:
    """Add the route."""
    app.router.add_get(PLACE, show)


async def show(request: web.Request) -> web.StreamResponse:
    """A page of the log, the newest first. Reading it is in the log, too."""
    asked = {name: request.query[name].strip() for name in _FIELDS if request.query.get(name, "").strip()}
    if "" in request.query.values():
        return see_other(f"{PLACE}?{urlencode(asked)}" if asked else PLACE)
    rows, problem = list[AuditRow](), ""
    try:
        answer = await request.app[API].get(request, "/api/v1/admin/audit", {**asked, "per_page": str(_A_PAGE)})
        rows = answer.decoded(list[AuditRow])
    except ApiRefused as error:
        if error.status != 400:
            raise
        problem = error.sentence
    older = urlencode({**asked, "before_id": str(rows[-1].id)}) if len(rows) == _A_PAGE else ""
    form = {name: asked.get(name, "") for name in _FIELDS}
    status = 400 if problem else 200
    return await render_section(
        request, "audit.html", "audit", status, rows=rows, form=form, asked=asked, older=older, problem=problem
    )
