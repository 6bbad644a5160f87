"""Every event of a subject, in order, once: from the log while the reader is behind, from memory otherwise."""

from __future__ import annotations

import math
from typing import Protocol

from services.progress.hub import Subscription
from shared.adapters.postgres.events.export_events import BATCH, Subject
from shared.contracts.events import ExportEvent


class EventLog(Protocol):
    """The events that have committed."""

    async def after(self, subject: Subject, event_id: int) -> list[ExportEvent]:
        """The events of a subject after an id, in order; at most BATCH, so a full batch has a sequel."""
        ...


class NextEvents(Protocol):
    """What a stream reads its events from."""

    last: int  # the id of the latest event that the client has

    @property
    def takes_live(self) -> bool:
        """Whether an event of a notification may be sent past the reader."""
        ...

    @property
    def rest_s(self) -> float:
        """How long to rest at most before the next read, in seconds."""
        ...

    @property
    def ended(self) -> bool:
        """Whether there is nothing more to read."""
        ...

    async def read(self) -> tuple[list[ExportEvent], bool]:
        """(the events that there are now, whether they came live); never waits for more. Raises DatabaseUnavailable."""
        ...


class EventReader:
    """Reads what follows after `last`, the id of the latest event that the client has."""

    takes_live = True
    rest_s = math.inf
    ended = False

    def __init__(self, log: EventLog, subject: Subject, subscription: Subscription, last: int) -> None:
        self._log = log
        self._subject = subject
        self._subscription = subscription
        self.last = last

    async def read(self) -> tuple[list[ExportEvent], bool]:
        """(the events that there are now, whether they came live); never waits for more. Raises DatabaseUnavailable.

        After a call that failed, the next one returns its events.
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
        # Collecting starts before the log is read: what commits during the read is in one of the two, or in both, where
        # its id shows that it is the same event.
        self._subscription.collect()
        try:
            events = await self._log.after(self._subject, self.last)
        except BaseException:
            self._subscription.fall_behind()
            raise
        if len(events) == BATCH:
            self._subscription.fall_behind()
        return events
