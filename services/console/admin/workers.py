"""The worker processes, and those that take no more exports."""

from __future__ import annotations

from aiohttp import web

from services.console.admin.confirmation import Confirmation
from services.console.admin.layout import ADMIN, render_section
from services.console.api_client import API
from services.console.pages import see_other, texts_of
from shared.contracts.operator.bodies import DrainBody, WorkerBody

PLACE = f"{ADMIN}/workers"
_WORKERS = "/api/v1/admin/workers"
_SECTION = "workers"


def add_to(app: web.Application) -> None:
    """Add the routes."""
    app.router.add_get(PLACE, show)
    app.router.add_get(f"{PLACE}/{{action:drain|undo}}", ask)
    app.router.add_post(f"{PLACE}/{{action:drain|undo}}", drain)


async def show(request: web.Request) -> web.Response:
    """All workers, by type and name."""
    workers = (await request.app[API].get(request, _WORKERS)).decoded(list[WorkerBody])
    return await render_section(request, "workers.html", _SECTION, workers=workers)


async def ask(request: web.Request) -> web.Response:
    """Say what it means for the worker that `worker` names."""
    _ = (await texts_of(request)).gettext
    drained = await _send(request, dry_run=True)
    running = ", ".join(map(str, drained.worker.running))
    if request.match_info["action"] == "drain":
        heading, button = _("Drain %(worker)s"), _("Drain it")
        sentences = [_("It finishes what it has, and takes no more. Other workers of its type go on.")]
        if running:
            sentences.append(_("It builds: %(ids)s") % {"ids": running})
    else:
        heading, button = _("Let %(worker)s take exports again"), _("Let it take exports")
        sentences = [_("It takes exports again, from its next look at the queue on.")]
    if not drained.changed:
        sentences = [_("This is so already: nothing would change.")]
    confirmation = Confirmation(
        _SECTION, heading % {"worker": drained.worker.name}, sentences, button, PLACE, is_possible=drained.changed
    )
    return await confirmation.page(request)


async def drain(request: web.Request) -> web.StreamResponse:
    """Do it."""
    await _send(request, dry_run=False)
    return see_other(PLACE)


async def _send(request: web.Request, *, dry_run: bool) -> DrainBody:
    undo = request.match_info["action"] == "undo"
    body = {"worker": request.query.get("worker", ""), "undo": undo, "dry_run": dry_run}
    return (await request.app[API].send(request, "POST", f"{_WORKERS}/drain", json=body)).decoded(DrainBody)
