"""2,000 webhooks through a notifier that is killed again and again: each arrives, and none under two ids."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from standardwebhooks.webhooks import Webhook as Verifier

from shared.adapters.postgres.notices.webhooks import Webhooks
from shared.adapters.postgres.pool import Pool
from shared.adapters.sealing import Seal
from shared.contracts.export_events import EventType
from shared.domain.audit import SYSTEM
from shared.domain.webhooks.webhook import NewWebhook, WebhookScope
from tests.integration.notifier.conftest import Publish
from tests.integration.notifier.receiver import Receiver, receiving
from tests.support.export_events import export_event
from tests.support.notifier import notifier
from tests.support.school import School

RECEIVERS, EVENTS = 10, 200
SEED = 14
LONGEST_LIFE_S = 2.0  # of a notifier, once it is connected
IN_FLIGHT = RECEIVERS * 4  # tries that one process makes at once
KEY = "k" * 32


async def waits(pool: Pool) -> int:
    """How many deliveries have not ended, those that are not written yet among them."""
    delivered: int = await pool.fetchval("SELECT count(*) FROM deliveries WHERE state = 'delivered'")
    return RECEIVERS * EVENTS - delivered


def connections(log: Path) -> int:
    """How often a notifier has connected to the broker."""
    return log.read_text().count("notifier_connected") if log.exists() else 0


async def until_connected(log: Path, times: int) -> None:
    for _ in range(3000):
        if connections(log) >= times:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("the notifier does not connect")


@pytest.mark.timeout(900)
async def test_2000_webhooks_arrive_once_under_each_id_however_often_the_notifier_is_killed(
    publish: Publish, people: School, pool: Pool, migrated_url: str, *, amqp_url: str, tmp_path: Path
) -> None:
    moments, log, kills = random.Random(SEED), tmp_path / "log", 0
    course, webhooks = await people.course(), Webhooks(pool, Seal([KEY]))
    owner = await people.member(course, "teacher")
    place = {"context": f"courses/{course.id}", "context_id": course.id, "course_id": course.id}
    expected = {str(number) for number in range(1, EVENTS + 1)}
    await publish([export_event(int(number), user_id=owner.id, **place) for number in sorted(expected, key=int)])
    hooks: list[tuple[Receiver, str]] = []
    async with AsyncExitStack() as stack:
        for _ in range(RECEIVERS):
            receiver = await stack.enter_async_context(receiving())
            new = NewWebhook(owner.id, receiver.url, WebhookScope.CONTEXT, course, (EventType.EXPORTED.value,))
            created = await webhooks.create(new, SYSTEM)
            assert created is not None
            hooks.append((receiver, created[1]))
        settings = {"DATABASE_URL": migrated_url, "AMQP_URL": amqp_url, "SECRET_KEY": KEY}
        while await waits(pool):
            with notifier(log, **settings, WEBHOOK_NETWORKS="127.0.0.0/8"):
                await until_connected(log, kills + 1)
                await asyncio.sleep(moments.uniform(0.0, LONGEST_LIFE_S))  # the moment of the kill is the point of it
            kills += 1
            # The leases of the killed process end.
            await pool.execute("UPDATE deliveries SET due_at = now() WHERE state = 'waiting' AND attempt > 0")
    again = 0
    for receiver, secret in hooks:
        copies = Counter(headers["webhook-id"] for headers, _ in receiver.got)
        assert set(copies) == expected
        again += sum(copies.values()) - len(copies)
        for headers, body in receiver.got[:: EVENTS // 10]:
            assert Verifier(secret).verify(body, dict(headers))["id"] == headers["webhook-id"]
    print(f"{RECEIVERS * EVENTS} webhooks, {kills} kills, {again} copies under the same id")
    assert await pool.fetchval("SELECT count(*) FROM deliveries") == RECEIVERS * EVENTS
    assert again <= kills * IN_FLIGHT
