"""A queue of commands: many are received at a time, each is answered where its sender wants, and settled on its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Protocol, Self

import aio_pika
from aio_pika.abc import AbstractChannel
from aiormq.abc import DeliveredMessage
from msgspec import Struct

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


class ReceivedCommand(Struct, frozen=True):
    """A command as a channel has received it: aio-pika's own class of messages costs several times as much to build."""

    channel: Any  # aiormq's
    delivery_tag: int
    body: bytes
    routing_key: str | None
    message_id: str | None
    correlation_id: str | None
    reply_to: str | None
    content_type: str | None
    headers: Mapping[str, Any]
    user_id: str | None
    timestamp: datetime | None

    @classmethod
    def of(cls, delivered: DeliveredMessage) -> Self:
        """The command in a delivered message."""
        sent = delivered.header.properties
        tag = delivered.delivery_tag
        assert tag is not None  # it was delivered to a consumer, which has to acknowledge it
        return cls(
            channel=delivered.channel,
            delivery_tag=tag,
            body=delivered.body,
            routing_key=delivered.routing_key,
            message_id=sent.message_id,
            correlation_id=sent.correlation_id,
            reply_to=sent.reply_to,
            content_type=sent.content_type,
            headers=sent.headers or {},
            user_id=sent.user_id,
            timestamp=sent.timestamp,
        )

    async def ack(self) -> None:
        """Done. The broker learns it soon: many of these are written to the socket together."""
        await self.channel.basic_ack(self.delivery_tag, wait=False)

    async def reject(self, requeue: bool = False) -> None:
        """To the queue again, or to the dead letters."""
        await self.channel.basic_reject(self.delivery_tag, requeue=requeue, wait=False)


class CommandQueue:
    """Receives, answers and buries commands on one channel: what is published before an acknowledgement precedes it."""

    def __init__(self, channel: AbstractChannel, names: Sequence[str]) -> None:
        self._channel = channel
        self._names = names  # of the queue, and those of earlier releases in whose place it is

    @asynccontextmanager
    async def consuming(self, receive: Callable[[Any], Awaitable[None]]) -> AsyncIterator[None]:
        """Hand each command to `receive` while the block lasts. Raises BrokerUnavailable."""

        async def received(delivered: DeliveredMessage) -> None:
            await receive(ReceivedCommand.of(delivered))

        with translated():
            channel = await self._channel.get_underlay_channel()
            tags = [(await channel.basic_consume(name, received)).consumer_tag for name in self._names]
        try:
            yield
        finally:
            await self._cancel(filter(None, tags))

    async def _cancel(self, consumer_tags: Iterable[str]) -> None:
        if self._channel.is_closed:
            return
        with translated():
            channel = await self._channel.get_underlay_channel()
            for tag in consumer_tags:
                await channel.basic_cancel(tag)

    async def reply(self, address: str, event: CloudEvent, correlation_id: str | None) -> None:
        """Send an event to a queue; it is dropped where there is no such queue. Raises BrokerUnavailable."""
        with translated(), publish_span(("", address), event.id, event.traceparent):
            body, properties = event_message(event, correlation_id=correlation_id)
            channel = await self._channel.get_underlay_channel()
            # Many are written at a time: aio-pika's exchange waits for each write before the next.
            await channel.basic_publish(  # type: ignore[call-arg]  # its abstract class lacks `wait`
                body,
                routing_key=address,
                properties=properties,
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
        yield CommandQueue(channel, (name, *await broker.earlier(name)))
