"""The events that tests cause, held against the description: a queue of its own has a copy of each.

Storms of exports cause thousands that differ in their numbers alone, so that of one shape some are checked.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import aio_pika
from aio_pika.abc import AbstractQueue

from shared.adapters.rabbitmq.connection import open_broker
from shared.contracts.topology import EVENTS
from tests.support.described_messages import check_message

_OF_A_SHAPE = 20  # events of one shape that are checked


@contextmanager
def events_checked(amqp_url: str) -> Iterator[None]:
    """Check the events of the broker during the block, at its end. Raises NotDescribed for the first that is wrong."""
    tap = EventTap(amqp_url)
    asyncio.run(tap.begin())
    yield
    asyncio.run(tap.end())


class EventTap:
    """A queue that has a copy of each event from `begin` to `end`; it outlives a restart of the broker."""

    def __init__(self, amqp_url: str, exchange: str = EVENTS) -> None:
        self._amqp_url, self._exchange = amqp_url, exchange
        self._name = f"tests.events.{uuid4()}"

    async def begin(self) -> None:
        """Declare the queue."""
        async with open_broker(self._amqp_url) as broker, broker.channel() as channel:
            queue = await channel.declare_queue(self._name, durable=True)
            await queue.bind(self._exchange, "#")

    async def end(self) -> None:
        """Check the events and delete the queue. Raises NotDescribed for the first event that is wrong."""
        async with await aio_pika.connect(self._amqp_url) as connection:
            queue = await (await connection.channel()).declare_queue(self._name, passive=True)
            try:
                await _check(queue, queue.declaration_result.message_count or 0)
            finally:
                await queue.delete(if_empty=False)


async def _check(queue: AbstractQueue, count: int) -> None:
    seen: Counter[str] = Counter()
    for _ in range(count):
        message = await queue.get(no_ack=True)
        shape = str(_shape(json.loads(message.body)))
        seen[shape] += 1
        if seen[shape] <= _OF_A_SHAPE:
            check_message(message)


def _shape(value: Any) -> Any:
    """What of an event its schema is about: names of fields and types of values, each list as its first element."""
    if isinstance(value, dict):
        return sorted((key, each if key == "type" else _shape(each)) for key, each in value.items())
    return [_shape(each) for each in value[:1]] if isinstance(value, list) else type(value).__name__
