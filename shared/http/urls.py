"""The address that a client knows this service by."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from functools import lru_cache

from aiohttp import web

from shared.http.answers import bad_request
from shared.http.forwarded import forwarded_address
from shared.runtime.settings import ServerSettings

EXPORTS = "/api/v1/{contexts:courses|groups|users}/{context_id}/content_exports"  # the exports of a context, as a route
LOG = "/api/v1/content_exports/events"  # of all contexts
SUFFIX = r"{format:(?:\.json)?/?}"  # what may follow a path of the API: Canvas takes both on every route

# A name (as DNS has them, and with '_'), an IPv4 address or a bracketed IPv6 address; and a port: RFC 3986, 3.2.2.
_AUTHORITY = re.compile(r"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")


def add_route(
    app: web.Application, method: str, path: str, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> None:
    """Add a route of the API, with what may follow its path. A GET answers HEAD, too."""
    if method == "GET":
        app.router.add_get(path + SUFFIX, handler)
    else:
        app.router.add_route(method, path + SUFFIX, handler)


def public_address(settings: ServerSettings) -> str:
    """`public_url` without a slash at the end; empty where it is not set, so that links are paths."""
    return (settings.public_url or "").rstrip("/")


def base_url(request: web.Request, settings: ServerSettings, *, behind_gateway: bool = False) -> str:
    """Scheme, host and port, without a slash at the end.

    `public_url` where it is set. Else the address from a trusted proxy: any client can send these headers.
    Else the address that the client has used. A service behind the gateway takes the gateway's word: the gateway sets
    the headers itself, whatever its client has sent. Raises the 400 answer for a Host that is no host, or none of ours.
    """
    if settings.public_url:
        return settings.public_url.rstrip("/")
    scheme, host = request.scheme, request.host
    if behind_gateway or settings.trust_forwarded:
        forwarded = forwarded_address(request)
        scheme, host = forwarded.scheme or scheme, forwarded.host or host
    if (base := _base(scheme, host)) is None:
        raise bad_request("the Host header does not name a host")
    if settings.allowed_hosts and _name(host) not in settings.allowed_hosts:
        raise bad_request("the Host header names a host that this service does not serve")
    return base


def _name(host: str) -> str:
    """The host without its port, in lower case."""
    name, _, port = host.rpartition(":")
    return (name if name and port.isdecimal() else host).lower()


@lru_cache(maxsize=1024)
def _base(scheme: str, host: str) -> str | None:
    return f"{scheme}://{host}" if scheme in ("http", "https") and _AUTHORITY.fullmatch(host) else None
