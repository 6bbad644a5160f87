"""The routes of the pages for operators."""

from __future__ import annotations

from aiohttp import web

from services.console.admin import export_actions, exports, story
from services.console.admin.layout import ADMIN
from services.console.pages import see_other


def add_to(app: web.Application) -> None:
    """Add the routes."""
    app.router.add_get(ADMIN, to_first)
    for room in (exports, story, export_actions):
        room.add_to(app)


async def to_first(request: web.Request) -> web.StreamResponse:
    """The first page is the list of exports."""
    return see_other(exports.PLACE)
