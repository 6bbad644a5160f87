"""The exports of all courses, groups and people, with filters that stand in the address."""

from __future__ import annotations

from aiohttp import web

from services.console.admin.addresses import PER_PAGE, without_empty
from services.console.admin.export_filter import ShownExports, shown_exports
from services.console.admin.layout import ADMIN, render_section
from services.console.api_client import API, ApiRefused
from services.console.pages import refusal
from shared.contracts.operator.export_bodies import OperatorExportBody
from shared.domain.error_codes import ErrorCode
from shared.domain.export import ExportType, WorkflowState

PLACE = f"{ADMIN}/exports"
LIST = "/api/v1/admin/exports"


def add_to(app: web.Application) -> None:
    """Add the route."""
    app.router.add_get(PLACE, show)


async def show(request: web.Request) -> web.StreamResponse:
    """A page of the list. A filter that the API refuses stays in its form, beside the API's sentence."""
    shown = shown_exports(request.query)
    if (shorter := without_empty(request, shown.parameters)) is not None:
        return shorter
    try:
        answer = await request.app[API].get(request, LIST, {**shown.parameters, "per_page": str(PER_PAGE)})
    except ApiRefused as error:
        if error.status != 400:
            raise
        return await _page(request, shown, 400, problem=await refusal(request, error))
    exports = answer.decoded(list[OperatorExportBody])
    following = shown.at(answer.next_page).query if answer.next_page else ""
    return await _page(request, shown, exports=exports, following=following)


async def _page(
    request: web.Request,
    shown: ShownExports,
    status: int = 200,
    *,
    exports: list[OperatorExportBody] | None = None,
    following: str = "",
    problem: str = "",
) -> web.Response:
    return await render_section(
        request,
        "exports.html",
        "exports",
        status,
        shown=shown,
        exports=exports or [],
        following=following,
        problem=problem,
        states=[*WorkflowState],
        types=[*ExportType],
        codes=sorted(ErrorCode),
    )
