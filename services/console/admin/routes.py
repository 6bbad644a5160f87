"""The routes of the pages for operators."""

from __future__ import annotations

from aiohttp import web

from services.console.admin import audit, dead_letters, export_actions, exports, pauses, story, workers
from services.console.admin.layout import ADMIN
from services.console.pages import see_other


def add_to(app: web.Application) -> None:
    """Add the routes."""
    app.router.add_get(ADMIN, to_first)
    for room in (exports, story, export_actions, dead_letters, workers, pauses, audit):
        room.add_to(app)


async def to_first(request: web.Request) -> web.StreamResponse:
    """The first page is the list of exports."""
    return see_other(exports.PLACE)
