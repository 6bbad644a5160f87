"""Headers of every page: nothing from another host, no frame around it, no script but our own file."""

from __future__ import annotations

from aiohttp import hdrs, web

from services.console.settings import ConsoleSettings

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_FIXED = {
    "Content-Security-Policy": PAGE_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "private, no-store",
}
_SERVER = "content-exports"
_YEAR_S = 31_536_000


def add_headers(app: web.Application, settings: ConsoleSettings) -> None:
    """Add them to all answers; what a handler has set itself stays."""
    fixed = dict(_FIXED)
    if settings.is_https:
        fixed["Strict-Transport-Security"] = f"max-age={_YEAR_S}"

    async def prepare(request: web.Request, response: web.StreamResponse) -> None:
        response.headers[hdrs.SERVER] = _SERVER
        for name, value in fixed.items():
            response.headers.setdefault(name, value)

    app.on_response_prepare.append(prepare)
