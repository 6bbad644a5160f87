"""A broker that ends a consumer, has a queue with other arguments, or falls silent without closing its connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit

import aio_pika
import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from shared.adapters.rabbitmq.connection import Broker, ConnectedParts, keep_connected, open_broker
from shared.adapters.rabbitmq.consumer import Outcome, open_consumer, settle
from shared.adapters.rabbitmq.publisher import open_publisher
from shared.contracts.topology import LOADS, QUEUES, REQUESTS, request_queue
from shared.domain.errors import BrokerUnavailable
from shared.domain.export import ExportType

WITHIN_S = 20.0


@dataclass
class Reader:
    """Reads the queue of loads on a connection that is kept, as a slot of the loader does."""

    amqp_url: str
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    connected: ConnectedParts = field(default_factory=ConnectedParts)
    connections: asyncio.Queue[Broker] = field(default_factory=asyncio.Queue)
    bodies: asyncio.Queue[bytes] = field(default_factory=asyncio.Queue)

    async def read(self, broker: Broker) -> None:
        async with open_consumer(broker, LOADS) as consumer:
            with self.connected.one_more():
                self.connections.put_nowait(broker)
                async for message in consumer.until(self.stopping):
                    await settle(message, Outcome.DONE)
                    self.bodies.put_nowait(message.body)


@asynccontextmanager
async def reading(amqp_url: str) -> AsyncIterator[Reader]:
    reader = Reader(amqp_url)
    task = asyncio.create_task(keep_connected(amqp_url, reader.stopping, reader.read))
    try:
        yield reader
    finally:
        reader.stopping.set()
        await asyncio.wait_for(task, WITHIN_S)


async def send(amqp_url: str, body: bytes) -> None:
    async with open_broker(amqp_url) as broker, broker.channel() as channel:
        exchange = await channel.get_exchange(LOADS)
        await exchange.publish(aio_pika.Message(body, message_id="1"), LOADS, mandatory=True)


@pytest.fixture
async def no_queue(amqp_url: str) -> AsyncIterator[None]:
    """The queue of loads is not there, neither before nor after the test."""
    await delete_queue(amqp_url)
    yield
    await delete_queue(amqp_url)


async def delete_queue(amqp_url: str) -> None:
    async with await aio_pika.connect(amqp_url) as connection:
        channel = await connection.channel()
        await channel.queue_delete(LOADS)


async def test_a_consumer_whose_queue_is_deleted_declares_it_again_and_goes_on(amqp_url: str, no_queue: None) -> None:
    async with reading(amqp_url) as reader:
        first = await asyncio.wait_for(reader.connections.get(), WITHIN_S)
        await delete_queue(amqp_url)
        await asyncio.wait_for(first.lost.wait(), 1.0)  # unready from now on, until it consumes again
        await asyncio.wait_for(reader.connections.get(), WITHIN_S)
        await send(amqp_url, b'"after"')
        assert await asyncio.wait_for(reader.bodies.get(), WITHIN_S) == b'"after"'
        assert consumers() == 1.0
    assert consumers() == 0.0


def consumers() -> float | None:
    return REGISTRY.get_sample_value("content_exports_queue_consumers", {"queue": LOADS})


async def test_a_request_that_reaches_no_queue_is_not_confirmed(amqp_url: str) -> None:
    async with await aio_pika.connect(amqp_url) as connection:
        channel = await connection.channel()
        exchange = await channel.declare_exchange(REQUESTS, aio_pika.ExchangeType.DIRECT, durable=True)
        queue = await channel.declare_queue(exclusive=True)
        await queue.bind(exchange, "taken")
        async with open_broker(amqp_url) as broker, open_publisher(broker) as publisher:
            await publisher.publish_request((REQUESTS, "taken"), {"export_id": 1}, message_id="1", request_id="r")
            with pytest.raises(BrokerUnavailable):
                await publisher.publish_request((REQUESTS, "lost"), {"export_id": 2}, message_id="2", request_id="r")
        message = await queue.get(no_ack=True)
    assert (message.body, message.message_id, message.correlation_id) == (b'{"export_id":1}', "1", "r")


async def test_a_queue_with_other_arguments_is_logged_and_used_and_stops_no_other(
    amqp_url: str, no_queue: None
) -> None:
    async with await aio_pika.connect(amqp_url) as connection:
        channel = await connection.channel()
        await channel.queue_delete(request_queue(ExportType.ZIP))
        queue = await channel.declare_queue(LOADS, durable=True, arguments={"x-queue-type": "classic"})
        await queue.bind(await channel.declare_exchange(LOADS, aio_pika.ExchangeType.DIRECT, durable=True), LOADS)
    with capture_logs() as logs:
        async with reading(amqp_url) as reader:
            await send(amqp_url, b'"taken"')
            assert await asyncio.wait_for(reader.bodies.get(), WITHIN_S) == b'"taken"'
    assert {line["name"] for line in logs if line["event"] == "topology_differs"} == {LOADS}
    async with await aio_pika.connect(amqp_url) as connection:
        channel = await connection.channel()
        for queue in QUEUES:  # those after the one that differs too
            await channel.get_queue(queue.name, ensure=True)


class Silent:
    """A door to the broker that falls silent: it takes what is sent and hands on nothing, and closes nothing."""

    def __init__(self, amqp_url: str) -> None:
        self._target = urlsplit(amqp_url)
        self._handing_on = asyncio.Event()
        self._handing_on.set()
        self._doors: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def open(self, heartbeat_s: int) -> AsyncIterator[str]:
        server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        user = self._target.netloc.rpartition("@")[0]
        address = self._target._replace(netloc=f"{user}@127.0.0.1:{port}", query=f"heartbeat={heartbeat_s}")
        try:
            yield urlunsplit(address)
        finally:
            server.close()
            for door in self._doors:
                door.cancel()

    def fall_silent(self) -> None:
        self._handing_on.clear()

    def speak(self) -> None:
        self._handing_on.set()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        broker = await asyncio.open_connection(self._target.hostname, self._target.port or 5672)
        for source, sink in ((reader, broker[1]), (broker[0], writer)):
            door = asyncio.create_task(self._hand_on(source, sink))
            self._doors.add(door)
            door.add_done_callback(self._doors.discard)

    async def _hand_on(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        try:
            while chunk := await source.read(65_536):
                await self._handing_on.wait()
                sink.write(chunk)
                await sink.drain()
        except ConnectionError:
            pass
        finally:
            sink.close()


async def test_a_broker_that_is_silent_is_given_up_after_its_heartbeats(amqp_url: str, no_queue: None) -> None:
    silent = Silent(amqp_url)
    async with silent.open(heartbeat_s=1) as address, reading(address) as reader:
        first = await asyncio.wait_for(reader.connections.get(), WITHIN_S)
        silent.fall_silent()
        await asyncio.wait_for(first.lost.wait(), WITHIN_S)
        silent.speak()
        await asyncio.wait_for(reader.connections.get(), WITHIN_S)
        await send(amqp_url, b'"heard"')
        assert await asyncio.wait_for(reader.bodies.get(), WITHIN_S) == b'"heard"'
