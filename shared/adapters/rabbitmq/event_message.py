"""CloudEvents as messages of AMQP 0-9-1: the properties that go with the body."""

from __future__ import annotations

import aio_pika
from msgspec.structs import replace

from shared.contracts.cloud_events import APP_ID, STRUCTURED, CloudEvent, encode_event
from shared.runtime.traces import traceparent


def event_message(event: CloudEvent, *, correlation_id: str | None) -> aio_pika.Message:
    """A persistent message in structured mode. `correlation_id` is the id of the request that caused the event.

    Where spans are recorded, its consumers go on from the current one, which is that of the sending.
    """
    if (here := traceparent()) is not None:
        event = replace(event, traceparent=here)
    trace = {"traceparent": event.traceparent, "tracestate": event.tracestate}
    return aio_pika.Message(
        encode_event(event),
        content_type=STRUCTURED,
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        message_id=event.id,
        type=event.type,
        timestamp=event.time,
        app_id=APP_ID,
        correlation_id=correlation_id,
        headers={name: value for name, value in trace.items() if value is not None},
    )
