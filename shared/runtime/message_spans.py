"""Spans of messages on RabbitMQ: a PRODUCER where one is sent, a CONSUMER where one is processed.

Source: OpenTelemetry, "Semantic conventions for messaging spans" and "for RabbitMQ". A destination is
`exchange:routing key`, and of a consumer `exchange:routing key:queue`, without empty and equal parts. The name of a span
has the exchange or the queue alone, since a routing key may have an id in it.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from shared.runtime.span_kinds import SpanKind, Value
from shared.runtime.traces import NO_SPAN, recording, span


class ReceivedMessage(Protocol):
    """A message as its consumer has it."""

    @property
    def message_id(self) -> str | None: ...  # noqa: D102  (a field)
    @property
    def routing_key(self) -> str | None: ...  # noqa: D102


def publish_span(
    address: tuple[str, str], message_id: str | None, parent: str | None = None
) -> AbstractContextManager[None]:
    """The sending of one message to (exchange, routing key); it ends with the broker's confirm."""
    if not recording():
        return NO_SPAN
    exchange, key = address
    attributes = _described(":".join(filter(None, address)), key, message_id, "publish", "send")
    if not exchange:  # a reply: its queue has a name of this moment
        attributes["messaging.destination.temporary"] = True
    return span(f"publish {exchange or '(temporary)'}", parent, SpanKind.PRODUCER, attributes=attributes)


def process_span(
    message: ReceivedMessage, place: tuple[str, str], parent: str | None, attributes: dict[str, Value]
) -> AbstractContextManager[None]:
    """The processing of one message, which came by (exchange, queue)."""
    if not recording():
        return NO_SPAN
    exchange, queue = place
    key = message.routing_key or ""
    destination = ":".join(filter(None, [exchange, key, queue if queue != key else ""]))
    described = _described(destination, key, message.message_id, "process", "process")
    return span(f"process {queue or exchange}", parent, SpanKind.CONSUMER, attributes=described | attributes)


def _described(destination: str, key: str, message_id: str | None, name: str, type_: str) -> dict[str, Value]:
    attributes: dict[str, Value] = {
        "messaging.system": "rabbitmq",
        "messaging.destination.name": destination,
        "messaging.operation.name": name,
        "messaging.operation.type": type_,
    }
    if key:
        attributes["messaging.rabbitmq.destination.routing_key"] = key
    if message_id:
        attributes["messaging.message.id"] = message_id
    return attributes
