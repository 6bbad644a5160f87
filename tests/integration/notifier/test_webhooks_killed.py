"""A notifier that is killed (-9) between any two steps sends what it has not sent, under the same id, and nothing twice over."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from subprocess import Popen

import pytest
from aio_pika.abc import AbstractChannel
from aiohttp import web

from shared.adapters.postgres.notices.deliveries import add
from shared.adapters.postgres.notices.webhooks import Webhooks
from shared.adapters.postgres.pool import Pool
from shared.adapters.rabbitmq.connection import open_broker
from shared.adapters.sealing import Seal
from shared.contracts.cloud_events import CloudEvent, encode_event
from shared.contracts.export_events import EventType
from shared.contracts.topology import DEAD, NOTIFIER
from shared.domain.audit import SYSTEM
from shared.domain.export import Context
from shared.domain.notices.deliveries import ChannelName, NewDelivery
from shared.domain.webhooks.webhook import NewWebhook, Webhook, WebhookScope
from tests.integration.notifier.conftest import Publish
from tests.integration.notifier.receiver import Receiver, accepted, receiving
from tests.support.export_events import export_event
from tests.support.notifier import notifier
from tests.support.school import Person, School

KEY = "k" * 32


class Killing:
    """Starts notifiers, and has the event, the webhook and the table that they work on."""

    def __init__(self, pool: Pool, log: Path, settings: Mapping[str, str]) -> None:
        self.pool, self.log, self.settings = pool, log, settings

    def notifier(self) -> AbstractContextManager[Popen[bytes]]:
        return notifier(self.log, SECRET_KEY=KEY, WEBHOOK_NETWORKS="127.0.0.0/8", **self.settings)

    async def webhook(self, receiver: Receiver, owner: Person, course: Context) -> Webhook:
        new = NewWebhook(owner.id, receiver.url, WebhookScope.CONTEXT, course, (EventType.EXPORTED.value,))
        created = await Webhooks(self.pool, Seal([KEY])).create(new, SYSTEM)
        assert created is not None
        return created[0]

    async def until_delivered(self) -> None:
        for _ in range(1500):
            states = [row["state"] for row in await self.pool.fetch("SELECT state FROM deliveries")]
            if states == ["delivered"]:
                return
            await asyncio.sleep(0.02)
        raise AssertionError(self.log.read_text())


@pytest.fixture
def killing(pool: Pool, migrated_url: str, amqp_url: str, tmp_path: Path) -> Killing:
    return Killing(pool, tmp_path / "log", {"DATABASE_URL": migrated_url, "AMQP_URL": amqp_url})


async def a_course(people: School) -> tuple[Context, Person, CloudEvent]:
    """(a course, its teacher, an event of an export of it)."""
    course = await people.course()
    owner = await people.member(course, "teacher")
    place = {"context": f"courses/{course.id}", "context_id": course.id, "course_id": course.id}
    return course, owner, export_event(17, user_id=owner.id, **place)


async def test_killed_after_the_receiver_has_it_and_before_that_is_recorded(
    killing: Killing, people: School, publish: Publish
) -> None:
    course, owner, event = await a_course(people)
    held, let = asyncio.Event(), asyncio.Event()

    async def hold(request: web.Request) -> web.StreamResponse:
        held.set()
        await let.wait()
        return await accepted(request)

    async with receiving(hold) as receiver:
        await killing.webhook(receiver, owner, course)
        with killing.notifier():
            await publish([event])
            await asyncio.wait_for(held.wait(), 60)
        let.set()
        await killing.pool.execute("UPDATE deliveries SET due_at = now()")  # the lease of the killed process ends
        with killing.notifier():
            await killing.until_delivered()
    assert [headers["webhook-id"] for headers, _ in receiver.got] == ["17", "17"]


async def test_killed_before_the_deliveries_have_committed(
    killing: Killing, people: School, publish: Publish, pool: Pool
) -> None:
    course, owner, event = await a_course(people)
    async with receiving() as receiver:
        await killing.webhook(receiver, owner, course)
        async with pool.acquire() as db, db.transaction():
            await db.execute("LOCK TABLE deliveries IN EXCLUSIVE MODE")  # an INSERT waits, a SELECT does not
            with killing.notifier():
                await publish([event])
                await until(partial(inserts_wait, pool))
        with killing.notifier():
            await killing.until_delivered()
    assert [headers["webhook-id"] for headers, _ in receiver.got] == ["17"]


async def test_killed_between_the_commit_and_the_acknowledgement(
    killing: Killing, people: School, publish: Publish, amqp_url: str, pool: Pool
) -> None:
    course, owner, event = await a_course(people)
    async with receiving() as receiver:
        webhook = await killing.webhook(receiver, owner, course)
        row = NewDelivery(event.id, event.type, ChannelName.WEBHOOK, str(webhook.id), encode_event(event).decode())
        async with pool.acquire() as db:
            await add(db, [row])  # what such a process leaves: the row, and the event in its queue
        await publish([event])
        with killing.notifier():
            await killing.until_delivered()
            async with open_broker(amqp_url) as broker, broker.channel() as channel:
                await until(partial(is_empty, channel, NOTIFIER))
                assert await is_empty(channel, DEAD), "an event that was written before is no dead letter"
            await killing.until_delivered()
    assert [headers["webhook-id"] for headers, _ in receiver.got] == ["17"]


async def until(condition: object) -> None:
    """Until an awaited condition holds."""
    assert callable(condition)
    for _ in range(1500):
        if await condition():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it did not happen")


async def inserts_wait(pool: Pool) -> bool:
    """Whether a process waits to write deliveries."""
    return bool(
        await pool.fetchval(
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%INTO deliveries%')"
        )
    )


async def is_empty(channel: AbstractChannel, name: str) -> bool:
    """Whether every message of a queue has been taken and acknowledged."""
    queue = await channel.declare_queue(name, passive=True)
    return queue.declaration_result.message_count == 0
