"""Work that is done now and then, such as a count for /metrics, and takes a small share of the time, however long it takes."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

_SHARE = 20


@dataclass(slots=True)
class Sparing:
    """Work that rests after each time for `every_s`, and for twenty times as long as it took."""

    every_s: float = 0.0
    _next_at: float = 0.0

    async def run(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do the work if its rest is over; what it raises is raised, and it is due again at once."""
        began = time.monotonic()
        if began < self._next_at:
            return
        await work()
        ended = time.monotonic()
        self._next_at = ended + max(self.every_s, _SHARE * (ended - began))
