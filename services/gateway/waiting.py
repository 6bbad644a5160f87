"""Requests that wait for an export are woken when its state changes: they do not poll, and hold no connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager

from shared.adapters.postgres.listener import AccessChange, Link, Notification
from shared.contracts.events import STATE


class WaitingRequests:
    """The waiting requests of this process."""

    def __init__(self) -> None:
        self.closed = False
        self._waiting: dict[int, set[asyncio.Event]] = {}

    async def run(self, notifications: AsyncGenerator[Notification, None]) -> None:
        """Wake the requests that wait for an export that has changed, and all whenever a change may have been missed."""
        async with aclosing(notifications) as heard:
            async for notification in heard:
                self._wake(notification)

    def _wake(self, notification: Notification) -> None:
        if isinstance(notification, Link | AccessChange):
            self._wake_all()
        elif notification.name == STATE:
            for event in self._waiting.get(notification.data.content_export_id, ()):
                event.set()

    def any(self) -> bool:
        """Whether any request waits. One that comes later reads the export first, and so misses nothing."""
        return bool(self._waiting)

    @contextmanager
    def changes_of(self, export_id: int) -> Iterator[asyncio.Event]:
        """An event that is set at each change; read the export after this, so that none is missed."""
        event = asyncio.Event()
        self._waiting.setdefault(export_id, set()).add(event)
        try:
            yield event
        finally:
            self._waiting[export_id].discard(event)
            if not self._waiting[export_id]:
                del self._waiting[export_id]

    def close(self) -> None:
        """The process stops: no request waits any more."""
        self.closed = True
        self._wake_all()

    def _wake_all(self) -> None:
        for events in self._waiting.values():
            for event in events:
                event.set()
