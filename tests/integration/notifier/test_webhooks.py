"""Webhooks from the event on the broker to the receiver: signed, once per id, for those who may see the export."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest
from aiohttp import web
from standardwebhooks.webhooks import Webhook as Verifier

from services.notifier.webhooks.client import open_client
from services.notifier.webhooks.webhook_channel import WebhookChannel
from shared.adapters.postgres.access import Access
from shared.adapters.postgres.audit_log import AuditLog
from shared.adapters.postgres.notices.deliveries import Deliveries
from shared.adapters.postgres.notices.webhooks import Webhooks
from shared.adapters.postgres.pool import Pool
from shared.adapters.sealing import Seal
from shared.contracts.cloud_events import CloudEvent
from shared.contracts.export_events import EventType
from shared.domain.audit import Actor, AuditFilter
from shared.domain.export import Context
from shared.domain.notices.deliveries import ChannelName, DeliveryRow
from shared.domain.webhooks.addresses import networks
from shared.domain.webhooks.webhook import MOST_OF_A_USER, NewWebhook, Webhook, WebhookScope
from tests.integration.notifier.conftest import Publish, Running
from tests.integration.notifier.receiver import Receiver, receiving
from tests.support.export_events import export_event
from tests.support.school import Person, School

SEAL = Seal(["a-key-of-the-tests-of-32-bytes-or-more"])
QUICK = 0.001  # of the waits between tries


@dataclass
class Campus:
    """A course with a teacher, and the webhooks of people."""

    people: School
    webhooks: Webhooks
    deliveries: Deliveries
    course: Context
    teacher: Person

    async def hook(self, receiver: Receiver, owner: Person | None = None, **new: Any) -> tuple[Webhook, str]:
        """A webhook of the teacher, for the course, and its secret."""
        fields = {"scope": WebhookScope.CONTEXT, "context": self.course, "types": (EventType.EXPORTED.value,), **new}
        user_id = (owner or self.teacher).id
        created = await self.webhooks.create(NewWebhook(user_id=user_id, url=receiver.url, **fields), Actor(user_id))
        assert created is not None
        return created

    def event(self, number: int, by: Person | None = None, type_: EventType = EventType.EXPORTED) -> CloudEvent:
        course = {"context": f"courses/{self.course.id}", "context_id": self.course.id, "course_id": self.course.id}
        return export_event(number, type_, user_id=(by or self.teacher).id, **course)

    async def ended(self, webhook: Webhook, count: int = 1) -> list[DeliveryRow]:
        """The deliveries of a webhook, the newest first, once so many have ended."""
        for _ in range(500):
            rows = await self.deliveries.page(ChannelName.WEBHOOK, str(webhook.id), None, 100)
            if sum(row.state != "waiting" for row in rows) >= count:
                return rows
            await asyncio.sleep(0.02)
        raise AssertionError(rows)


@pytest.fixture
async def campus(pool: Pool, people: School, queues: None) -> Campus:
    await pool.execute("TRUNCATE content_export_webhooks")
    course = await people.course()
    return Campus(people, Webhooks(pool, SEAL), Deliveries(pool), course, await people.member(course, "teacher"))


@asynccontextmanager
async def channel(pool: Pool, scale: float = QUICK) -> AsyncIterator[WebhookChannel]:
    async with open_client(networks(["127.0.0.0/8"])) as client:
        yield WebhookChannel(Webhooks(pool, SEAL), Access(pool), client, scale)


def answering(*statuses: int) -> Any:
    """Answers with each of these in turn, and then with the last."""
    left = list(statuses)

    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(status=left.pop(0) if len(left) > 1 else left[0])

    return answer


async def test_an_event_reaches_the_receiver_signed_by_both_secrets_of_a_rotation(
    campus: Campus, running: Running, publish: Publish, pool: Pool
) -> None:
    async with receiving() as receiver, channel(pool) as webhooks, running([webhooks]):
        webhook, old = await campus.hook(receiver)
        rotated = await campus.webhooks.rotate(webhook.user_id, webhook.id, Actor(webhook.user_id))
        assert rotated is not None
        await publish([campus.event(17), campus.event(17)])
        await receiver.until(1)
        (row,) = await campus.ended(webhook)
    ((headers, body),) = receiver.got
    for secret in (old, rotated[1]):
        assert Verifier(secret).verify(body, dict(headers))["id"] == "17"
    assert (row.event_id, row.state, row.answer, row.tries) == ("17", "delivered", 204, 1)


async def test_an_event_goes_to_the_webhooks_of_its_type_and_context_whose_owners_may_see_the_export(
    campus: Campus, running: Running, publish: Publish, pool: Pool
) -> None:
    student, other = await campus.people.member(campus.course, "student"), await campus.people.course()
    admin = await campus.people.person(site_admin=True)
    own = {"scope": WebhookScope.OWN, "context": None}
    async with receiving() as receiver, channel(pool) as webhooks, running([webhooks]):
        sent = {
            (await campus.hook(receiver))[0].id,
            (await campus.hook(receiver, **own))[0].id,
            (await campus.hook(receiver, admin, scope=WebhookScope.ACCOUNT, context=None))[0].id,
        }
        await campus.hook(receiver, student)
        await campus.hook(receiver, student, **own)
        await campus.hook(receiver, context=other)
        await campus.hook(receiver, types=(EventType.FAILED.value,))
        await campus.hook(receiver, scope=WebhookScope.ACCOUNT, context=None)
        await publish([campus.event(1)])
        await receiver.until(3)
        rows = await pool.fetch("SELECT target FROM deliveries")
    assert {int(row["target"]) for row in rows} == sent


async def test_a_right_that_ends_between_two_tries_ends_the_delivery(
    campus: Campus, running: Running, publish: Publish, pool: Pool
) -> None:
    async def leave(request: web.Request) -> web.StreamResponse:
        await pool.execute("UPDATE enrollments SET workflow_state = 'deleted' WHERE user_id = $1", campus.teacher.id)
        return web.Response(status=503)

    async with receiving(leave) as receiver, channel(pool) as webhooks, running([webhooks]):
        webhook, _ = await campus.hook(receiver)
        await publish([campus.event(1)])
        (row,) = await campus.ended(webhook)
    assert (row.state, row.reason) == ("dropped", "The owner of the webhook may not see the export.")
    assert len(receiver.got) == 1


async def test_a_receiver_that_fails_gets_the_same_bytes_again_until_it_accepts_them(
    campus: Campus, running: Running, publish: Publish, pool: Pool
) -> None:
    async with receiving(answering(500, 302, 429, 200)) as receiver, channel(pool) as webhooks, running([webhooks]):
        webhook, secret = await campus.hook(receiver)
        await publish([campus.event(1)])
        await receiver.until(2)
        await pool.execute("UPDATE deliveries SET due_at = now()")  # the waits of minutes have passed
        for count in (3, 4):
            await until_tried(pool, count - 1)
            await pool.execute("UPDATE deliveries SET due_at = now()")
            await receiver.until(count)
        (row,) = await campus.ended(webhook)
    assert (row.state, row.tries, row.answer) == ("delivered", 4, 200)
    assert len({body for _, body in receiver.got}) == 1
    assert {headers["webhook-id"] for headers, _ in receiver.got} == {"1"}
    for headers, body in receiver.got:
        Verifier(secret).verify(body, dict(headers))


async def until_tried(pool: Pool, times: int) -> None:
    """Until the outcome of this try has been recorded, or of a later one."""
    for _ in range(500):
        if await pool.fetchval("SELECT EXISTS (SELECT FROM deliveries WHERE tries >= $1)", times):
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it was not tried")


async def test_the_last_of_ten_tries_disables_the_webhook_and_its_owner_has_a_mail(
    campus: Campus, running: Running, publish: Publish, pool: Pool
) -> None:
    async with receiving(answering(500)) as receiver, channel(pool, 1e-7) as webhooks, running([webhooks]):
        webhook, _ = await campus.hook(receiver)
        await publish([campus.event(1)])
        (row,) = await campus.ended(webhook)
        await publish([campus.event(2)])
    assert (row.state, row.tries, len(receiver.got)) == ("failed", 10, 10)
    shown = await campus.webhooks.find(webhook.id)
    assert shown is not None
    assert shown.disabled_reason == "The last of all tries of a delivery failed."
    mails = await pool.fetch("SELECT target, event_type FROM deliveries WHERE channel = 'mail'")
    assert [tuple(mail) for mail in mails] == [(str(campus.teacher.id), "mail.webhook_disabled")]
    entries = await AuditLog(pool).page(AuditFilter(), 1)
    assert (entries[0][1].action, entries[0][1].subject) == ("disable_webhook", f"webhook:{webhook.id} 127.0.0.1")


async def test_gone_disables_the_webhook_and_what_waits_for_it_is_dropped_until_it_is_enabled(
    campus: Campus, running: Running, publish: Publish, pool: Pool
) -> None:
    async with receiving(answering(503, 410, 204)) as receiver, channel(pool, 3600) as webhooks, running([webhooks]):
        webhook, _ = await campus.hook(receiver)
        await publish([campus.event(1)])
        await until_tried(pool, 1)
        await publish([campus.event(2)])
        (gone, _) = await campus.ended(webhook)
        await pool.execute("UPDATE deliveries SET due_at = now()")
        (_, dropped) = await campus.ended(webhook, 2)
        assert (gone.state, gone.answer) == ("failed", 410)
        assert (dropped.state, dropped.reason) == ("dropped", "The webhook is disabled.")

        actor = Actor(webhook.user_id)
        enabled = await campus.webhooks.enable(webhook.user_id, webhook.id, actor)
        assert enabled is not None
        assert enabled.disabled_at is None
        await campus.webhooks.redeliver(webhook, dropped.id, actor)
        await receiver.until(3)
        (_, again) = await campus.ended(webhook, 2)
    assert (again.id, again.state, again.tries) == (dropped.id, "delivered", 1)
    assert receiver.got[-1][0]["webhook-id"] == "1"


async def test_a_deleted_webhook_is_sent_nothing_more(
    campus: Campus, running: Running, publish: Publish, pool: Pool
) -> None:
    async with receiving() as receiver, channel(pool) as webhooks, running([webhooks]):
        webhook, _ = await campus.hook(receiver)
        other, _ = await campus.hook(receiver)
        assert await campus.webhooks.delete(webhook.user_id, webhook.id, Actor(webhook.user_id)) is not None
        await publish([campus.event(1)])
        await campus.ended(other)
    assert len(receiver.got) == 1


async def test_a_receiver_that_never_answers_delays_no_other(
    campus: Campus, running: Running, publish: Publish, pool: Pool
) -> None:
    let = asyncio.Event()

    async def silent(request: web.Request) -> web.StreamResponse:
        await let.wait()
        return web.Response()

    async with receiving(silent) as stuck, receiving() as quick, channel(pool) as webhooks, running([webhooks]):
        held, _ = await campus.hook(stuck)
        await campus.hook(quick)
        await publish([campus.event(number) for number in range(1, 41)])
        await quick.until(40)
        assert len(stuck.got) <= 4
        let.set()
        await campus.ended(held, 40)


async def test_a_test_is_sent_to_its_own_webhook_alone(campus: Campus, running: Running, pool: Pool) -> None:
    from services.gateway.webhooks.webhook_json import test_event

    async with receiving() as receiver, channel(pool) as webhooks, running([webhooks]):
        webhook, secret = await campus.hook(receiver)
        await campus.hook(receiver)
        await campus.webhooks.test(webhook, test_event(webhook), Actor(webhook.user_id))
        await receiver.until(1)
        await campus.ended(webhook)
    ((headers, body),) = receiver.got
    event = Verifier(secret).verify(body, dict(headers))
    assert (event["type"], event["data"]["webhook_id"]) == ("content_export_webhook.test.v1", webhook.id)


async def test_one_test_of_a_webhook_waits_at_a_time(campus: Campus, pool: Pool) -> None:
    from services.gateway.webhooks.webhook_json import test_event

    async with receiving() as receiver:
        webhook, _ = await campus.hook(receiver)
    actor = Actor(webhook.user_id)
    rows = await asyncio.gather(*(campus.webhooks.test(webhook, test_event(webhook), actor) for _ in range(5)))
    assert len({row.id for row in rows}) == 1
    await pool.execute("UPDATE deliveries SET state = 'delivered'")
    assert (await campus.webhooks.test(webhook, test_event(webhook), actor)).id != rows[0].id


async def test_secrets_are_stored_sealed_and_the_rows_of_a_user_are_its_own(campus: Campus, pool: Pool) -> None:
    async with receiving() as receiver:
        webhook, secret = await campus.hook(receiver)
    stored = await pool.fetchval("SELECT secret FROM content_export_webhooks WHERE id = $1", webhook.id)
    assert secret not in stored
    assert campus.webhooks.secrets_of(webhook) == [secret]
    stranger = await campus.people.person()
    actor = Actor(stranger.id)
    assert await campus.webhooks.of_user(stranger.id, webhook.id) is None
    assert await campus.webhooks.page(stranger.id, None, 10) == []
    assert await campus.webhooks.delete(stranger.id, webhook.id, actor) is None
    assert await campus.webhooks.rotate(stranger.id, webhook.id, actor) is None
    assert await campus.webhooks.enable(stranger.id, webhook.id, actor) is None
    assert await campus.webhooks.page(webhook.user_id, None, 10) == [webhook]


async def test_a_user_has_a_limited_number_of_webhooks_and_each_is_in_the_audit_log(campus: Campus, pool: Pool) -> None:
    new = NewWebhook(campus.teacher.id, "https://receiver.example.edu/key", WebhookScope.OWN, None, ("t",))
    created = [await campus.webhooks.create(new, Actor(campus.teacher.id)) for _ in range(MOST_OF_A_USER + 1)]
    assert [each is not None for each in created] == [True] * MOST_OF_A_USER + [False]
    entries = await AuditLog(pool).page(AuditFilter(user_id=campus.teacher.id), 100)
    assert [entry.action for _, entry in entries] == ["create_webhook"] * MOST_OF_A_USER
    assert all(str(entry.subject).endswith(" receiver.example.edu") for _, entry in entries)


async def test_the_secret_before_a_rotation_signs_for_a_day(campus: Campus, pool: Pool) -> None:
    async with receiving() as receiver:
        webhook, old = await campus.hook(receiver)
    rotated = await campus.webhooks.rotate(webhook.user_id, webhook.id, Actor(webhook.user_id))
    assert rotated is not None
    assert campus.webhooks.secrets_of(rotated[0]) == [rotated[1], old]
    await pool.execute(
        "UPDATE content_export_webhooks SET previous_secret_until = previous_secret_until - interval '1 day'"
    )
    later = await campus.webhooks.find(webhook.id)
    assert later is not None
    assert campus.webhooks.secrets_of(later) == [rotated[1]]
    assert replace(later, sealed_secrets=()) == replace(webhook, sealed_secrets=())
