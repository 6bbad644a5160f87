"""Publishing with confirms."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractExchange

from shared.adapters.rabbitmq.connection import CONFIRM_TIMEOUT_S, Broker, translated


class Publisher:
    """Sends messages; any number may wait for their confirms at the same time."""

    def __init__(self, channel: AbstractChannel) -> None:
        self._channel = channel
        self._exchanges: dict[str, AbstractExchange] = {}

    async def publish(
        self, address: tuple[str, str], body: bytes, *, message_id: str, request_id: str | None, mandatory: bool
    ) -> None:
        """Send one message to (exchange, routing key) and wait for the confirm.

        Raises BrokerUnavailable if the broker did not accept it, or if it is mandatory and reaches no queue.
        """
        exchange, routing_key = address
        message = aio_pika.Message(
            body,
            content_type="application/json",
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
            message_id=message_id,
            correlation_id=request_id,
        )
        with translated():
            target = self._exchanges.get(exchange)
            if target is None:
                target = self._exchanges[exchange] = await self._channel.get_exchange(exchange, ensure=False)
            await target.publish(message, routing_key, mandatory=mandatory, timeout=CONFIRM_TIMEOUT_S)


@asynccontextmanager
async def open_publisher(broker: Broker) -> AsyncIterator[Publisher]:
    """A publisher on a channel of its own."""
    async with broker.channel() as channel:
        yield Publisher(channel)
