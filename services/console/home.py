"""The first page: the courses, groups and files of the person."""

from __future__ import annotations

import asyncio

from aiohttp import web

from services.console.api_client import API
from services.console.pages import render, see_other
from services.console.session import ROOT
from shared.contracts.bodies import CourseBody, GroupBody, User

_SHOWN = "100"  # courses on the page; the search finds the others


def add_to(app: web.Application) -> None:
    """Add the routes."""
    app.router.add_get("/", to_start)
    app.router.add_get(ROOT, show)


async def to_start(request: web.Request) -> web.StreamResponse:
    """The console lies under a path of its own, so that it can share a host with the API."""
    return see_other(ROOT)


async def show(request: web.Request) -> web.Response:
    """The courses whose name has the words of the search, if any; groups and files have a place of their own."""
    api, search = request.app[API], request.query.get("search", "").strip()
    parameters = {"per_page": _SHOWN} | ({"search_term": search} if search else {})
    courses, groups, person = await asyncio.gather(
        api.get(request, "/api/v1/courses", parameters),
        api.get(request, "/api/v1/users/self/groups", {"per_page": _SHOWN}),
        api.get(request, "/api/v1/users/self"),
    )
    return await render(
        request,
        "home.html",
        courses=courses.decoded(list[CourseBody]),
        groups=groups.decoded(list[GroupBody]),
        person=person.decoded(User),
        search=search,
        more="next" in courses.links,
    )
