"""Events become deliveries: consumed many at a time, written together, and acknowledged once they have committed.

A notifier that is killed before it acknowledges leaves the event in the queue; the next one finds its deliveries there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from prometheus_client import Counter

from services.notifier.channel import NoticeChannel
from shared.adapters.postgres.coalesce import Coalesced
from shared.adapters.postgres.notices.deliveries import add
from shared.adapters.postgres.pool import Connection, Pool, acquired, translated
from shared.adapters.rabbitmq.command_queue import CommandDelivery, open_command_queue
from shared.adapters.rabbitmq.connection import Broker, ConnectedParts
from shared.adapters.rabbitmq.consumer import Outcome, settle
from shared.contracts.cloud_events import CloudEvent, read_event
from shared.contracts.topology import EVENTS, NOTIFIER
from shared.domain.errors import DatabaseUnavailable, MalformedMessage, in_full
from shared.runtime.lifecycle import stops_within
from shared.runtime.logs import get_logger
from shared.runtime.message_spans import process_span

_PREFETCH = 256  # events in work at a time
_TOGETHER = 16  # events of one transaction: what a killed process has not committed is done again
_DATABASE_WAIT_S = 1.0

_EVENTS = Counter("content_exports_notifier_events_total", "Events by what became of them", ["outcome"])


@dataclass(slots=True)
class EventIntake:
    """Consumes the queue of the notifier, and sets `written` whenever there are new deliveries."""

    pool: Pool
    channels: Sequence[NoticeChannel]
    written: Sequence[asyncio.Event]
    stopping: asyncio.Event
    receiving: ConnectedParts = field(default_factory=ConnectedParts)
    _in_work: set[asyncio.Task[None]] = field(default_factory=set)
    _write: Coalesced[CloudEvent, None] = field(init=False)

    def __post_init__(self) -> None:
        """Have events that arrive together written in one transaction."""
        self._write = Coalesced(self._write_all, partial(acquired, self.pool), largest=_TOGETHER)

    async def serve(self, broker: Broker) -> None:
        """Consume until the process is stopping. Raises BrokerUnavailable when the connection is lost."""
        async with open_command_queue(broker, NOTIFIER, _PREFETCH) as queue:
            async with queue.consuming(self._begin):
                get_logger().info("notifier_connected")
                with self.receiving.one_more():
                    await broker.unless_lost(self.stopping.wait())
            await asyncio.gather(
                *self._in_work
            )  # an event takes one transaction, and none while the process is stopping

    async def _begin(self, message: CommandDelivery) -> None:
        task = asyncio.create_task(self._take(message))
        self._in_work.add(task)
        task.add_done_callback(self._in_work.discard)

    async def _take(self, message: CommandDelivery) -> None:
        outcome = await self._outcome_of(message)
        _EVENTS.labels(outcome.value).inc()
        await settle(message, outcome)

    async def _outcome_of(self, message: CommandDelivery) -> Outcome:
        """Write the deliveries of an event; what is wrong with it makes it a dead letter."""
        try:
            event = read_event(message.body, message.content_type, message.headers)
            with process_span(message, (EVENTS, NOTIFIER), event.traceparent, {}):
                return await self._written(event)
        except MalformedMessage as error:
            get_logger().warning("event_not_understood", reason=in_full(error), **_names(message))
        except Exception as error:  # noqa: BLE001  (logged: not foreseen; the next events may be fine)
            get_logger().error("event_not_handled", reason=in_full(error), **_names(message), exc_info=error)
        return Outcome.DEAD

    async def _written(self, event: CloudEvent) -> Outcome:
        """DONE once the deliveries have committed, however long the database is away; AGAIN if the process stops first."""
        while True:
            try:
                await self._write(event)
            except DatabaseUnavailable as error:
                get_logger().warning("deliveries_not_written", event_id=event.id, reason=in_full(error))
                if await stops_within(self.stopping, _DATABASE_WAIT_S):
                    return Outcome.AGAIN
            else:
                return Outcome.DONE

    async def _write_all(self, events: Sequence[CloudEvent], db: Connection) -> Sequence[None]:
        with translated():
            async with db.transaction():
                new = [
                    each
                    for event in events
                    for channel in self.channels
                    for each in await channel.deliveries_of(event, db)
                ]
                await add(db, new)
        if new:
            for wake in self.written:
                wake.set()
        return [None] * len(events)


def _names(message: CommandDelivery) -> dict[str, str | None]:
    return {"message_id": message.message_id, "routing_key": message.routing_key}
