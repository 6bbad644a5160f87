"""A queue with other arguments has another name; its consumers drain the earlier one, and it is deleted by a command."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aio_pika
import pytest
from aio_pika.exceptions import ChannelNotFoundEntity
from typer.testing import CliRunner

from services.cli.__main__ import app
from shared.adapters.rabbitmq.command_queue import CommandDelivery, open_command_queue
from shared.adapters.rabbitmq.connection import Broker, keep_connected, open_broker
from shared.adapters.rabbitmq.consumer import Outcome, open_consumer, settle
from shared.adapters.rabbitmq.earlier_queues import EarlierQueue, earlier_queues
from shared.contracts.topology import CONTENT_COMMANDS, EVENTS, LOADS, Queue, queues_named

OLD, NEW = "versions.of.tests", "versions.of.tests.v2"
KEY = (EVENTS, "versions.of.tests")
QUORUM = {"x-queue-type": "quorum"}
FIRST = (Queue(OLD, QUORUM, (KEY,)),)
SECOND = (Queue(NEW, {**QUORUM, "x-delivery-limit": 5}, (KEY,), earlier=(OLD,)),)
WITHIN_S = 20.0


@pytest.fixture(autouse=True)
async def _removed(amqp_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Neither queue is there before and after a test."""
    monkeypatch.setattr("shared.adapters.rabbitmq.consumer._EARLIER_S", 0.2)
    await _delete_both(amqp_url)
    yield
    await _delete_both(amqp_url)


async def _delete_both(amqp_url: str) -> None:
    async with await aio_pika.connect(amqp_url) as connection:
        channel = await connection.channel()
        for name in (OLD, NEW):
            await channel.queue_delete(name)


async def exists(amqp_url: str, name: str) -> bool:
    async with await aio_pika.connect(amqp_url) as connection:
        channel = await connection.channel()
        try:
            await channel.declare_queue(name, passive=True)
        except ChannelNotFoundEntity:
            return False
        return True


async def send(amqp_url: str, *bodies: bytes, queue: str = "") -> None:
    """To the exchange as any sender, or to a queue itself."""
    async with await aio_pika.connect(amqp_url) as connection:
        channel = await connection.channel()
        exchange = channel.default_exchange if queue else await channel.get_exchange(EVENTS)
        for body in bodies:
            await exchange.publish(aio_pika.Message(body), queue or KEY[1])


@asynccontextmanager
async def consuming(amqp_url: str, *, together: bool) -> AsyncIterator[asyncio.Queue[bytes]]:
    """What a consumer of the new queue gets: one message at a time, or many `together`."""
    stopping, bodies = asyncio.Event(), asyncio.Queue[bytes]()

    async def take(message: CommandDelivery) -> None:
        await message.ack()
        bodies.put_nowait(message.body)

    async def use(broker: Broker) -> None:
        if together:
            async with open_command_queue(broker, NEW, 16) as queue, queue.consuming(take):
                await broker.unless_lost(stopping.wait())
        else:
            async with open_consumer(broker, NEW) as consumer:
                async for message in consumer.until(stopping):
                    await settle(message, Outcome.DONE)
                    bodies.put_nowait(message.body)

    task = asyncio.create_task(keep_connected(amqp_url, stopping, use, SECOND))
    try:
        yield bodies
    finally:
        stopping.set()
        await asyncio.wait_for(task, WITHIN_S)


async def next_of(bodies: asyncio.Queue[bytes], count: int) -> list[bytes]:
    return sorted([await asyncio.wait_for(bodies.get(), WITHIN_S) for _ in range(count)])


@pytest.mark.parametrize("together", [False, True])
async def test_consumers_drain_the_earlier_queue_which_gets_no_new_message(amqp_url: str, together: bool) -> None:
    async with open_broker(amqp_url, FIRST):
        await send(amqp_url, b"1", b"2")
    async with consuming(amqp_url, together=together) as bodies:
        assert await next_of(bodies, 2) == [b"1", b"2"]
        await send(amqp_url, b"3")
        await send(amqp_url, b"4", queue=OLD)  # given back by a process of the earlier release
        assert await next_of(bodies, 2) == [b"3", b"4"]
        (found,) = await earlier_queues(amqp_url, delete=True, queues=SECOND)
        assert (found.name, found.successor, found.messages, found.deleted) == (OLD, NEW, 0, True)
        await send(amqp_url, b"5")
        assert await next_of(bodies, 1) == [b"5"]
    assert bodies.empty(), "each message came once"
    assert not await exists(amqp_url, OLD)


async def test_an_earlier_queue_with_messages_is_not_deleted(amqp_url: str) -> None:
    async with open_broker(amqp_url, FIRST):
        await send(amqp_url, b"1")
    assert await earlier_queues(amqp_url, delete=True, queues=SECOND) == [EarlierQueue(OLD, NEW, 1, 0, deleted=False)]
    assert await exists(amqp_url, OLD)


async def test_a_process_declares_only_what_it_uses(amqp_url: str) -> None:
    async with await aio_pika.connect(amqp_url) as connection:
        await (await connection.channel()).queue_delete(LOADS)
    async with open_broker(amqp_url, queues_named(CONTENT_COMMANDS)):
        assert await exists(amqp_url, CONTENT_COMMANDS)
        assert not await exists(amqp_url, LOADS)


async def test_both_releases_declare_their_queues_side_by_side(amqp_url: str) -> None:
    async with open_broker(amqp_url, FIRST), open_broker(amqp_url, SECOND):
        assert await exists(amqp_url, OLD)
        assert await exists(amqp_url, NEW)


def test_the_command_lists_what_the_broker_still_has(amqp_url: str) -> None:
    done = CliRunner().invoke(app, ["earlier-queues", "--amqp-url", amqp_url, "--delete", "--json"])
    assert (done.exit_code, json.loads(done.stdout)) == (0, [])
