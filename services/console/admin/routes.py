"""The routes of the pages for operators."""

from __future__ import annotations

from aiohttp import web

from services.console.admin import (
    audit,
    dead_letters,
    export_actions,
    exports,
    pauses,
    queue,
    services,
    story,
    system,
    workers,
)
from services.console.admin.layout import ADMIN
from services.console.pages import see_other


def add_to(app: web.Application) -> None:
    """Add the routes."""
    app.router.add_get(ADMIN, to_first)
    for room in (queue, exports, story, export_actions, dead_letters, workers, pauses, services, audit, system):
        room.add_to(app)


async def to_first(request: web.Request) -> web.StreamResponse:
    """The first page is the queue."""
    return see_other(queue.PLACE)
