"""What the notifier needs of a channel: to whom an event goes, and how one delivery is sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from shared.adapters.postgres.pool import Connection
from shared.contracts.cloud_events import CloudEvent
from shared.domain.notices.deliveries import ChannelName, NewDelivery, NoticeDelivery, SendOutcome


class NoticeChannel(Protocol):
    """A way to reach somebody outside."""

    @property
    def name(self) -> ChannelName:
        """Which one it is."""
        ...

    @property
    def at_once(self) -> int:
        """How many deliveries a process sends at once: no more are claimed, so that none waits with its lease running."""
        ...

    async def deliveries_of(self, event: CloudEvent, db: Connection) -> Sequence[NewDelivery]:
        """Whom this event goes to, as things are now: it is read in the transaction that writes the deliveries.

        Raises MalformedMessage for an event whose data it cannot read.
        """
        ...

    async def send(self, delivery: NoticeDelivery) -> SendOutcome:
        """Try once. It has TRY_S of sending.py; what it raises is logged, and is a retry that does not count.

        It may be called again for a delivery that has reached its target: the process was killed before it was recorded.
        """
        ...
