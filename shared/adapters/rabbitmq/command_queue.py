"""A queue of commands: many are received at a time, each is answered where its sender wants, and settled on its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Protocol

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractQueue

from shared.adapters.rabbitmq.connection import CONFIRM_TIMEOUT_S, Broker, translated
from shared.adapters.rabbitmq.consumer import Delivery
from shared.adapters.rabbitmq.event_message import event_message
from shared.contracts.cloud_events import CloudEvent
from shared.contracts.topology import COMMANDS, DEAD
from shared.runtime.message_spans import publish_span

# Headers of a dead letter, for operators. The user of a message is believed by the broker only from a connection of that
# user, so that a dead letter names its sender in a header.
REASON, CODE, SENDER = "x-reason", "x-code", "x-user-id"
EXCHANGE, ROUTING_KEY = "x-exchange", "x-routing-key"  # where it was sent


class CommandDelivery(Delivery, Protocol):
    """A command that has been received and is not settled yet."""

    @property
    def content_type(self) -> str | None: ...  # noqa: D102  (a field)
    @property
    def headers(self) -> Mapping[str, Any]: ...  # noqa: D102
    @property
    def user_id(self) -> str | None: ...  # noqa: D102
    @property
    def timestamp(self) -> datetime | None: ...  # noqa: D102


class CommandQueue:
    """Receives, answers and buries commands on one channel: what is published before an acknowledgement precedes it."""

    def __init__(self, channel: AbstractChannel, queues: Sequence[AbstractQueue]) -> None:
        self._channel = channel
        self._queues = queues  # the queue, and those of earlier releases in whose place it is

    @asynccontextmanager
    async def consuming(self, receive: Callable[[Any], Awaitable[None]]) -> AsyncIterator[None]:
        """Hand each command to `receive` while the block lasts. Raises BrokerUnavailable."""
        with translated():
            tags = [(queue, await queue.consume(receive)) for queue in self._queues]
        try:
            yield
        finally:
            await self._cancel(tags)

    async def _cancel(self, tags: Sequence[tuple[AbstractQueue, str]]) -> None:
        if self._channel.is_closed:
            return
        with translated():
            for queue, tag in tags:
                await queue.cancel(tag)

    async def reply(self, address: str, event: CloudEvent, correlation_id: str | None) -> None:
        """Send an event to a queue; it is dropped where there is no such queue. Raises BrokerUnavailable."""
        with translated(), publish_span(("", address), event.id, event.traceparent):
            message = event_message(event, correlation_id=correlation_id)
            channel = await self._channel.get_underlay_channel()
            # Many are written at a time: aio-pika's exchange waits for each write before the next.
            await channel.basic_publish(  # type: ignore[call-arg]  # its abstract class lacks `wait`
                message.body,
                routing_key=address,
                properties=message.properties,
                mandatory=False,
                timeout=CONFIRM_TIMEOUT_S,
                wait=False,
            )

    async def bury(self, dead: CommandDelivery, code: str, reason: str, sender: str | None) -> None:
        """Send a copy of a command to the dead letters, with the reason. Raises BrokerUnavailable."""
        place = {EXCHANGE: COMMANDS, ROUTING_KEY: dead.routing_key}
        headers = {**dead.headers, **place, CODE: code, REASON: reason}
        if sender is not None:
            headers[SENDER] = sender
        message = copy_of(dead, headers)
        with translated():
            exchange = await self._channel.get_exchange(DEAD, ensure=False)
            await exchange.publish(message, dead.routing_key or "", mandatory=True, timeout=CONFIRM_TIMEOUT_S)


def copy_of(command: CommandDelivery, headers: Mapping[str, Any], user: str | None = None) -> aio_pika.Message:
    """The message of a command to be sent again with other headers. A direct reply-to ended with its connection."""
    return aio_pika.Message(
        command.body,
        headers=dict(headers),
        content_type=command.content_type,
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        message_id=command.message_id,
        correlation_id=command.correlation_id,
        reply_to=None if (command.reply_to or "").startswith("amq.") else command.reply_to,
        timestamp=command.timestamp,
        user_id=user,
    )


@asynccontextmanager
async def open_command_queue(broker: Broker, name: str, prefetch: int) -> AsyncIterator[CommandQueue]:
    """A queue of commands on a channel of its own, of which at most `prefetch` are received and not settled.

    Queues of earlier releases are consumed beside it, until they are empty and deleted. What they still have of an object
    may come after newer states of it: the versions of objects decide.
    """
    async with broker.channel(prefetch=prefetch) as channel:
        with translated():
            names = (name, *await broker.earlier(name))
            queues = [await channel.get_queue(each, ensure=False) for each in names]
        yield CommandQueue(channel, queues)
