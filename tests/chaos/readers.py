"""Readers that stay through all faults: event streams of courses, and a queue with a copy of each state."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from uuid import uuid4

import aio_pika
import aiohttp
from aio_pika.exceptions import AMQPError

from shared.adapters.rabbitmq.addresses import addresses
from shared.contracts.topology import EVENTS, NOTIFIED
from tests.chaos.invariants import STATE
from tests.support.sse import open_stream

AGAIN_S = 0.3
SILENT_S = 30.0  # a stream has a comment more often; one without any is opened again


async def follow(base_url: str, token: str, course: int, states: list[int]) -> None:
    """Read the stream of a course as an EventSource does, from the last id on whenever it ends. It never ends."""
    url, last = f"{base_url}/api/v1/courses/{course}/content_exports/events", None
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(None, sock_read=SILENT_S)) as session:
        while True:
            with suppress(aiohttp.ClientError, OSError, TimeoutError, EOFError, AssertionError):
                async with open_stream(session, url, token, last) as stream:
                    while True:
                        event = await stream.next(SILENT_S)
                        last = stream.parser.last_event_id
                        if event.name == STATE:
                            states.append(int(event.id))
            await asyncio.sleep(AGAIN_S)


class DeliveredStates:
    """The ids of the states that the broker delivers, as they come."""

    def __init__(self, amqp_url: str) -> None:
        self._nodes, self._name = addresses(amqp_url), f"tests.chaos.{uuid4()}"
        self.ids: list[int] = []
        self.contexts: list[int] = []

    async def begin(self) -> None:
        """Declare the queue."""
        async with await aio_pika.connect(self._nodes[0]) as connection:
            channel = await connection.channel()
            queue = await channel.declare_queue(self._name, durable=True, arguments={"x-queue-type": "quorum"})
            for what in NOTIFIED:
                await queue.bind(EVENTS, f"content_export.{what}.#")

    async def run(self) -> None:
        """Consume, again whenever the connection is lost. It never ends."""
        turn = 0
        while True:
            turn += 1
            with suppress(AMQPError, OSError, TimeoutError, RuntimeError):
                async with await aio_pika.connect(
                    _brief(self._nodes[turn % len(self._nodes)]), timeout=5
                ) as connection:
                    await self._consume(await connection.channel())
            await asyncio.sleep(AGAIN_S)

    async def end(self) -> None:
        """Delete the queue."""
        async with await aio_pika.connect(self._nodes[0]) as connection:
            await (await connection.channel()).queue_delete(self._name)

    async def _consume(self, channel: aio_pika.abc.AbstractChannel) -> None:
        await channel.set_qos(prefetch_count=500)
        queue = await channel.get_queue(self._name, ensure=False)
        async with queue.iterator() as messages:
            async for message in messages:
                event = json.loads(message.body)
                self.ids.append(int(event["id"]))
                self.contexts.append(int(event["data"]["context_id"]))
                await message.ack()

    def of_contexts(self, contexts: Sequence[int]) -> list[int]:
        """The ids of the events of these courses."""
        return [event_id for event_id, each in zip(self.ids, self.contexts, strict=True) if each in contexts]


def _brief(address: str) -> str:
    """The address with heartbeats each second, so that a broker that is frozen is noticed."""
    return address + ("&" if "?" in address else "?") + "heartbeat=2"
