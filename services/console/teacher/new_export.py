"""A new export: its form, what it would hold (a dry run), and its start."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

from services.console.api_client import API, ApiRefused
from services.console.pages import FRAGMENT, refusal, render, see_other, texts_of
from services.console.teacher.create_form import NewExport, create_request, read_form
from services.console.teacher.export_types import TypeChoice, type_choices
from services.console.teacher.place import PLACE, Place, name_of
from services.console.teacher.plan import PlanView, plan_view
from services.console.teacher.selection_tree import Branch, read_tree
from shared.contracts.bodies import ContentExportBody
from shared.contracts.plans import Plan

_FORM = PLACE + "/exports/new"
_UNPROCESSABLE, _FORBIDDEN = 422, 403


def add_to(app: web.Application) -> None:
    """Add the routes."""
    app.router.add_get(_FORM, show)
    app.router.add_post(_FORM, start)
    app.router.add_post(_FORM + "/check", check)


async def show(request: web.Request) -> web.Response:
    """The form, with everything selected."""
    place = Place.of(request)
    return await _form(request, place, NewExport(export_type="common_cartridge" if place.is_course else "zip"))


async def check(request: web.Request) -> web.Response:
    """What the export would hold: the form again with the answer beside it, or the answer alone for our script."""
    place, new = Place.of(request), await _read(request)
    plan, problem = await _planned(request, place, new)
    if FRAGMENT in request.headers:
        return await render(request, "teacher/plan.html", plan=plan, problem=problem)
    return await _form(request, place, new, plan, problem)


async def start(request: web.Request) -> web.StreamResponse:
    """Request the export, and go to its page. What the API refuses stands above the form."""
    place, new = Place.of(request), await _read(request)
    if problem := await _problem(request, new):
        return await _form(request, place, new, problem=problem, status=_UNPROCESSABLE)
    try:
        answer = await request.app[API].send(request, "POST", place.exports_api, json=create_request(new))
    except ApiRefused as error:
        if error.status in (401, 403, 404):
            raise
        return await _form(request, place, new, problem=await refusal(request, error), status=error.status)
    return see_other(place.export_page(answer.decoded(ContentExportBody).id))


async def _read(request: web.Request) -> NewExport:
    form = await request.post()
    return read_form((name, value) for name, value in form.items() if isinstance(value, str))


async def _problem(request: web.Request, new: NewExport) -> str:
    _ = (await texts_of(request)).gettext
    return _("Nothing is selected yet. Tick what you want to export.") if new.selects_nothing else ""


async def _planned(request: web.Request, place: Place, new: NewExport) -> tuple[PlanView | None, str]:
    """(the dry run, or the reason why there is none)."""
    if problem := await _problem(request, new):
        return None, problem
    body = create_request(new) | {"dry_run": True}
    try:
        answer = await request.app[API].send(request, "POST", place.exports_api, json=body)
    except ApiRefused as error:
        if error.status in (401, 403, 404):
            raise
        return None, await refusal(request, error)
    return plan_view(answer.decoded(Plan), await texts_of(request)), ""


async def _form(
    request: web.Request,
    place: Place,
    new: NewExport,
    plan: PlanView | None = None,
    problem: str = "",
    *,
    status: int = 200,
) -> web.Response:
    name, (types, tree) = await asyncio.gather(name_of(request, place), _choices(request, place))
    values: dict[str, Any] = {"place": place, "name": name, "new": new, "plan": plan, "problem": problem}
    return await render(request, "teacher/new.html", status, **values, types=types, tree=tree)


async def _choices(request: web.Request, place: Place) -> tuple[list[TypeChoice], list[Branch]]:
    """The types and the tree; for people to whom the API does not show the tree, such as students, files alone."""
    texts = await texts_of(request)
    types = type_choices(place, texts)
    try:
        return types, await read_tree(request, place, texts)
    except ApiRefused as error:
        if error.status != _FORBIDDEN:
            raise
        return types[-1:], []
