"""A notifier of the tests, and a publisher of events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from functools import partial

import pytest

from services.notifier.channel import NoticeChannel
from services.notifier.intake import EventIntake
from shared.adapters.postgres.pool import Connection, Pool
from shared.adapters.rabbitmq.connection import open_broker
from shared.adapters.rabbitmq.publisher import open_publisher
from shared.contracts.cloud_events import CloudEvent, encode_event
from shared.contracts.topology import DEAD, EVENTS, NOTIFIER
from shared.domain.notices.deliveries import ChannelName, NewDelivery, NoticeDelivery, SendOutcome, Sent
from tests.support.notifier import notifier_here
from tests.support.queues import purge

KEY = "content_export.exported.common_cartridge.course.42"
Publish = Callable[[Sequence[CloudEvent]], Awaitable[None]]
Running = Callable[[Sequence[NoticeChannel]], AbstractAsyncContextManager[EventIntake]]


@dataclass
class RecordingChannel:
    """A channel that sends to these targets, and has what it was given; `news` is set by each."""

    targets: Sequence[str] = ("1",)
    sent: list[NoticeDelivery] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    name: ChannelName = ChannelName.MAIL
    at_once: int = 256

    async def deliveries_of(self, event: CloudEvent, db: Connection) -> Sequence[NewDelivery]:
        return [
            NewDelivery(event.id, event.type, self.name, target, encode_event(event).decode())
            for target in self.targets
        ]

    async def send(self, delivery: NoticeDelivery) -> SendOutcome:
        self.sent.append(delivery)
        self.news.set()
        return Sent()

    async def until(self, count: int) -> None:
        async with asyncio.timeout(30):
            while len(self.sent) < count:
                self.news.clear()
                await self.news.wait()


@pytest.fixture
async def queues(amqp_url: str, pool: Pool) -> None:
    """A queue that is declared and empty, and no deliveries."""
    await pool.execute("TRUNCATE deliveries")
    await purge(amqp_url, NOTIFIER, DEAD)


@pytest.fixture
async def publish(amqp_url: str, queues: None) -> AsyncIterator[Publish]:
    """Publish events of an export that is exported."""
    async with open_broker(amqp_url) as broker, open_publisher(broker) as publisher:

        async def publish(events: Sequence[CloudEvent]) -> None:
            for event in events:
                await publisher.publish_event((EVENTS, KEY), event, request_id=None)

        yield publish


@pytest.fixture
def running(amqp_url: str, pool: Pool, queues: None) -> Running:
    """A notifier with these channels."""
    return partial(notifier_here, amqp_url, pool)
