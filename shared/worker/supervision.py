"""Waits for the thread of an attempt as long as it makes progress; a thread that never returns is abandoned."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Any, TypeVar

from prometheus_client import Gauge

from shared.domain.errors import Fenced
from shared.runtime.logs import get_logger
from shared.worker.infrastructure import Stalled, ThreadsStuck
from shared.worker.reporter import Reporter

STOP_S = 5.0  # how long a thread may go on after it was stopped: it looks at each chunk and each member
_LOOK_S = 0.5
_MOST = 8  # threads that may be stuck before the process ends itself

_STUCK = Gauge(
    "content_exports_worker_threads_stuck", "Threads of this process that were given up, and have not returned"
)

Result = TypeVar("Result")


@dataclass(slots=True)
class Supervisor:
    """The threads of one process. Those that were abandoned are counted until they return."""

    stall_s: float
    stuck: int = 0

    async def check(self) -> None:
        """Raises ThreadsStuck where so many never returned that the process should end itself."""
        if self.stuck >= _MOST:
            raise ThreadsStuck(f"{self.stuck} threads have never returned")

    async def result(self, work: asyncio.Future[Result], reporter: Reporter) -> Result:
        """The result of a thread that reports its progress.

        Raises Stalled if it makes none for `stall_s`; and Fenced if it was stopped, and does not end within STOP_S. The
        thread is abandoned then: it is asked to stop, and what it does later has no effect.
        """
        progress, since = reporter.beats, time.monotonic()
        stopped = False
        while not work.done():
            await asyncio.wait({work}, timeout=min(_LOOK_S, self.stall_s / 4))
            if reporter.beats != progress or reporter.stop.is_set() != stopped:
                progress, since, stopped = reporter.beats, time.monotonic(), stopped or reporter.stop.is_set()
            elif (
                time.monotonic() - since >= (min(STOP_S, self.stall_s) if stopped else self.stall_s) and not work.done()
            ):
                self._abandon(work, reporter)
                raise Fenced if stopped else Stalled(f"no progress for {self.stall_s:g} s")
        return work.result()

    def _abandon(self, work: asyncio.Future[Any], reporter: Reporter) -> None:
        reporter.stop.set()
        self.stuck += 1
        _STUCK.set(self.stuck)
        work.add_done_callback(self._returned)
        get_logger().warning("thread_abandoned", stuck=self.stuck)

    def _returned(self, work: asyncio.Future[Any]) -> None:
        self.stuck -= 1
        _STUCK.set(self.stuck)
        if not work.cancelled():
            work.exception()  # marks it as seen: nobody waits for it
        get_logger().info("abandoned_thread_returned", stuck=self.stuck)
