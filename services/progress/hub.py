"""Fan-out in memory: an event that is received once reaches every open stream that follows it.

A subscription is either collecting (events wait in memory for its reader) or behind (they do not: the reader has to read
the log first). Every subscription falls behind when the connection to the log was lost, and one alone when its reader
lags further than the bound. So memory is bounded, and nothing is lost: the log has what memory dropped.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import aclosing, contextmanager

from services.progress.frames import frame
from services.progress.metrics import BEHIND, LISTENING
from shared.adapters.postgres.events.export_events import Subject
from shared.adapters.postgres.listener import AccessChange, Link, Notification
from shared.contracts.events import PROGRESS, ExportEvent

_PENDING = 256  # events that wait for one reader: some 100 kB
_STUCK_S = 1.0  # how long a reader may take to end once its subscription is closed
_SLICE = 200  # streams served before other work has its turn: some 15 us each

WHOLE_LOG = None  # what a subscription to every event follows

Pending = dict[tuple[str, int], ExportEvent]
SendAtOnce = Callable[[ExportEvent, bytes], Awaitable[bool]]  # an event and its frame: whether it was sent; never waits


def add_pending(pending: Pending, event: ExportEvent) -> None:
    """Add an event to those that wait: of one export's completion only the latest stays, of its states each."""
    key = (event.name, event.data.progress_id if event.name == PROGRESS else event.id)
    pending.pop(key, None)  # and in again at the end, so that ids keep rising
    pending[key] = event


class Subscription:
    """The events of one subject, for one reader."""

    __slots__ = ("_pending", "_waiter", "behind", "check_is_due", "closed", "reader", "send_at_once", "user_id")

    def __init__(self, reader: asyncio.Task[object], *, closed: bool = False) -> None:
        self.reader = reader
        self.behind = False
        self.closed = closed
        self.send_at_once: SendAtOnce | None = (
            None  # spares a resting reader the waking: two thirds of the cost of an event
        )
        self.user_id: int | None = None  # of the client, once it is known
        self.check_is_due = False  # whether the client may have lost its right since the last check
        self._pending: Pending = {}
        self._waiter: asyncio.Future[None] | None = None

    async def offer(self, event: ExportEvent, data: bytes) -> None:
        """Send the event at once where the reader rests and its client accepts it; else let it wait and wake the reader."""
        if self.behind or (self.send_at_once and self._rests() and await self.send_at_once(event, data)):
            return
        add_pending(self._pending, event)
        if len(self._pending) > _PENDING:
            BEHIND.labels("slow_reader").inc()
            self.fall_behind()
        self._wake()

    def fall_behind(self) -> None:
        """Drop what waits: the reader has to read the log."""
        self._pending = {}
        self.behind = True
        self._wake()

    def recheck(self) -> None:
        """Have the reader check the client's right before it sends anything more."""
        self.check_is_due = True
        self._wake()

    def collect(self) -> None:
        """Keep events from now on: the reader is about to read the log up to this moment or later."""
        self._pending = {}
        self.behind = False

    def take(self) -> list[ExportEvent]:
        """The events that wait, by rising id; they wait no more."""
        events, self._pending = list(self._pending.values()), {}
        return events

    def close(self) -> None:
        """No more will come; the reader ends."""
        self.closed = True
        self._wake()

    async def ready(self, timeout_s: float) -> None:
        """Return once the reader has something to do, at the latest after the time."""
        if not (self.behind or self._pending):
            await self.pause(timeout_s)

    async def pause(self, timeout_s: float) -> None:
        """Return at the next event or after the time, whatever waits already."""
        if self.closed:
            return
        loop = asyncio.get_running_loop()
        self._waiter = loop.create_future()
        timer = loop.call_later(timeout_s, self._wake)
        try:
            await self._waiter
        finally:
            timer.cancel()
            self._waiter = None

    def _rests(self) -> bool:
        return not self._pending and self._waiter is not None and not self._waiter.done()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class Hub:
    """All subscriptions of a process, by what they follow."""

    def __init__(self) -> None:
        self.listening = False
        self._closed = False
        self._subscriptions: dict[Subject | None, set[Subscription]] = {}

    @contextmanager
    def subscribe(self, subject: Subject | None) -> Iterator[Subscription]:
        """Follow a progress, a context or WHOLE_LOG while the block lasts."""
        subscription = Subscription(_this_task(), closed=self._closed)
        followers = self._subscriptions.setdefault(subject, set())
        followers.add(subscription)
        try:
            yield subscription
        finally:
            followers.discard(subscription)
            if not followers and self._subscriptions.get(subject) is followers:
                del self._subscriptions[subject]

    async def run(self, notifications: AsyncGenerator[Notification, None]) -> None:
        """Forward the notifications, for ever."""
        async with aclosing(notifications) as stream:
            async for item in stream:
                await self._hear(item)

    async def _hear(self, notification: Notification) -> None:
        if isinstance(notification, ExportEvent):
            await self._hand_on(notification)
            return
        if isinstance(notification, AccessChange):
            self._recheck(notification)
            return
        self.listening = notification is Link.UP
        LISTENING.set(self.listening)
        if self.listening:
            for subscription in self._all():
                BEHIND.labels("reconnected").inc()
                subscription.fall_behind()
            self._recheck(AccessChange(None))  # one may have been missed

    def _recheck(self, change: AccessChange) -> None:
        for subscription in self._all():
            if change.user_id is None or subscription.user_id == change.user_id:
                subscription.recheck()

    async def _hand_on(self, event: ExportEvent) -> None:
        """Offer an event to all who follow its progress or its context, each in the order of the log."""
        followers = [
            *self._subscriptions.get(event.data.progress_id, ()),
            *self._subscriptions.get(event.context, ()),
            *self._subscriptions.get(WHOLE_LOG, ()),
        ]
        data = frame(event) if followers else b""
        for start in range(0, len(followers), _SLICE):
            for subscription in followers[start : start + _SLICE]:
                await subscription.offer(event, data)
            await asyncio.sleep(0)

    async def close(self) -> None:
        """End all streams, and those that are opened from now on. Readers stuck in a write are cut off."""
        self._closed = True
        for subscription in self._all():
            subscription.close()
        readers = {subscription.reader for subscription in self._all()}
        if readers:
            await asyncio.wait(readers, timeout=_STUCK_S)
        for reader in readers:
            reader.cancel()

    def _all(self) -> list[Subscription]:
        return [one for followers in self._subscriptions.values() for one in followers]


def _this_task() -> asyncio.Task[object]:
    task = asyncio.current_task()
    assert task is not None  # handlers run in tasks
    return task
