"""CloudEvents as messages of AMQP 0-9-1: the properties that go with the body."""

from __future__ import annotations

from typing import NamedTuple

from aio_pika import DeliveryMode
from msgspec.structs import replace
from pamqp.commands import Basic

from shared.contracts.cloud_events import APP_ID, STRUCTURED, CloudEvent, encode_event
from shared.runtime.traces import traceparent


class EventMessage(NamedTuple):
    """A message as a channel sends it: aio-pika's own class of messages costs as much to build as to send."""

    body: bytes
    properties: Basic.Properties


def event_message(event: CloudEvent, *, correlation_id: str | None) -> EventMessage:
    """A persistent message in structured mode. `correlation_id` is the id of the request that caused the event.

    Where spans are recorded, its consumers go on from the current one, which is that of the sending.
    """
    if (here := traceparent()) is not None:
        event = replace(event, traceparent=here)
    trace = {"traceparent": event.traceparent, "tracestate": event.tracestate}
    properties = Basic.Properties(
        content_type=STRUCTURED,
        headers={name: value for name, value in trace.items() if value is not None},
        delivery_mode=DeliveryMode.PERSISTENT.value,
        correlation_id=correlation_id,
        message_id=event.id,
        timestamp=event.time,
        message_type=event.type,
        app_id=APP_ID,
    )
    return EventMessage(encode_event(event), properties)
