"""Requests that are answered: sent to a queue, the answer comes back to the channel that sent them."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

from shared.adapters.rabbitmq.connection import Broker, translated

# RabbitMQ's "direct reply-to": answers need no queue; they reach the channel that consumes this name and has published.
_REPLY_TO = "amq.rabbitmq.reply-to"


class Requester:
    """Sends requests and matches the answers to them; any number may wait at the same time."""

    def __init__(self, broker: Broker, channel: AbstractChannel) -> None:
        self._broker = broker
        self._channel = channel
        self._waiting: dict[str, asyncio.Future[bytes]] = {}

    async def receive(self, answer: AbstractIncomingMessage) -> None:
        """Hand an answer to the request that waits for it; one that comes too late is dropped."""
        waiting = self._waiting.get(answer.correlation_id or "")
        if waiting is not None and not waiting.done():
            waiting.set_result(answer.body)

    async def request(self, address: tuple[str, str], body: bytes, *, within_s: float) -> bytes:
        """Send one message to (exchange, routing key); the body of its answer.

        The broker drops the message once its time is over. Raises TimeoutError without an answer in `within_s`, and
        BrokerUnavailable where the message was refused or the connection is lost meanwhile.
        """
        correlation_id = secrets.token_hex(16)
        message = aio_pika.Message(
            body,
            content_type="application/json",
            correlation_id=correlation_id,
            reply_to=_REPLY_TO,
            expiration=within_s,
        )
        answer = self._waiting[correlation_id] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(within_s):
                await self._publish(address, message)
                return await self._broker.unless_lost(answer)
        finally:
            del self._waiting[correlation_id]

    async def _publish(self, address: tuple[str, str], message: aio_pika.Message) -> None:
        exchange, routing_key = address
        with translated():
            target = await self._channel.get_exchange(exchange, ensure=False)
            await target.publish(message, routing_key, mandatory=True)


@asynccontextmanager
async def open_requester(broker: Broker) -> AsyncIterator[Requester]:
    """A requester on a channel of its own."""
    async with broker.channel() as channel:
        requester = Requester(broker, channel)
        with translated():
            answers = await channel.get_queue(_REPLY_TO, ensure=False)
            await answers.consume(requester.receive, no_ack=True)
        yield requester
