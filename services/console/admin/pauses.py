"""What is paused or in quarantine, and by whom: exports that are created and wait."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aiohttp import web

from services.console.admin.confirmation import Confirmation, reason_of
from services.console.admin.layout import ADMIN, render_section
from services.console.api_client import API, ApiRefused
from services.console.pages import refusal, see_other, texts_of
from shared.contracts.operator.bodies import PauseBody, PauseChangeBody
from shared.domain.export import ExportType

PLACE = f"{ADMIN}/pauses"
_ROUTES = {"pause": "pauses", "resume": "pauses/resume", "quarantine": "quarantine", "release": "quarantine/remove"}
_SECTION = "pauses"
_TARGETS = ("export_type", "user_id", "context")


def add_to(app: web.Application) -> None:
    """Add the routes."""
    app.router.add_get(PLACE, show)
    action = f"{PLACE}/{{action:{'|'.join(_ROUTES)}}}"
    app.router.add_get(action, ask)
    app.router.add_post(action, act)


async def show(request: web.Request) -> web.Response:
    """What stands, the oldest first, and the form for another pause."""
    return await _page(request)


async def ask(request: web.Request) -> web.Response:
    """Say what it means for the exports that the address names. What the API refuses stays in the form."""
    try:
        change = await _send(request, "-", dry_run=True)
    except ApiRefused as error:
        if error.status not in (400, 422):
            raise
        return await _page(request, 422, await refusal(request, error))
    return await (await _confirmation(request, change)).page(request)


async def act(request: web.Request) -> web.StreamResponse:
    """Do it."""
    reason = await reason_of(request)
    if _needs_reason(request) and not reason:
        _ = (await texts_of(request)).gettext
        confirmation = await _confirmation(request, await _send(request, "-", dry_run=True))
        return await confirmation.page(request, 422, _("Give a reason: the people who wait for exports read it."))
    await _send(request, reason, dry_run=False)
    return see_other(PLACE)


async def _page(request: web.Request, status: int = 200, problem: str = "") -> web.Response:
    pauses = (await request.app[API].get(request, "/api/v1/admin/pauses")).decoded(list[PauseBody])
    form = {name: request.query.get(name, "") for name in _TARGETS}
    return await render_section(
        request, "pauses.html", _SECTION, status, pauses=pauses, types=[*ExportType], form=form, problem=problem
    )


async def _confirmation(request: web.Request, change: PauseChangeBody) -> Confirmation:
    _ = (await texts_of(request)).gettext
    heading, sentence, button = _texts(_, request.match_info["action"])
    targets = ", ".join(request.query[name] for name in _TARGETS if request.query.get(name))
    return Confirmation(
        section=_SECTION,
        heading=heading % {"name": targets},
        sentences=[sentence if change.changed else _("This is so already: nothing would change.")],
        button=button,
        back=PLACE,
        reason=_("Reason, for the people who wait") if _needs_reason(request) else "",
        is_possible=change.changed,
    )


def _texts(_: Callable[[str], str], action: str) -> tuple[str, str, str]:
    """(heading, sentence, button)."""
    waits = _("Their exports are created and wait. Those that run go on.")
    goes_on = _("Their exports take their turns again.")
    return {
        "pause": (_("Pause the exports of %(name)s"), waits, _("Pause")),
        "resume": (_("Let the exports of %(name)s go on"), goes_on, _("Let them go on")),
        "quarantine": (_("Put %(name)s into quarantine"), waits, _("Put into quarantine")),
        "release": (_("Let %(name)s leave quarantine"), goes_on, _("Let them go on")),
    }[action]


def _needs_reason(request: web.Request) -> bool:
    return request.match_info["action"] in ("pause", "quarantine")


async def _send(request: web.Request, reason: str, *, dry_run: bool) -> PauseChangeBody:
    body: dict[str, Any] = {name: request.query[name] for name in _TARGETS if request.query.get(name)}
    if body.get("user_id", "").isdecimal():
        body["user_id"] = int(body["user_id"])
    if _needs_reason(request):
        body["reason"] = reason
    path = f"/api/v1/admin/{_ROUTES[request.match_info['action']]}"
    answer = await request.app[API].send(request, "POST", path, json={**body, "dry_run": dry_run})
    return answer.decoded(PauseChangeBody)
