"""Waits for what a test has set going, without a sleep of a chosen length."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

PAUSE_S = 0.03


async def until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    """Return once the condition holds. Raises AssertionError after the time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        await asyncio.sleep(PAUSE_S)
