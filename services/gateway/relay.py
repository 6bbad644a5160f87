"""The outbox's way to RabbitMQ, as a process of its own: confirmed messages leave the table, the rest is sent again.

A message may be sent twice (a crash between confirm and commit), never lost. Several relays share the work (relay_shards.py).
"""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from functools import partial

from prometheus_client import Counter, Gauge

from services.gateway.events.event_relay import EventRelay
from shared.adapters.postgres import outbox
from shared.adapters.postgres.events.relay_shards import RelayShards
from shared.adapters.postgres.listener import Link, listen
from shared.adapters.postgres.pool import Pool, check, open_pool
from shared.adapters.rabbitmq.connection import Broker, ConnectedParts, keep_connected
from shared.adapters.rabbitmq.publisher import Publisher, open_publisher
from shared.contracts.events import STATE, ExportEvent
from shared.contracts.topology import EVENTS, LOADS, NOTIFIER, queues_named, request_queue
from shared.domain.errors import BrokerUnavailable, DatabaseUnavailable, in_full
from shared.domain.export import ExportType
from shared.http.health import Check, serving_health
from shared.http.once_migrated import once_migrated
from shared.http.urls import public_address
from shared.runtime.lifecycle import process_name, run_service, stops_within
from shared.runtime.logs import get_logger
from shared.runtime.settings import Settings
from shared.runtime.sparing import Sparing

# It declares what it sends to, so that a request and an event wait for a worker and a notifier that have not begun yet.
_QUEUES = queues_named(*map(request_queue, ExportType), LOADS, NOTIFIER)
_BATCH = 512  # confirms in flight
_DATABASE_WAIT_S = 1.0
_PAUSED = 2  # times as long as a pass that has sent something took, until the next one
_LONGEST_PAUSE_S = 0.05
_UNSETTLED_S = 0.02  # before another look at events that wait for the end of a transaction
_LATE_S = 0.01  # a timer may end a moment early, and what is not due then would wait for the next event

_SENT = Counter("content_exports_relay_messages_total", "Messages that the broker has confirmed", ["exchange"])
_WAITING = Gauge("content_exports_outbox_messages", "Messages that wait for the broker")
_AGE = Gauge("content_exports_outbox_oldest_seconds", "How long the oldest message has waited")


