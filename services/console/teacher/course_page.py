"""The page of a course, a group or a person's files: its exports, the newest first, and the way to a new one."""

from __future__ import annotations

import asyncio

from aiohttp import web

from services.console.api_client import API
from services.console.pages import render, texts_of
from services.console.teacher.export_types import type_title
from services.console.teacher.place import PLACE, Place, name_of
from shared.contracts.bodies import ContentExportBody

_SHOWN = "20"  # exports on a page


def add_to(app: web.Application) -> None:
    """Add the route."""
    app.router.add_get(PLACE, show)


async def show(request: web.Request) -> web.Response:
    """The exports of a page of the API's list. Raises ApiRefused."""
    place = Place.of(request)
    page = {"page": request.query["page"]} if "page" in request.query else {}
    name, answer = await asyncio.gather(
        name_of(request, place), request.app[API].get(request, place.exports_api, {"per_page": _SHOWN, **page})
    )
    texts = await texts_of(request)
    return await render(
        request,
        "teacher/course.html",
        place=place,
        name=name,
        exports=answer.decoded(list[ContentExportBody]),
        type_title=lambda export_type: type_title(export_type, texts),
        following=answer.next_page,
        is_first=not page,
    )
