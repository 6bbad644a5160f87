"""Threads that may never end: each runs one piece of work, and none holds up the end of the process."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from threading import Thread
from typing import Any, TypeVar

Result = TypeVar("Result")


class DaemonThreads(Executor):
    """An executor with a new daemon thread for each call, so that one that never returns takes no other's place.

    The caller limits how many run at once.
    """

    def __init__(self, name: str) -> None:
        """`name` is that of every thread."""
        self._name = name

    def submit(self, work: Callable[..., Result], /, *arguments: Any, **keywords: Any) -> Future[Result]:
        """Run `work` in a thread of its own. Raises RuntimeError, and runs nothing, if none can be started."""
        future: Future[Result] = Future()

        def run() -> None:
            try:
                future.set_result(work(*arguments, **keywords))
            except BaseException as error:  # noqa: BLE001  (the future's, as in every executor)
                future.set_exception(error)

        future.set_running_or_notify_cancel()
        Thread(target=run, name=self._name, daemon=True).start()
        return future
