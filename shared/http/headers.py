"""Headers that every answer carries, streams included; and who may read answers in a browser from another origin."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from aiohttp import hdrs, web
from multidict import CIMultiDict, istr

from shared.http.rate import SPENT
from shared.runtime.settings import ServerSettings, Settings

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_OF_THE_API = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "private, no-cache",
    "Vary": "Accept, Authorization",
}
_SERVER = "content-exports"  # and not which version of what it is made of
_COST, _REMAINING = istr("X-Request-Cost"), istr("X-Rate-Limit-Remaining")
_YEAR_S = 31_536_000
_EXPOSED = (
    "Link, Location, ETag, Retry-After, Content-Disposition, Repr-Digest, "
    "X-Request-Id, X-Rate-Limit-Remaining, X-Request-Cost"
)
_PREFLIGHT_S = 600


def add_headers(app: web.Application, settings: Settings) -> None:
    """Add those of the API to all answers of an application; what a handler has set itself stays."""
    add_fixed_headers(app, settings, _OF_THE_API)
    if settings.cors_origins:
        _add_cors(app, frozenset(settings.cors_origins))


def add_fixed_headers(app: web.Application, settings: ServerSettings, security: Mapping[str, str]) -> None:
    """Add the headers of `security` to all answers of an application; what a handler has set itself stays.

    With them go the name of the server, what the request has spent of a rate limit, and over TLS the order to stay with it.
    """
    fixed = CIMultiDict(security)
    if settings.is_https:
        fixed["Strict-Transport-Security"] = f"max-age={_YEAR_S}"

    async def prepare(request: web.Request, response: web.StreamResponse) -> None:
        headers = response.headers
        headers[hdrs.SERVER] = _SERVER
        headers.merge(fixed)  # adds what is not there
        if (spent := request.get(SPENT)) is not None:
            headers[_COST], headers[_REMAINING] = f"{spent.cost:g}", f"{spent.remaining:.1f}"

    app.on_response_prepare.append(prepare)


def _add_cors(app: web.Application, origins: frozenset[str]) -> None:
    """Cross-origin readers by the Fetch standard. No cookies are read here, so none are allowed."""

    async def prepare(request: web.Request, response: web.StreamResponse) -> None:
        response.headers["Vary"] = "Accept, Authorization, Origin"
        if (allowed := _allowed(request, origins)) is not None:
            response.headers["Access-Control-Allow-Origin"] = allowed
            response.headers["Access-Control-Expose-Headers"] = _EXPOSED

    @web.middleware
    async def preflight(request: web.Request, handler: Handler) -> web.StreamResponse:
        method = request.headers.get("Access-Control-Request-Method")
        if request.method != "OPTIONS" or method is None or _allowed(request, origins) is None:
            return await handler(request)
        headers = {
            "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, DELETE",
            "Access-Control-Allow-Headers": request.headers.get("Access-Control-Request-Headers", ""),
            "Access-Control-Max-Age": str(_PREFLIGHT_S),
        }
        return web.Response(status=204, headers=headers)

    app.on_response_prepare.append(prepare)
    app.middlewares.append(preflight)


def _allowed(request: web.Request, origins: frozenset[str]) -> str | None:
    origin = request.headers.get("Origin")
    if origin is None:
        return None
    if "*" in origins:
        return "*"
    return origin if origin in origins else None
