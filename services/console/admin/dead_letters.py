"""The messages that could not be handled: read, sent again, or removed."""

from __future__ import annotations

from aiohttp import web

from services.console.admin.confirmation import Confirmation
from services.console.admin.layout import ADMIN, render_section
from services.console.api_client import API
from services.console.pages import see_other, texts_of
from shared.contracts.operator.bodies import DeadLetterBody, SettledLettersBody

PLACE = f"{ADMIN}/dead-letters"
_LETTERS = "/api/v1/admin/dead_letters"
_SECTION = "dead-letters"
_LISTED = 100


def add_to(app: web.Application) -> None:
    """Add the routes."""
    app.router.add_get(PLACE, show)
    app.router.add_get(f"{PLACE}/{{action:replay|drop}}", ask)
    app.router.add_post(f"{PLACE}/{{action:replay|drop}}", settle)


async def show(request: web.Request) -> web.Response:
    """The oldest letters, each with all that is in it."""
    answer = await request.app[API].get(request, _LETTERS, {"limit": str(_LISTED)})
    return await render_section(
        request, "dead_letters.html", _SECTION, letters=answer.decoded(list[DeadLetterBody]), most=_LISTED
    )


async def ask(request: web.Request) -> web.Response:
    """Say what it means for the letter that `id` names, or for all."""
    texts = await texts_of(request)
    _, ngettext = texts.gettext, texts.ngettext
    count = len((await _send(request, dry_run=True)).settled)
    if request.match_info["action"] == "replay":
        heading, button = _("Send dead letters again"), _("Send again")
        text = ngettext(
            "%(num)d message is sent to where it was sent first. If the cause is still there, it comes back here.",
            "%(num)d messages are sent to where they were sent first. If the cause is still there, they come back here.",
            count,
        )
    else:
        heading, button = _("Remove dead letters"), _("Remove for good")
        text = ngettext(
            "%(num)d message is removed for good, and what it asks for is not done.",
            "%(num)d messages are removed for good, and what they ask for is not done.",
            count,
        )
    sentence = text % {"num": count} if count else _("It is no longer there: nothing would change.")
    return await Confirmation(_SECTION, heading, [sentence], button, PLACE, is_possible=count > 0).page(request)


async def settle(request: web.Request) -> web.StreamResponse:
    """Do it."""
    await _send(request, dry_run=False)
    return see_other(PLACE)


async def _send(request: web.Request, *, dry_run: bool) -> SettledLettersBody:
    body = {"ids": [request.query.get("id", "")], "dry_run": dry_run}
    path = f"{_LETTERS}/{request.match_info['action']}"
    return (await request.app[API].send(request, "POST", path, json=body)).decoded(SettledLettersBody)
