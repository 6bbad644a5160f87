"""Events of exports, from the log to RabbitMQ: every state, and the latest progress of what is being built.

The events of a batch are sent in the order of the log on one channel, and then their confirms are awaited, all together. What
follows an event of its shard whose confirm is lost is sent again after it: so the last time that a consumer gets an event,
it has had all earlier ones of the context.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from services.gateway.events.latest_progress import LatestProgress
from shared.adapters.postgres.events.event_publication import shard_of, unpublished_events
from shared.adapters.postgres.events.relay_shards import RelayShards
from shared.adapters.postgres.pool import Pool
from shared.contracts.cloud_events import CloudEvent
from shared.contracts.events import ExportEvent, export_cloud_event
from shared.contracts.export_events import type_of
from shared.contracts.topology import EVENTS, export_event_key

_BATCH = 512  # states whose confirms are awaited together


class EventPublisher(Protocol):
    """Where events are published."""

    async def publish_event(self, address: tuple[str, str], event: CloudEvent, *, request_id: str | None) -> None:
        """Send one event to (exchange, routing key) and wait for the confirm. Raises BrokerUnavailable.

        Of calls that begin one after another, the events are sent in this order.
        """
        ...


@dataclass(slots=True)
class EventRelay:
    """Publishes what has been logged. Links begin with `base_url`, which may be empty."""

    pool: Pool
    base_url: str
    shards: RelayShards
    progress: LatestProgress = field(default_factory=LatestProgress)
    unsettled: bool = False  # later events wait for a transaction: nothing may announce its end

    async def send(self, publisher: EventPublisher) -> list[ExportEvent]:
        """Publish one batch; the events that the broker has confirmed. Raises BrokerUnavailable."""
        if not (published := await self.shards.held()):
            return []
        due = self.progress.take_due(time.monotonic())
        batch = await unpublished_events(self.pool, published, _BATCH, due, self.base_url)
        self.unsettled = batch.unsettled
        results = await publish_in_order(publisher, batch.events)
        await self.shards.advance(positions(published, batch.upto, batch.events, results))
        # Raised only here: what was published before the connection was lost is known by now.
        if (error := next((each for each in results if each is not None), None)) is not None:
            raise error
        return batch.events


async def publish_in_order(publisher: EventPublisher, events: Sequence[ExportEvent]) -> list[BaseException | None]:
    """Send the events in their order; for each, once all are confirmed or lost, None or its error."""
    return await asyncio.gather(*(_publish(publisher, event) for event in events), return_exceptions=True)


def positions(
    published: Mapping[int, int], upto: int, events: Sequence[ExportEvent], results: Sequence[BaseException | None]
) -> dict[int, int]:
    """By shard, the id up to which all its events have been confirmed: `upto`, or before the first one that has not."""
    reached = {shard: max(upto, before) for shard, before in published.items()}
    for event, error in zip(events, results, strict=True):
        if error is not None:
            shard = shard_of(event.context)
            reached[shard] = min(reached[shard], event.id - 1)
    return reached


async def _publish(publisher: EventPublisher, event: ExportEvent) -> None:
    key = export_event_key(type_of(event.data), event.data.export_type, event.context)
    await publisher.publish_event((EVENTS, key), export_cloud_event(event), request_id=event.data.request_id)
