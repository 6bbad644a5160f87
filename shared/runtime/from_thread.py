"""A bridge from a thread to the event loop: packaging is synchronous code in a thread, its queries run on the loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

ANSWER_TIMEOUT_S = 120.0  # longer than any query or ranged read that still succeeds

Result = TypeVar("Result")


def run_on_loop(
    work: Coroutine[Any, Any, Result], loop: asyncio.AbstractEventLoop, too_late: Callable[[], Exception]
) -> Result:
    """Run `work` on `loop` and return its result. The calling thread, which must not be the loop's own, blocks.

    Raises what `work` raises. Work that takes longer than ANSWER_TIMEOUT_S is cancelled, and `too_late()` is raised.
    """
    future = asyncio.run_coroutine_threadsafe(work, loop)
    try:
        return future.result(ANSWER_TIMEOUT_S)
    except TimeoutError as error:
        future.cancel()
        raise too_late() from error
