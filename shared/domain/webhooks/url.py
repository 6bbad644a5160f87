"""Which URLs may be registered as webhooks. Names are looked up when they are called, and not here."""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from shared.domain.webhooks.addresses import FIRST_FREE_PORT, Network, is_port_of_receivers, may_connect

LONGEST_URL = 2048  # characters

_CHARACTERS = re.compile(r"[!-~]+")  # visible ASCII alone: a name in another script is written in Punycode
_NAME = re.compile(
    r"(?=.{1,253}\Z)(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.)*[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
)
_NUMBER = re.compile(r"\d+|0[xX][0-9A-Fa-f]*")  # as the last part of a host: an address in an unusual spelling
_LOCAL = ("localhost", "localdomain", "local", "internal")  # RFC 6761, 6762; ICANN's name for private use


def url_fault(url: str, *, http: bool, allowed: Iterable[Network] = ()) -> str | None:
    """What is wrong with the URL of a webhook, as a sentence; None if nothing is.

    `http` allows it beside https. Where there are `allowed` networks, a name may lead to one of them: it may then be local,
    with any port, and `may_connect` decides when it is called.
    """
    if len(url) > LONGEST_URL or not _CHARACTERS.fullmatch(url):
        return f"url must have at most {LONGEST_URL} characters, all of visible ASCII"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "url cannot be read"
    if parts.scheme not in (("https", "http") if http else ("https",)):
        return "url must begin with https://"
    if parts.username is not None or parts.password is not None:
        return "url must have no user and no password"
    if parts.fragment:
        return "url must have no fragment"
    networks = tuple(allowed)
    return _host_fault(parts, networks) or _port_fault(port, networks)


def _host_fault(parts: SplitResult, allowed: tuple[Network, ...]) -> str | None:
    host = (parts.hostname or "").removesuffix(".")
    if _is_address(host):
        return None if may_connect(host, allowed) else "url must name a host of the public internet"
    if "[" in parts.netloc or not _NAME.fullmatch(host) or _NUMBER.fullmatch(host.rpartition(".")[2]):
        return "url must name a host"
    if not allowed and (host.rpartition(".")[2] in _LOCAL or "." not in host):
        return "url must name a host of the public internet"
    return None


def _port_fault(port: int | None, allowed: tuple[Network, ...]) -> str | None:
    if port is None or allowed or is_port_of_receivers(port):
        return None
    return f"url must have the port 80, 443, or one from {FIRST_FREE_PORT} on"


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
