"""Whether a worker process takes work: not after an infrastructure error, nor while it drains, until its checks pass again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from prometheus_client import Gauge

from shared.domain.errors import in_full
from shared.runtime.lifecycle import stops_within, unless
from shared.runtime.logs import get_logger
from shared.worker.infrastructure import infrastructure_cause, is_shortage

Check = Callable[[], Awaitable[None]]  # raises where something is not well

_CHECK_TIMEOUT_S = 5.0

_PAUSED = Gauge(
    "content_exports_worker_paused", "1 while this process takes no work, because of the infrastructure", ["cause"]
)


DRAINING = "draining"  # the cause of a pause that an operator has asked for


class Draining(Exception):
    """Raised by a check while an operator drains the process. It waits, as long as that takes."""


class Unfit(Exception):
    """Ends the process, for its supervisor to start another: it is short of something that does not come back."""


@dataclass(slots=True)
class Intake:
    """Lets the slots of a process take work while it can do it.

    An infrastructure error closes the intake; it opens once all `checks` pass, asked every `recheck_s`. A process that
    is short of memory, threads, files or disk for `unfit_after_s` ends itself; a server that is away is waited for.
    """

    checks: Mapping[str, Check]
    stopping: asyncio.Event
    recheck_s: float
    unfit_after_s: float
    paused: asyncio.Event = field(default_factory=asyncio.Event)
    _opened: asyncio.Event = field(default_factory=asyncio.Event)
    _cause: str = ""
    _recovering: asyncio.Task[None] | None = None
    _unfit: Unfit | None = None

    async def opened(self) -> bool:
        """Wait until work may be taken; False once the process is stopping. Raises Unfit."""
        if self._recovering is not None:
            await unless(self.stopping, self._opened.wait())
        if self._unfit is not None:
            raise self._unfit
        return not self.stopping.is_set()

    def close(self, cause: str) -> None:
        """Take no more work until the checks pass. `cause` is the code of an infrastructure error."""
        if self._recovering is None and not self.stopping.is_set():
            self._cause = cause
            self._opened.clear()
            self.paused.set()
            _PAUSED.labels(cause).set(1)
            get_logger().warning("worker_paused", cause=cause)
            self._recovering = asyncio.create_task(self._recover())

    async def check(self) -> None:
        """For readiness. Raises Unfit while the process takes no work."""
        if self._recovering is not None:
            raise Unfit(f"paused: {self._cause}")

    async def _recover(self) -> None:
        began, short_since = time.monotonic(), None
        try:
            while not await stops_within(self.stopping, self.recheck_s):
                failing = await self._failing()
                if not failing:
                    get_logger().info("worker_resumed", cause=self._cause, seconds=round(time.monotonic() - began, 1))
                    return
                short = any(is_shortage(cause) for cause in failing.values())
                short_since = (short_since or time.monotonic()) if short else None
                if short_since is not None and time.monotonic() - short_since >= self.unfit_after_s:
                    self._unfit = Unfit(f"this process does not recover: {failing}")
                    return
        finally:
            _PAUSED.labels(self._cause).set(0)
            self._recovering = None
            self.paused.clear()
            self._opened.set()

    async def _failing(self) -> dict[str, str]:
        """The checks that do not pass, each with the code of its cause."""
        outcomes = await asyncio.gather(*(_outcome(name, check) for name, check in self.checks.items()))
        return {name: cause for name, cause in outcomes if cause}


async def _outcome(name: str, check: Check) -> tuple[str, str]:
    try:
        async with asyncio.timeout(_CHECK_TIMEOUT_S):
            await check()
    except Draining:  # not logged each time: it is as it should be
        return name, DRAINING
    except Exception as error:  # noqa: BLE001  (whatever is wrong with it, the process takes no work)
        cause = infrastructure_cause(error) or type(error).__name__
        get_logger().info("worker_still_paused", check=name, cause=cause, reason=in_full(error))
        return name, cause
    return name, ""
