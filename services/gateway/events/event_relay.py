"""Events of exports, from the log to RabbitMQ: every state, and the latest progress of what is being built.

The events of a context are published one after another, each after the confirm of the one before, since their order is
part of what they say; contexts do not wait for each other. An event whose confirm is lost is published again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from services.gateway.events.latest_progress import LatestProgress
from shared.adapters.postgres.events.event_publication import lock_events
from shared.adapters.postgres.pool import Pool
from shared.contracts.cloud_events import CloudEvent
from shared.contracts.events import ExportEvent, export_cloud_event
from shared.contracts.export_events import type_of
from shared.contracts.topology import EVENTS, export_event_key
from shared.domain.export import Context

_BATCH = 256  # states that one transaction publishes


class EventPublisher(Protocol):
    """Where events are published."""

    async def publish_event(self, address: tuple[str, str], event: CloudEvent, *, request_id: str | None) -> None:
        """Send one event to (exchange, routing key) and wait for the confirm. Raises BrokerUnavailable."""
        ...


@dataclass(slots=True)
class EventRelay:
    """Publishes what has been logged. Links begin with `base_url`, which may be empty."""

    pool: Pool
    base_url: str
    progress: LatestProgress = field(default_factory=LatestProgress)

    async def send(self, publisher: EventPublisher) -> list[ExportEvent]:
        """Publish one batch; the events that the broker has confirmed. Raises BrokerUnavailable."""
        due = self.progress.take_due(time.monotonic())
        async with lock_events(self.pool, _BATCH, due, self.base_url) as locked:
            confirmed, error = await publish_in_order(publisher, locked.events)
            locked.published += [event.id for event in confirmed]
        # Raised only here: the block commits what was published before the connection was lost.
        if error is not None:
            raise error
        return confirmed


async def publish_in_order(
    publisher: EventPublisher, events: Iterable[ExportEvent]
) -> tuple[list[ExportEvent], BaseException | None]:
    """Publish events, those of a context in their order: (the confirmed ones, the first error).

    After an error nothing more of that context is published, so that nothing overtakes what failed.
    """
    of_context: dict[Context, list[ExportEvent]] = {}
    for event in events:
        of_context.setdefault(event.context, []).append(event)
    confirmed: list[ExportEvent] = []
    ended = await asyncio.gather(
        *(_publish(publisher, each, confirmed) for each in of_context.values()), return_exceptions=True
    )
    return confirmed, next((error for error in ended if error is not None), None)


async def _publish(publisher: EventPublisher, events: Sequence[ExportEvent], confirmed: list[ExportEvent]) -> None:
    for event in events:
        key = export_event_key(type_of(event.data), event.data.export_type, event.context)
        await publisher.publish_event((EVENTS, key), export_cloud_event(event), request_id=event.data.request_id)
        confirmed.append(event)
