"""Sends what is due on one channel: many targets at a time, a few deliveries of each, so that a slow one delays itself alone.

Any number of processes may send: each try is claimed for LEASE_S. A process that is killed leaves its tries to the lease.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

from prometheus_client import Counter, Gauge

from services.notifier.channel import NoticeChannel
from shared.domain.errors import DatabaseUnavailable, in_full
from shared.domain.notices.deliveries import (
    ChannelName,
    DeliveryState,
    GiveUp,
    NoticeDelivery,
    SendOutcome,
    Sent,
    TryAgain,
)
from shared.runtime.lifecycle import stops_within, unless
from shared.runtime.logs import get_logger

TRY_S = 45.0  # the longest that a try may take
LEASE_S = 60.0  # longer than that, with the time to record it
_OF_EACH_TARGET = 4
_MEASURE_S = 5.0
_DATABASE_WAIT_S = 5.0  # the wait after a try that lacked our own database
_UNFORESEEN_S = 300.0  # the wait after an error that is not the receiver's
_MOST_UNFORESEEN = 20  # tries, after which such an error ends a delivery

_OUTCOMES = Counter(
    "content_exports_notifications_total", "Tries of deliveries by their outcome", ["channel", "outcome"]
)
_OLDEST = Gauge(
    "content_exports_notifications_oldest_due_seconds", "For how long the oldest delivery has been due", ["channel"]
)


class DueDeliveries(Protocol):
    """The table of deliveries."""

    async def claim(
        self, channel: ChannelName, *, after: str, busy: Collection[str], limit: int, of_each: int, lease_s: float
    ) -> list[NoticeDelivery]:
        """Begin the next try of what is due, of targets behind `after`, at most `of_each` of one and none of `busy` ones."""
        ...

    async def record(self, delivery: NoticeDelivery, outcome: SendOutcome) -> bool:
        """Write the outcome of a try; False if this process no longer holds the delivery."""
        ...

    async def oldest_due_s(self, channel: ChannelName) -> float:
        """For how many seconds the oldest delivery has been due."""
        ...


@dataclass(slots=True)
class Sender:
    """The tries of one channel in this process. `wake` says that there may be new deliveries."""

    deliveries: DueDeliveries
    channel: NoticeChannel
    stopping: asyncio.Event
    sweep_s: float  # how often due retries are looked for
    grace_s: float
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    _running: dict[asyncio.Task[None], str] = field(default_factory=dict)  # with the target of each
    _last: str = ""  # the target that was served last

    async def run(self) -> None:
        """Send until the process is stopping; then let running tries end within the grace time."""
        while not self.stopping.is_set():
            self.wake.clear()
            if not await self._claim():
                await self._rest()
        if self._running:
            await asyncio.wait(self._running, timeout=self.grace_s)
        for task in list(self._running):
            task.cancel()

    async def measure(self) -> None:
        """Have the age of the oldest due delivery in the metrics, until the process is stopping."""
        while not await stops_within(self.stopping, _MEASURE_S):
            with suppress(DatabaseUnavailable):  # the next claim logs it
                age = await self.deliveries.oldest_due_s(self.channel.name)
                _OLDEST.labels(self.channel.name.value).set(age)

    async def _claim(self) -> int:
        """Begin what is due and has room; how much that was."""
        room = self.channel.at_once - len(self._running)
        if not room:
            return 0
        try:
            claimed = await self._next(room)
        except DatabaseUnavailable as error:
            get_logger().warning("deliveries_not_read", channel=self.channel.name.value, reason=in_full(error))
            return 0
        for delivery in claimed:
            task = asyncio.create_task(self._try(delivery))
            self._running[task] = delivery.target
            task.add_done_callback(self._end)
        return len(claimed)

    async def _next(self, room: int) -> list[NoticeDelivery]:
        """Deliveries of the targets behind the last one, or else from the first target on."""
        for after in dict.fromkeys((self._last, "")):
            claimed = await self.deliveries.claim(
                self.channel.name,
                after=after,
                busy=set(self._running.values()),
                limit=room,
                of_each=_OF_EACH_TARGET,
                lease_s=LEASE_S,
            )
            if claimed:
                self._last = claimed[-1].target
                return claimed
        return []

    def _end(self, task: asyncio.Task[None]) -> None:
        """Give the place of a try to the next one."""
        del self._running[task]
        self.wake.set()

    async def _rest(self) -> None:
        """Until there may be something to send: new deliveries, a target that is free again, or a retry that is due."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self.sweep_s):
                await unless(self.stopping, self.wake.wait())

    async def _try(self, delivery: NoticeDelivery) -> None:
        log = get_logger().bind(channel=self.channel.name.value, event_id=delivery.event_id, target=delivery.target)
        try:
            async with asyncio.timeout(TRY_S):
                outcome = await self.channel.send(delivery)
        except DatabaseUnavailable as error:
            log.warning("delivery_not_tried", attempt=delivery.attempt, reason=in_full(error))
            outcome = TryAgain(_DATABASE_WAIT_S, str(error), counts=False)
        except Exception as error:
            log.exception("delivery_not_tried", attempt=delivery.attempt, reason=in_full(error))
            outcome = unforeseen(delivery)
        word = word_of(outcome)
        try:
            recorded = await self.deliveries.record(delivery, outcome)
        except DatabaseUnavailable as error:  # it is tried again when the lease has ended, under the same id
            log.warning("delivery_not_recorded", outcome=word, reason=in_full(error))
            return
        _OUTCOMES.labels(self.channel.name.value, word if recorded else "fenced").inc()
        log.info("delivery_tried", outcome=word, attempt=delivery.attempt, answer=outcome.answer)


def unforeseen(delivery: NoticeDelivery) -> SendOutcome:
    """What follows an error that is not the receiver's: another try much later, a limited number of times."""
    reason = "An internal error; the log of the notifier has it."
    return GiveUp(reason) if delivery.attempt >= _MOST_UNFORESEEN else TryAgain(_UNFORESEEN_S, reason, counts=False)


def word_of(outcome: SendOutcome) -> str:
    """The outcome in metrics and logs."""
    if isinstance(outcome, Sent):
        return DeliveryState.DELIVERED.value
    return "retry" if isinstance(outcome, TryAgain) else outcome.state.value
