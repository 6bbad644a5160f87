"""The address that a client knows this service by."""

from __future__ import annotations

from aiohttp import web

from shared.runtime.settings import Settings


def base_url(request: web.Request, settings: Settings) -> str:
    """Scheme, host and port, without a slash at the end.

    `public_url` where it is set. Else what a proxy in front says, if it is trusted to: anybody can send these headers.
    Else the address that the client has used.
    """
    if settings.public_url:
        return settings.public_url.rstrip("/")
    scheme, host = request.scheme, request.host
    if settings.trust_forwarded:
        scheme = request.headers.get("X-Forwarded-Proto", scheme)
        host = request.headers.get("X-Forwarded-Host", host)
    return f"{scheme}://{host}"
