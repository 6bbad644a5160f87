"""Asking again for what is under way: when to, what has not changed since, and waiting for it on the line."""

from __future__ import annotations

import math
import time
from datetime import datetime

from aiohttp import web

LONGEST_WAIT_S = 30.0  # a proxy in front may give up on a silent request after a minute


def wait_s(request: web.Request) -> float:
    """How long the client is ready to wait for the end, or for a change: `?wait=30`. Anything but a number is 0."""
    if not request.query_string:
        return 0.0
    try:
        seconds = float(request.query.get("wait", "0"))
    except ValueError:
        return 0.0
    return min(max(seconds, 0.0), LONGEST_WAIT_S) if math.isfinite(seconds) else 0.0


def etag(*parts: object) -> str:
    """A weak tag of what an answer tells; its form (ids as strings, links) may differ."""
    return f'W/"{"-".join(map(str, parts))}"'


def known(request: web.Request, tag: str) -> bool:
    """Whether the client has this already."""
    given = request.headers.get("If-None-Match")
    if given is None:
        return False
    bare = tag.removeprefix("W/")
    return given.strip() == "*" or bare in (each.strip().removeprefix("W/") for each in given.split(","))


def retry_after(since: datetime) -> str:
    """Seconds after which it makes sense to ask again: a tenth of what it has taken so far, from 1 to 15."""
    return str(max(1, min(15, round((time.time() - since.timestamp()) / 10))))


def not_modified(headers: dict[str, str]) -> web.Response:
    """304: the client has it already."""
    return web.Response(status=304, headers=headers)
