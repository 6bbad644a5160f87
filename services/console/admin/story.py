"""Everything about one export: its attempts, workers, events, messages, what was slow, and where its logs and trace are."""

from __future__ import annotations

from aiohttp import web

from services.console.admin.exports import LIST, PLACE
from services.console.admin.layout import render_section
from services.console.api_client import API
from shared.contracts.operator.export_bodies import ExplainedExportBody

OF_EXPORT = PLACE + "/{id:[1-9][0-9]{0,17}}"


def add_to(app: web.Application) -> None:
    """Add the route."""
    app.router.add_get(OF_EXPORT, show)


async def show(request: web.Request) -> web.Response:
    """The page of the export; `done` in the address is what an action has just done."""
    story, done = await read_story(request), request.query.get("done", "")
    return await render_section(request, "story.html", "exports", story=story, done=done)


async def read_story(request: web.Request) -> ExplainedExportBody:
    """The export that the address names, as the API explains it. Raises ApiRefused."""
    answer = await request.app[API].get(request, f"{LIST}/{request.match_info['id']}")
    return answer.decoded(ExplainedExportBody)
