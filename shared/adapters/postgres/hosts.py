"""Opens connections to the first host of DATABASE_URL that takes them: the server, or a primary and its standbys.

asyncpg tries several hosts as well, but all of them within one time limit, which a host that is frozen uses up.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from shared.adapters.postgres.traced_connection import connection_options, described

_HOST_TIMEOUT_S = 3.0  # of a connection to one of several hosts

# Of a host that is away, starts or stops, or is no primary where `target_session_attrs` asks for one.
_NEXT_HOST = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.exceptions.TargetServerAttributeNotMatched,
)


def host_urls(database_url: str) -> tuple[str, ...]:
    """The URL with each of its hosts alone, in their order."""
    parts = urlsplit(database_url)
    user, at, hosts = parts.netloc.rpartition("@")
    if "," not in hosts:
        return (database_url,)
    return tuple(urlunsplit(parts._replace(netloc=f"{user}{at}{host}")) for host in hosts.split(","))


async def connect(dsn: str | None = None, **options: Any) -> asyncpg.Connection:
    """A connection to the URL `dsn`; `options` are those of `asyncpg.connect`, as a pool hands them on.

    Raises the errors of `asyncpg.connect`, of several hosts those of the last.
    """
    *others, last = host_urls(dsn or "")
    options |= connection_options()
    limit = {"timeout": _HOST_TIMEOUT_S} if others else {}
    for url in others:
        try:
            return described(await asyncpg.connect(url, **{**options, **limit}), url)
        except _NEXT_HOST:
            continue
    return described(await asyncpg.connect(last, **{**options, **limit}), last)
