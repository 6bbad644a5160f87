"""The application of the console: its pages, its session and its errors."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from importlib.resources import as_file, files

import aiohttp_session
from aiohttp import web

from services.console import home, pages, sign_in
from services.console.admin import routes as admin
from services.console.api_client import API, ApiAway, ApiClient, open_api_client
from services.console.error_pages import errors_as_pages
from services.console.headers import PAGE_HEADERS
from services.console.identity_provider import IdentityProvider
from services.console.session import ROOT, SESSIONS, Sessions, own_forms_alone, storage
from services.console.settings import ConsoleSettings
from services.console.teacher import routes as teacher
from shared.http.edge import edge
from shared.http.headers import add_fixed_headers
from shared.http.health import Health, add_health


@asynccontextmanager
async def open_app(settings: ConsoleSettings) -> AsyncIterator[web.Application]:
    """The application, while the block lasts."""
    async with AsyncExitStack() as stack:
        api = await stack.enter_async_context(open_api_client(settings.api_url))
        static = stack.enter_context(as_file(files(__package__).joinpath("static")))
        app = web.Application(
            middlewares=[
                edge(settings.trusted_proxies, settings.access_log),
                aiohttp_session.session_middleware(storage(settings)),
                errors_as_pages,
                own_forms_alone,
            ],
            client_max_size=settings.max_body_bytes,
        )
        app[API], app[SESSIONS] = api, Sessions(settings.console_session_s)
        pages.set_up(app)
        for room in (home, sign_in, teacher, admin):
            room.add_to(app)
        if settings.oidc_issuer:
            IdentityProvider(settings, api.session).add_to(app)
        app.router.add_static(f"{ROOT}/static", static)
        add_fixed_headers(app, settings, PAGE_HEADERS)
        add_health(app, Health({"api": partial(_check, api)}))
        yield app


async def _check(api: ApiClient) -> None:
    async with api.session.get(f"{api.url.rstrip('/')}/healthz") as answer:
        if answer.status != 200:
            raise ApiAway(f"the API answers {answer.status}")
