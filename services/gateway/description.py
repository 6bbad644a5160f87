"""/, /openapi.json, /asyncapi.json and /docs: what the system says of itself, for programs and for people.

Nothing comes from elsewhere.
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from importlib.resources import files

import msgspec
from aiohttp import web

from shared.contracts import openapi
from shared.contracts.operations import OPERATIONS
from shared.http.answers import not_found
from shared.http.polling import is_current, not_modified

_PAGE = {"page.css": "text/css", "page.js": "text/javascript"}
_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
_ELSEWHERE = "/api/v1/progress/{rest}"  # forwarded: the progress service describes what it has there


@dataclass(slots=True)
class _Document:
    """A description as bytes; public, since it contains no data."""

    body: bytes
    etag: str = field(init=False)

    def __post_init__(self) -> None:
        self.etag = f'"{hashlib.sha256(self.body).hexdigest()[:32]}"'

    async def show(self, request: web.Request) -> web.Response:
        """The document."""
        headers = {"ETag": self.etag}
        if is_current(request, self.etag):
            return not_modified(headers)
        return web.Response(body=self.body, content_type="application/json", charset="utf-8", headers=headers)


class Description:
    """Handlers for all forms."""

    def add_to(self, app: web.Application) -> None:
        """Add the routes, as the last ones: all others must be described by now."""
        app.router.add_get("/", self.home)
        app.router.add_get("/openapi.json", _openapi().show)
        app.router.add_get("/asyncapi.json", self.messages)
        app.router.add_get("/docs", self.page)
        app.router.add_get("/docs/{file}", self.part)
        # Checked at every start, so that no route is ever served without a description.
        undescribed = routes_of(app) - {(each.method, each.path) for each in OPERATIONS}
        if undescribed:
            raise LookupError(f"routes without an entry in shared/contracts/operations.py: {sorted(undescribed)}")

    async def messages(self, request: web.Request) -> web.Response:
        """The description of messages: built at the first request, in a thread, since most processes never show it."""
        return await (await asyncio.to_thread(_asyncapi)).show(request)

    async def home(self, request: web.Request) -> web.Response:
        """What is here, and where to go."""
        return _part("home.html", "text/html")

    async def page(self, request: web.Request) -> web.Response:
        """The page that shows it."""
        return _part("index.html", "text/html")

    async def part(self, request: web.Request) -> web.Response:
        """The script and the style of the page."""
        name = request.match_info["file"]
        if name not in _PAGE:
            raise not_found()
        return _part(name, _PAGE[name])


@cache
def _openapi() -> _Document:
    return _Document(msgspec.json.encode(openapi.document(OPERATIONS, version("content-exports"))))


@cache
def _asyncapi() -> _Document:
    from shared.contracts.asyncapi.document import document  # noqa: PLC0415  (here alone: it makes every message)

    return _Document(msgspec.json.encode(document(version("content-exports"))))


def _part(name: str, kind: str) -> web.Response:
    body = (files("services.gateway") / "page" / name).read_bytes()
    headers = {"Content-Security-Policy": _POLICY}
    return web.Response(body=body, content_type=kind, charset="utf-8", headers=headers)


def routes_of(app: web.Application) -> set[tuple[str, str]]:
    """(verb, path) of every route, as operations name them."""
    return {
        (route.method, route.resource.canonical.replace("{format}", ""))
        for route in app.router.routes()
        if route.resource is not None and route.method != "HEAD" and route.resource.canonical != _ELSEWHERE
    }
