"""Spans of messages. Source: OpenTelemetry, "Semantic conventions for messaging spans" and "for RabbitMQ"."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from shared.runtime.message_spans import process_span, publish_span
from tests.support.spans import recorded


@dataclass(frozen=True)
class Message:
    message_id: str | None = "m-1"
    routing_key: str | None = "zip"


def test_a_message_that_is_sent_is_a_producer_with_its_destination() -> None:
    with recorded() as spans, publish_span(("requests", "zip"), "m-1"):
        pass
    (kept,) = spans.get_finished_spans()
    assert (kept.name, kept.kind.name) == ("publish requests", "PRODUCER")
    assert dict(kept.attributes or {}) == {
        "messaging.system": "rabbitmq",
        "messaging.operation.name": "publish",
        "messaging.operation.type": "send",
        "messaging.destination.name": "requests:zip",
        "messaging.rabbitmq.destination.routing_key": "zip",
        "messaging.message.id": "m-1",
    }


def test_a_reply_goes_to_a_queue_of_this_moment() -> None:
    with recorded() as spans, publish_span(("", "amq.gen-1"), None):
        pass
    (kept,) = spans.get_finished_spans()
    assert kept.name == "publish (temporary)"
    assert (kept.attributes or {})["messaging.destination.temporary"] is True


@pytest.mark.parametrize(("queue", "destination"), [("zip", "requests:zip"), ("other", "requests:zip:other")])
def test_a_message_that_is_processed_is_a_consumer_with_its_queue(queue: str, destination: str) -> None:
    with recorded() as spans, process_span(Message(), ("requests", queue), None, {"export_id": 7}):
        pass
    (kept,) = spans.get_finished_spans()
    assert (kept.name, kept.kind.name) == (f"process {queue}", "CONSUMER")
    assert dict(kept.attributes or {}) == {
        "messaging.system": "rabbitmq",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": destination,
        "messaging.rabbitmq.destination.routing_key": "zip",
        "messaging.message.id": "m-1",
        "export_id": 7,
    }
