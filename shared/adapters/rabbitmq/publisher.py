"""Publishing with confirms."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aio_pika
import msgspec
from aio_pika.abc import AbstractChannel
from pamqp.commands import Basic

from shared.adapters.rabbitmq.connection import CONFIRM_TIMEOUT_S, Broker, translated
from shared.adapters.rabbitmq.event_message import event_message
from shared.contracts.cloud_events import CloudEvent
from shared.runtime.message_spans import publish_span
from shared.runtime.traces import traceparent


class Publisher:
    """Sends messages in the order of the calls; any number may wait for their confirms at the same time."""

    def __init__(self, channel: AbstractChannel) -> None:
        self._channel = channel

    async def publish_request(
        self, address: tuple[str, str], body: Mapping[str, Any], *, message_id: str, request_id: str | None
    ) -> None:
        """Send one request to (exchange, routing key), which must reach a queue, and wait for the confirm.

        Its `traceparent` becomes that of the sending, below which the consumer's span is to lie. Raises
        BrokerUnavailable if the broker did not accept it, or if it reaches no queue.
        """
        with publish_span(address, message_id, body.get("traceparent")):
            if (here := traceparent()) is not None:
                body = {**body, "traceparent": here}
            message = aio_pika.Message(
                msgspec.json.encode(body),
                content_type="application/json",
                delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
                message_id=message_id,
                correlation_id=request_id,
            )
            await self._publish(*address, message.body, message.properties, mandatory=True)

    async def publish_event(self, address: tuple[str, str], event: CloudEvent, *, request_id: str | None) -> None:
        """Send one event to (exchange, routing key), which may reach no queue, and wait for the confirm.

        Raises BrokerUnavailable if the broker did not accept it.
        """
        with publish_span(address, event.id, event.traceparent):
            message = event_message(event, correlation_id=request_id)
            await self._publish(*address, *message, mandatory=False)

    async def _publish(
        self, exchange: str, routing_key: str, body: bytes, properties: Basic.Properties, *, mandatory: bool
    ) -> None:
        with translated():
            channel = await self._channel.get_underlay_channel()
            # `wait` is for the socket: without it the frames of a batch are written together, in the order of the calls.
            await channel.basic_publish(  # type: ignore[call-arg]  # the abstract base lacks `wait`
                body,
                exchange=exchange,
                routing_key=routing_key,
                properties=properties,
                mandatory=mandatory,
                timeout=CONFIRM_TIMEOUT_S,
                wait=False,
            )


@asynccontextmanager
async def open_publisher(broker: Broker) -> AsyncIterator[Publisher]:
    """A publisher on a channel of its own."""
    async with broker.channel() as channel:
        yield Publisher(channel)
