"""What proxies in front say of a request: RFC 7239 `Forwarded`, else the older `X-Forwarded-*` headers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from aiohttp import web

# `for="[2001:db8::1]:4711";proto=https` (RFC 7239, 4): names in any case, values as tokens or quoted strings.
# No pattern looks at a part twice: a name begins after no letter, and a quotation that is not closed has the whole rest.
_PAIR = re.compile(r'(?<![A-Za-z])([A-Za-z]++)\s*+=\s*+(?:"((?:[^"\\]|\\.)*+)"|([^\s;,"]++))')
_ELEMENTS = re.compile(r'(?:[^",]|"(?:[^"\\]|\\.?)*+(?:"|\Z))++')


class Forwarded(NamedTuple):
    """The address that the client used, as reported by a proxy; None for unknown."""

    scheme: str | None = None
    host: str | None = None


def forwarded_address(request: web.Request) -> Forwarded:
    """Scheme and host of the client's own request.

    Each proxy adds its word at the end of a list, so the first word is that of the proxy next to the client.
    """
    if "Forwarded" in request.headers:
        first = _elements(request.headers.getall("Forwarded"))[:1]
        pairs = first[0] if first else {}
        return Forwarded(_lower(pairs.get("proto")), pairs.get("host"))
    scheme, host = _first(request, "X-Forwarded-Proto"), _first(request, "X-Forwarded-Host")
    port = _first(request, "X-Forwarded-Port")
    if host and port and ":" not in host.rpartition("]")[2] and port != {"https": "443"}.get(scheme or "", "80"):
        host = f"{host}:{port}"
    return Forwarded(_lower(scheme), host)


def client_address(request: web.Request, trusted_proxies: int) -> str:
    """The address that the request comes from: that of the peer, or what the outermost of our own proxies has seen.

    Only the last `trusted_proxies` words of the list are those of our proxies: everything before may be invented.
    """
    if not trusted_proxies:
        return request.remote or ""
    addresses = [pairs.get("for", "") for pairs in _elements(request.headers.getall("Forwarded", ()))]
    if not addresses:
        addresses = [each.strip() for each in ",".join(request.headers.getall("X-Forwarded-For", ())).split(",")]
    believed = [each for each in addresses if each][-trusted_proxies:]
    return _without_port(believed[0]) if believed else request.remote or ""


def _elements(headers: Sequence[str]) -> list[dict[str, str]]:
    return [
        {name.lower(): quoted.replace("\\", "") or token for name, quoted, token in _PAIR.findall(element)}
        for header in headers
        for element in _ELEMENTS.findall(header)
    ]


def _first(request: web.Request, name: str) -> str | None:
    return request.headers.get(name, "").split(",")[0].strip() or None


def _lower(word: str | None) -> str | None:
    return word.lower() if word else None


def _without_port(address: str) -> str:
    if address.startswith("["):
        return address[1:].partition("]")[0]
    return address.partition(":")[0] if address.count(":") == 1 else address
