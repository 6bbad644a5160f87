"""The addresses of a broker: AMQP_URL has one, or that of each node of a cluster, separated by commas or spaces."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, unquote, urlsplit, urlunsplit

_HEARTBEAT_S = 4
_BETWEEN = re.compile(r"[,\s]+")


def addresses(amqp_url: str) -> tuple[str, ...]:
    """Each address of the list, in its order. A comma within a password is written `%2C`."""
    return tuple(filter(None, _BETWEEN.split(amqp_url)))


def with_heartbeat(address: str) -> str:
    """The address with the interval of heartbeats, in seconds, unless it has one.

    aiormq gives a silent broker up after three intervals and three seconds: 15 s with the default of 4.
    """
    parts = urlsplit(address)
    if "heartbeat" in parse_qs(parts.query):
        return address
    return urlunsplit(parts._replace(query="&".join(filter(None, (parts.query, f"heartbeat={_HEARTBEAT_S}")))))


def user_of(amqp_url: str) -> str:
    """The user whose rights a connection has; it is the same on each node."""
    return unquote(urlsplit(addresses(amqp_url)[0]).username or "guest")
