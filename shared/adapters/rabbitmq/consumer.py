"""One message at a time, and none that there is no room for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import Enum
from typing import TypeVar

import aio_pika
import msgspec
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage, AbstractQueue

from shared.adapters.rabbitmq.connection import Broker, declare_topology, translated
from shared.domain.errors import BrokerUnavailable
from shared.runtime.logs import get_logger

Message = TypeVar("Message", bound=msgspec.Struct)


class Consumer:
    """A queue that is consumed only while somebody waits for a message."""

    def __init__(self, broker: Broker, channel: AbstractChannel, queue: AbstractQueue) -> None:
        self._broker = broker
        self._channel = channel
        self._queue = queue

    async def next(self) -> AbstractIncomingMessage:
        """The next message, not acknowledged. Once this returns, or is cancelled, the broker sends no more.

        Raises BrokerUnavailable when the connection is lost meanwhile.
        """
        arrived: asyncio.Queue[AbstractIncomingMessage] = asyncio.Queue()
        with translated():
            tag = await self._queue.consume(arrived.put)
        try:
            message = await self._broker.unless_lost(arrived.get())
        finally:
            if not self._broker.lost.is_set():
                with translated():
                    await self._queue.cancel(tag)
        return message

    async def reply(self, message: AbstractIncomingMessage, body: bytes) -> None:
        """Answer a message that has a `reply_to`; the answer is dropped where the requester is gone.

        Raises BrokerUnavailable.
        """
        if not message.reply_to:
            return
        answer = aio_pika.Message(body, content_type="application/json", correlation_id=message.correlation_id)
        with translated():
            await self._channel.default_exchange.publish(answer, message.reply_to, mandatory=False)


class Outcome(Enum):
    """What became of a message."""

    DONE = "done"
    AGAIN = "again"  # to the queue
    DEAD = "dead"  # to the dead letters


async def settle(message: AbstractIncomingMessage, outcome: Outcome) -> None:
    """Tell the broker. Where it is gone, it delivers the message again by itself, which every reader must stand."""
    try:
        with translated():
            if outcome is Outcome.DONE:
                await message.ack()
            else:
                await message.reject(requeue=outcome is Outcome.AGAIN)
    except BrokerUnavailable as error:
        get_logger().warning("message_not_settled", outcome=outcome.value, reason=str(error))


def decode(message: AbstractIncomingMessage, kind: type[Message]) -> Message | None:
    """The body as a message of this kind; None, and a log line, for what is none."""
    try:
        return msgspec.json.decode(message.body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        get_logger().error(
            "message_not_understood", message_id=message.message_id, routing_key=message.routing_key, reason=str(error)
        )
        return None


@asynccontextmanager
async def open_consumer(broker: Broker, queue_name: str) -> AsyncIterator[Consumer]:
    """A consumer of a queue, on a channel of its own with a prefetch of one."""
    async with broker.channel(prefetch=1) as channel:
        queues = await declare_topology(channel)
        yield Consumer(broker, channel, queues[queue_name])
