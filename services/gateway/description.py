"""/openapi.json and /docs: what the API says of itself, for programs and for people. Nothing comes from elsewhere."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from importlib.resources import files

import msgspec
from aiohttp import web

from shared.contracts.openapi import document
from shared.contracts.operations import OPERATIONS
from shared.http.answers import not_found
from shared.http.polling import known, not_modified

_PAGE = {"page.css": "text/css", "page.js": "text/javascript"}
_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
_ELSEWHERE = "/api/v1/progress/{rest}"  # forwarded: the progress service describes what it has there


@dataclass(slots=True)
class Description:
    """Handlers for both forms."""

    _json: bytes = field(init=False)
    _etag: str = field(init=False)

    def __post_init__(self) -> None:
        """Make the description once."""
        self._json = _openapi_json()
        self._etag = f'"{hashlib.sha256(self._json).hexdigest()[:32]}"'

    def add_to(self, app: web.Application) -> None:
        """Add the routes, as the last ones: all others must be described by now."""
        app.router.add_get("/openapi.json", self.openapi)
        app.router.add_get("/docs", self.page)
        app.router.add_get("/docs/{file}", self.part)
        # Checked at every start, so that no route is ever served without a description.
        undescribed = routes_of(app) - {(each.method, each.path) for each in OPERATIONS}
        if undescribed:
            raise LookupError(f"routes without an entry in shared/contracts/operations.py: {sorted(undescribed)}")

    async def openapi(self, request: web.Request) -> web.Response:
        """The OpenAPI document; public, since it contains no data."""
        headers = {"ETag": self._etag}
        if known(request, self._etag):
            return not_modified(headers)
        return web.Response(body=self._json, content_type="application/json", charset="utf-8", headers=headers)

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
def _openapi_json() -> bytes:
    return msgspec.json.encode(document(OPERATIONS, version("content-exports")))


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
