"""Every event of a subject, in order, once: from the log while the reader is behind, from memory otherwise."""

from __future__ import annotations

from typing import Protocol

from services.progress.hub import Subscription
from shared.adapters.postgres.export_events import BATCH, Subject
from shared.contracts.events import ExportEvent


class Log(Protocol):
    """What has been logged."""

    async def after(self, subject: Subject, event_id: int) -> list[ExportEvent]:
        """The events of a subject after an id, in order; at most BATCH, so a full batch has a sequel."""


class Feed:
    """What follows after `last`, the id that the reader has got to."""

    def __init__(self, log: Log, subject: Subject, subscription: Subscription, last: int) -> None:
        self._log = log
        self._subject = subject
        self._subscription = subscription
        self.last = last

    async def take(self) -> tuple[list[ExportEvent], bool]:
        """(what there is now, whether it came live); without waiting for more. Raises DatabaseUnavailable.

        What a failed call would have given, the next one gives.
        """
        live = not self._subscription.behind
        if live:
            events = [event for event in self._subscription.take() if event.id > self.last]
        else:
            events = await self._from_log()
        if events:
            self.last = events[-1].id
        return events, live

    async def _from_log(self) -> list[ExportEvent]:
        # Collecting starts before the log is read: what commits while it is read is in one of the two, or in both and
        # then told apart by its id.
        self._subscription.collect()
        try:
            events = await self._log.after(self._subject, self.last)
        except BaseException:
            self._subscription.fall_behind()
            raise
        if len(events) == BATCH:
            self._subscription.fall_behind()
        return events
