"""The tests find an event on the wire that differs from its description."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from aio_pika.abc import AbstractChannel

from shared.adapters.rabbitmq.connection import open_broker
from shared.adapters.rabbitmq.publisher import Publisher
from shared.contracts.cloud_events import STRUCTURED, read_event
from tests.support.described_messages import API, NotDescribed
from tests.support.event_tap import EventTap

EXCHANGE = "tests.events"
EVENT: dict[str, Any] = API["components"]["messages"]["content_export.exported.v1"]["examples"][0]["payload"]


async def publish(channel: AbstractChannel, payload: dict[str, Any]) -> None:
    await channel.declare_exchange(EXCHANGE, "topic", auto_delete=True)
    event = read_event(msgspec.json.encode(payload), STRUCTURED, {})
    await Publisher(channel).publish_event((EXCHANGE, "any"), event, request_id=None)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, ""),
        ({"type": "content_export.lost.v1"}, "no message of the description has the type content_export.lost.v1"),
        ({"sequence": None}, "'sequence' is a required property"),
        ({"data": {**EVENT["data"], "completion": "all"}}, r"\$.data.completion: 'all' is not of type 'number'"),
    ],
    ids=["none", "type", "attribute", "data"],
)
async def test_what_differs_is_found(amqp_url: str, change: dict[str, Any], reason: str) -> None:
    tap = EventTap(amqp_url, EXCHANGE)
    async with open_broker(amqp_url) as broker, broker.channel() as channel:
        await channel.declare_exchange(EXCHANGE, "topic", auto_delete=True)
        await tap.begin()
        await publish(channel, EVENT)
        await publish(channel, {**EVENT, **change})
    if not reason:
        await tap.end()
        return
    with pytest.raises(NotDescribed, match=reason):
        await tap.end()
