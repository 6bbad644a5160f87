"""Receives one message at a time, and only when there is a free slot for it; settles and answers messages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from enum import Enum
from typing import Protocol, TypeVar

import aio_pika
import msgspec
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage, AbstractQueue
from prometheus_client import Gauge

from shared.adapters.rabbitmq.connection import Broker, translated
from shared.domain.errors import BrokerUnavailable
from shared.runtime.lifecycle import unless
from shared.runtime.logs import get_logger

_CONSUMERS = Gauge(
    "content_exports_queue_consumers", "Consumers of this process with a channel to their queue, busy or not", ["queue"]
)

Message = TypeVar("Message", bound=msgspec.Struct)

_EARLIER_S = (
    5.0  # between two looks at a queue of an earlier release, to which its own processes may give messages back
)


class Delivery(Protocol):
    """A message that has been received and is not settled yet."""

    @property
    def body(self) -> bytes: ...  # noqa: D102  (a field)
    @property
    def message_id(self) -> str | None: ...  # noqa: D102
    @property
    def routing_key(self) -> str | None: ...  # noqa: D102
    @property
    def correlation_id(self) -> str | None: ...  # noqa: D102
    @property
    def reply_to(self) -> str | None: ...  # noqa: D102

    async def ack(self) -> None:
        """Done."""
        ...

    async def reject(self, requeue: bool = False) -> None:
        """To the queue again, or to the dead letters."""
        ...


class Consumer:
    """A queue that is consumed only while `next` waits for a message."""

    def __init__(
        self, broker: Broker, channel: AbstractChannel, queue: AbstractQueue, earlier: Sequence[AbstractQueue] = ()
    ) -> None:
        self._broker = broker
        self._channel = channel
        self._queue = queue
        self._earlier = earlier  # in whose place it is

    async def next(self, within_s: float | None = None) -> Delivery | None:
        """The next message, not acknowledged; None if none comes within the time. Then the broker sends no more.

        Queues of earlier releases come first; while there are any, each is looked at every few seconds. Raises
        BrokerUnavailable when the connection is lost meanwhile.
        """
        for earlier in self._earlier:
            with translated():
                message = await earlier.get(fail=False)
            if message is not None:
                return message
        if self._earlier:
            within_s = min(within_s or _EARLIER_S, _EARLIER_S)
        arrived: asyncio.Queue[AbstractIncomingMessage] = asyncio.Queue()
        with translated():
            tag = await self._queue.consume(arrived.put)
        try:
            async with asyncio.timeout(within_s):
                return await self._broker.unless_lost(arrived.get())
        except TimeoutError:
            pass
        finally:
            if not self._broker.lost.is_set():
                with translated():
                    await self._queue.cancel(tag)
        return None if arrived.empty() else arrived.get_nowait()  # it came while the consumer was cancelled

    async def until(self, stopping: asyncio.Event, paused: asyncio.Event | None = None) -> AsyncIterator[Delivery]:
        """One message after another until the process is stopping, or pauses. Raises BrokerUnavailable as `next` does."""
        async for message in self.messages_or_silence(stopping, paused or stopping, None):
            if message is not None:
                yield message

    async def messages_or_silence(
        self, stopping: asyncio.Event, paused: asyncio.Event, silence_s: float | None
    ) -> AsyncIterator[Delivery | None]:
        """As `until`, with None whenever no message came for `silence_s`: the broker sends nothing meanwhile."""
        while not (stopping.is_set() or paused.is_set()):
            message = await unless(stopping, unless(paused, self.next(silence_s)))
            if message is not None or not (stopping.is_set() or paused.is_set()):
                yield message

    async def reply(self, message: Delivery, body: bytes) -> None:
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


async def settle(message: Delivery, outcome: Outcome) -> None:
    """Acknowledge or reject the message. If the connection is lost, the broker delivers it again: consumers are idempotent."""
    try:
        with translated():
            if outcome is Outcome.DONE:
                await message.ack()
            else:
                await message.reject(requeue=outcome is Outcome.AGAIN)
    except BrokerUnavailable as error:
        get_logger().warning("message_not_settled", outcome=outcome.value, reason=str(error))


def decode(message: Delivery, kind: type[Message]) -> Message | None:
    """The body as a message of this kind; None, with a log line, if it is not one."""
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
        with translated():
            queue = await channel.get_queue(queue_name, ensure=False)
            earlier = [await channel.get_queue(name, ensure=False) for name in await broker.earlier(queue_name)]
        with _CONSUMERS.labels(queue_name).track_inprogress():
            yield Consumer(broker, channel, queue, earlier)
