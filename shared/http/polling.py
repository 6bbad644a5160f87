"""Polling for what is under way: when to try again, what has not changed since, and long requests that wait for a change."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from aiohttp import web

State = TypeVar("State")

LONGEST_WAIT_S = 30.0  # a proxy in front may give up on a silent request after a minute


class Changes(Protocol):
    """The changes of what a request waits for."""

    @property
    def closed(self) -> bool:
        """Whether the process is stopping: no change will come any more."""
        ...

    def collect(self) -> None:
        """Count changes from now on: what is read after this shows all earlier ones."""
        ...

    async def ready(self, timeout_s: float) -> None:
        """Return after a change since the last `collect`, at the latest after the time."""
        ...


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
    """A weak ETag of the content of a response; its form (ids as strings, links) may differ."""
    return f'W/"{"-".join(map(str, parts))}"'


async def read_until(
    ends: Callable[[State], bool], read: Callable[[], Awaitable[State]], changes: Changes, seconds: float
) -> State:
    """The state from `read` once `ends` accepts it, or at the end of the time or of the process."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while True:
        changes.collect()
        state = await read()
        # Read before the time is checked: a change at the last moment is still in the answer.
        remaining = deadline - loop.time()
        if ends(state) or remaining <= 0 or changes.closed:
            return state
        await changes.ready(remaining)


def differs(request: web.Request, tag: str) -> bool:
    """Whether the client has another version than this one; False for a client that has not named any."""
    return "If-None-Match" in request.headers and not is_current(request, tag)


def is_current(request: web.Request, tag: str) -> bool:
    """Whether the client has this version already."""
    etags = request.headers.get("If-None-Match")
    if etags is None:
        return False
    # Weak comparison (RFC 9110, 13.1.2): a proxy may have made a strong tag weak.
    bare = tag.removeprefix("W/")
    return etags.strip() == "*" or bare in (each.strip().removeprefix("W/") for each in etags.split(","))


def not_modified(headers: dict[str, str]) -> web.Response:
    """304: the client has it already."""
    return web.Response(status=304, headers=headers)
