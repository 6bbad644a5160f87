"""A thread that needs the event loop: packaging is synchronous, and what it reads comes through the loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

ANSWER_TIMEOUT_S = 120.0  # longer than any query or range takes that still comes

Result = TypeVar("Result")


def wait_for(
    work: Coroutine[Any, Any, Result], loop: asyncio.AbstractEventLoop, too_late: Callable[[], Exception]
) -> Result:
    """What `work` gives, done on `loop`; for a thread that is not the loop's own, and blocks until then.

    Raises what `work` raises. Work that takes longer than ANSWER_TIMEOUT_S is cancelled, and `too_late()` raised.
    """
    future = asyncio.run_coroutine_threadsafe(work, loop)
    try:
        return future.result(ANSWER_TIMEOUT_S)
    except TimeoutError as error:
        future.cancel()
        raise too_late() from error
