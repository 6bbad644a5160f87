"""A broker that confirms events in memory."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from shared.contracts.cloud_events import CloudEvent
from shared.domain.errors import BrokerUnavailable


@dataclass
class FakePublisher:
    """Confirms events; those in `slow` after the others, those in `lost` never."""

    slow: set[str] = field(default_factory=set)
    lost: set[str] = field(default_factory=set)
    sent: list[str] = field(default_factory=list)
    messages: list[tuple[str, CloudEvent, str | None]] = field(default_factory=list)

    async def publish_event(self, address: tuple[str, str], event: CloudEvent, *, request_id: str | None) -> None:
        self.sent.append(event.id)
        self.messages.append((address[1], event, request_id))
        for _ in range(20 if event.id in self.slow else 1):
            await asyncio.sleep(0)
        if event.id in self.lost:
            raise BrokerUnavailable("lost")
