"""Which versions run, whether each part does its work, and the settings that an operator has changed."""

from __future__ import annotations

import asyncio
from importlib.metadata import version

from aiohttp import web
from msgspec import Struct

from services.console.admin.layout import ADMIN, render_section
from services.console.api_client import API, ApiRefused
from services.console.pages import texts_of
from shared.contracts.operator.bodies import WorkerBody
from shared.contracts.operator.overview_bodies import SettingBody

PLACE = f"{ADMIN}/system"


class ApiInfo(Struct):
    """The part of the description that names the version."""

    version: str


class ApiDescription(Struct):
    """The OpenAPI description of the API, which is no body of the API: of all that it has, the version is read."""

    info: ApiInfo


class Readiness(Struct):
    """The parts behind the API: `ok`, or what is wrong. Every process answers so, and the API describes no body for it."""

    checks: dict[str, str] = {}


class PartLine(Struct):
    """A part of the system and its state."""

    name: str
    version: str = ""
    works: bool = True
    problem: str = ""  # in the words of the API, which are English
    remark: str = ""  # in the language of the page


def add_to(app: web.Application) -> None:
    """Add the route."""
    app.router.add_get(PLACE, show)


async def show(request: web.Request) -> web.Response:
    """The API, what is behind it, the broker, and the workers."""
    api = request.app[API]
    workers = (await api.get(request, "/api/v1/admin/workers")).decoded(list[WorkerBody])  # for site admins alone
    description, settings, *groups = await asyncio.gather(
        api.get(request, "/openapi.json"), _settings(request), _behind_the_api(request), _broker(request)
    )
    theirs = description.decoded(ApiDescription).info.version
    parts = [PartLine("console", version("content-exports")), PartLine("gateway", theirs)]
    parts += [part for group in groups for part in group]
    parts += await _workers(request, workers)
    return await render_section(request, "system.html", "system", parts=parts, settings=settings)


async def _settings(request: web.Request) -> list[SettingBody]:
    """Those of the gateway that answers."""
    return (await request.app[API].get(request, "/api/v1/admin/settings")).decoded(list[SettingBody])


async def _behind_the_api(request: web.Request) -> list[PartLine]:
    """What the gateway needs, by the names of its own check."""
    try:
        checks = (await request.app[API].get(request, "/readyz")).decoded(Readiness).checks
    except ApiRefused as error:
        return [PartLine("readyz", works=False, problem=error.sentence)]
    return [
        PartLine(name, works=state == "ok", problem="" if state == "ok" else state) for name, state in checks.items()
    ]


async def _broker(request: web.Request) -> list[PartLine]:
    """RabbitMQ, queried by reading one dead letter."""
    try:
        await request.app[API].get(request, "/api/v1/admin/dead_letters", {"limit": "1"})
    except ApiRefused as error:
        return [PartLine("broker", works=False, problem=error.sentence)]
    return [PartLine("broker")]


async def _workers(request: web.Request, workers: list[WorkerBody]) -> list[PartLine]:
    _ = (await texts_of(request)).gettext
    gone, drains = _("no longer alive"), _("drains")
    return [
        PartLine(
            each.name,
            each.version or "",
            works=each.is_alive,
            remark=gone if not each.is_alive else drains if each.draining_since else "",
        )
        for each in workers
    ]
