"""An event loop in a thread of its own, for clients that go on while the main thread kills and starts processes.

Processes must be started from the main thread: the kernel ends them with the thread that has started them.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, TypeVar

Result = TypeVar("Result")


class Background:
    """The loop."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="background", daemon=True)

    def spawn(self, work: Coroutine[Any, Any, Result]) -> Future[Result]:
        """Begin work in the loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def call(self, work: Coroutine[Any, Any, Result], within_s: float = 600.0) -> Result:
        """Do work in the loop and wait for its result. Raises TimeoutError without one in time."""
        return self.spawn(work).result(within_s)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Cancel what still runs, and end the thread."""
        self.call(_cancel_all())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@contextmanager
def background() -> Iterator[Background]:
    """A running loop during the block."""
    running = Background()
    running.start()
    try:
        yield running
    finally:
        running.stop()


async def _cancel_all() -> None:
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