@dataclass(slots=True)
class Relay:
    """Sends what has committed, woken by the database and, for leftovers, by the clock."""

    pool: Pool
    settings: Settings
    stopping: asyncio.Event
    wake: asyncio.Event
    sending: ConnectedParts = field(default_factory=ConnectedParts)
    shards: RelayShards = field(init=False)
    events: EventRelay = field(init=False)
    _measuring: Sparing = field(default_factory=Sparing)

    def __post_init__(self) -> None:
        """Take events from the same database."""
        self.shards = RelayShards(self.pool, process_name())
        self.events = EventRelay(self.pool, public_address(self.settings), self.shards)

    async def pump(self, broker: Broker) -> None:
        """Send until the process is stopping. Raises BrokerUnavailable when the connection is lost."""
        async with open_publisher(broker) as publisher:
            get_logger().info("relay_connected")
            with self.sending.one_more():
                try:
                    await self._pump(broker, publisher)
                finally:
                    await self._release()

    async def _release(self) -> None:
        """Another relay may have a connection."""
        try:
            await self.shards.release()
        except DatabaseUnavailable as error:  # then its leases end by themselves
            get_logger().warning("relay_shards_not_released", reason=in_full(error))

    async def _pump(self, broker: Broker, publisher: Publisher) -> None:
        while not self.stopping.is_set():
            if broker.lost.is_set():
                raise BrokerUnavailable("the connection to the message broker was lost")
            self.wake.clear()
            began = time.monotonic()
            sent = await self._send_all(publisher)
            if sent == 0:
                await self._rest()
            elif sent < _BATCH:
                # What comes meanwhile goes together: a pass costs as much as many messages.
                await stops_within(self.stopping, min(_PAUSED * (time.monotonic() - began), _LONGEST_PAUSE_S))

    async def _send_all(self, publisher: Publisher) -> int:
        """Send one batch of each kind; how many messages. A request that no queue takes holds up no event."""
        try:
            results = await self._send_requests(publisher)
            events = await self._send_events(publisher)
        except DatabaseUnavailable as error:
            get_logger().warning("outbox_not_read", reason=in_full(error))
            await asyncio.sleep(_DATABASE_WAIT_S)
            return 0
        _raise_first(results)
        return len(results) + events

    async def measure(self) -> None:
        """Have what waits in the metrics until the process is stopping, above all while the broker is away."""
        while not await stops_within(self.stopping, self.settings.sweep_s):
            with suppress(DatabaseUnavailable):  # the next sending logs it
                await self._measuring.run(self._measure)

    async def _measure(self) -> None:
        """What waits: counting it takes a while when it is much."""
        waiting, age = await outbox.depth(self.pool)
        _WAITING.set(waiting)
        _AGE.set(age)

    async def _send_requests(self, publisher: Publisher) -> list[BaseException | None]:
        # Published together, so that a batch costs one round trip to the broker; a request's order does not matter.
        messages = await outbox.oldest_messages(self.pool, await self.shards.held(), _BATCH)
        results = await asyncio.gather(
            *(_publish_request(publisher, message) for message in messages), return_exceptions=True
        )
        confirmed = [message for message, result in zip(messages, results, strict=True) if result is None]
        if confirmed:
            await outbox.remove_messages(self.pool, [message.id for message in confirmed])
        for message in confirmed:
            _SENT.labels(message.exchange).inc()
        return results

    async def _send_events(self, publisher: Publisher) -> int:
        sent = await self.events.send(publisher)
        _SENT.labels(EVENTS).inc(len(sent))
        return len(sent)

    async def _rest(self) -> None:
        ending = asyncio.create_task(self.stopping.wait())
        waking = asyncio.create_task(self.wake.wait())
        timeout = _UNSETTLED_S if self.events.unsettled else self.settings.sweep_s
        await asyncio.wait({ending, waking}, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        ending.cancel()
        waking.cancel()

    async def hear(self) -> None:
        """Wake when events commit. A request commits together with its first event, so that this is for requests too."""
        async for notification in listen(self.settings.database_url):
            if notification is Link.UP:
                self.wake.set()
            elif isinstance(notification, ExportEvent):
                self._wake_for(notification)

    def _wake_for(self, event: ExportEvent) -> None:
        """Wake at once for a state, and for progress when it is due."""
        due_s = self.events.progress.hear(event, time.monotonic())
        if event.name == STATE:
            self.wake.set()
        elif due_s is not None:
            asyncio.get_running_loop().call_later(due_s + _LATE_S, self.wake.set)


async def _publish_request(publisher: Publisher, message: outbox.Outgoing) -> None:
    """Send a message of the outbox. A request that no queue takes must stay there; an event may have no reader."""
    address, message_id = (message.exchange, message.routing_key), f"outbox-{message.id}"
    await publisher.publish_request(address, message.body, message_id=message_id, request_id=message.request_id)


def _raise_first(results: list[BaseException | None]) -> None:
    for result in results:
        if result is not None:
            raise result


async def main(settings: Settings, stopping: asyncio.Event) -> None:
    """Open, relay, stop."""
    async with AsyncExitStack() as stack:
        # What a crash of the database takes back of these writes is published again.
        pool = await stack.enter_async_context(open_pool(settings.database_url, size=4, durable=False))
        relay = Relay(pool, settings, stopping, asyncio.Event())
        checks: dict[str, Check] = {"database": partial(check, pool), "broker": relay.sending.check}
        await stack.enter_async_context(serving_health(settings, checks))
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        hearing = tasks.create_task(relay.hear())
        tasks.create_task(relay.measure())
        await keep_connected(settings.amqp_url, stopping, relay.pump, _QUEUES)
        hearing.cancel()


if __name__ == "__main__":
    run_service("relay", once_migrated(main))
