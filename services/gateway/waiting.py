"""Requests that wait for an export are woken when its state changes: they do not poll, and hold no connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager, suppress

from shared.adapters.postgres.listener import AccessChange, Link, Notification
from shared.contracts.events import STATE


class ExportChanges:
    """The changes of one export, for one request."""

    __slots__ = ("_changed", "_requests")

    def __init__(self, requests: WaitingRequests) -> None:
        self._requests = requests
        self._changed = asyncio.Event()

    @property
    def closed(self) -> bool:
        """Whether the process is stopping."""
        return self._requests.closed

    @property
    def pending(self) -> bool:
        """Whether there was a change since the last `collect`."""
        return self._changed.is_set()

    def collect(self) -> None:
        """Count changes from now on."""
        self._changed.clear()

    def wake(self) -> None:
        """The export has changed, or may have."""
        self._changed.set()

    async def ready(self, timeout_s: float) -> None:
        """Return after a change, at the latest after the time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._changed.wait()


class WaitingRequests:
    """The waiting requests of this process."""

    def __init__(self) -> None:
        self.closed = False
        self._waiting: dict[int, set[ExportChanges]] = {}

    async def run(self, notifications: AsyncGenerator[Notification, None]) -> None:
        """Wake the requests that wait for an export that has changed, and all whenever a change may have been missed."""
        async with aclosing(notifications) as stream:
            async for notification in stream:
                self._wake(notification)

    def _wake(self, notification: Notification) -> None:
        # A reconnect may have missed changes, and a revoked token must end its wait: all requests look again.
        if isinstance(notification, Link | AccessChange):
            self._wake_all()
        elif notification.name == STATE:
            for changes in self._waiting.get(notification.data.content_export_id, ()):
                changes.wake()

    def any(self) -> bool:
        """Whether any request waits. One that comes later reads the export first, and so misses nothing."""
        return bool(self._waiting)

    @contextmanager
    def changes_of(self, export_id: int) -> Iterator[ExportChanges]:
        """The changes while the block lasts; read the export within it, so that none is missed."""
        changes = ExportChanges(self)
        self._waiting.setdefault(export_id, set()).add(changes)
        try:
            yield changes
        finally:
            self._waiting[export_id].discard(changes)
            if not self._waiting[export_id]:
                del self._waiting[export_id]

    def close(self) -> None:
        """The process stops: no request waits any more."""
        self.closed = True
        self._wake_all()

    def _wake_all(self) -> None:
        for each in self._waiting.values():
            for changes in each:
                changes.wake()
