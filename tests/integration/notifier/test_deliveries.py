"""From the event to the delivery: one row for each event, channel and target, however often the event arrives."""

from __future__ import annotations

import asyncio
import json

import aio_pika
import pytest

from services.notifier.intake import EventIntake
from shared.adapters.postgres.notices.deliveries import _CLAIM, Deliveries, add
from shared.adapters.postgres.pool import Connection, Pool
from shared.adapters.rabbitmq.connection import open_broker
from shared.contracts.topology import DEAD, NOTIFIER
from shared.domain.errors import DatabaseUnavailable
from shared.domain.notices.deliveries import ChannelName, GiveUp, NewDelivery, Sent, TryAgain
from tests.integration.notifier.conftest import Publish, RecordingChannel, Running
from tests.support.export_events import export_event


async def states(pool: Pool) -> dict[str, str]:
    return {row["event_id"]: row["state"] for row in await pool.fetch("SELECT event_id, state FROM deliveries")}


async def until_ended(pool: Pool, count: int) -> None:
    for _ in range(500):
        if await pool.fetchval("SELECT count(*) FROM deliveries WHERE state <> 'waiting'") >= count:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("they have not ended")


async def next_letter(dead: aio_pika.abc.AbstractQueue) -> aio_pika.abc.AbstractIncomingMessage:
    for _ in range(500):
        if (letter := await dead.get(fail=False)) is not None:
            await letter.ack()
            return letter
        await asyncio.sleep(0.02)
    raise AssertionError("there is no dead letter")


async def test_an_event_is_sent_once_to_each_target_however_often_it_arrives(
    running: Running, publish: Publish, pool: Pool
) -> None:
    channel = RecordingChannel(targets=("1", "2"))
    async with running([channel]):
        await publish([export_event(1), export_event(2), export_event(1), export_event(2), export_event(1)])
        await channel.until(4)
        await publish([export_event(2), export_event(3)])
        await channel.until(6)
        await until_ended(pool, 6)
    assert sorted((each.event_id, each.target) for each in channel.sent) == [
        (number, target) for number in "123" for target in "12"
    ]
    assert await states(pool) == {"1": "delivered", "2": "delivered", "3": "delivered"}


async def test_what_sends_is_woken_by_events_that_somebody_gets_alone(pool: Pool, queues: None) -> None:
    channel, wake = RecordingChannel(targets=()), asyncio.Event()
    intake = EventIntake(pool, [channel], [wake], asyncio.Event())
    await intake._write(export_event(1))
    assert not wake.is_set()
    channel.targets = ("1",)
    await intake._write(export_event(2))
    assert wake.is_set()


async def test_what_cannot_be_read_is_a_dead_letter_and_holds_up_nothing(
    running: Running, publish: Publish, amqp_url: str
) -> None:
    channel = RecordingChannel()
    async with running([channel]), open_broker(amqp_url) as broker, broker.channel() as link:
        await link.default_exchange.publish(aio_pika.Message(b"no JSON"), NOTIFIER)
        await publish([export_event(1)])
        await channel.until(1)
        letter = await next_letter(await link.get_queue(DEAD))
    assert letter.body == b"no JSON"


async def test_an_event_is_acknowledged_after_its_deliveries_have_committed_and_not_lost_with_a_database_that_is_away(
    running: Running, publish: Publish, amqp_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = []

    async def away_at_first(db: Connection, new: list[NewDelivery]) -> None:
        tries.append(new)
        if len(tries) == 1:
            raise DatabaseUnavailable
        await add(db, new)

    monkeypatch.setattr("services.notifier.intake.add", away_at_first)
    channel = RecordingChannel()
    async with running([channel]):
        await publish([export_event(1)])
        await channel.until(1)
    async with open_broker(amqp_url) as broker, broker.channel() as link:
        left = await link.declare_queue(NOTIFIER, passive=True)
    assert (len(tries), left.declaration_result.message_count) == (2, 0)


async def waiting(pool: Pool, *targets: str) -> Deliveries:
    async with pool.acquire() as db:
        await add(db, [NewDelivery(str(n), "t", ChannelName.MAIL, target, "{}") for n, target in enumerate(targets)])
    return Deliveries(pool)


async def claimed(deliveries: Deliveries, **how: object) -> list[str]:
    """The targets of the next claim."""
    defaults = {"after": "", "busy": (), "limit": 100, "of_each": 2, "lease_s": 60.0}
    return [each.target for each in await deliveries.claim(ChannelName.MAIL, **{**defaults, **how})]  # type: ignore[arg-type]


async def test_a_claim_takes_few_of_each_target_none_of_busy_ones_and_none_twice(pool: Pool, queues: None) -> None:
    deliveries = await waiting(pool, *"aaaa", *"bbb", "c", "d")
    assert await claimed(deliveries, busy=["c"], after="") == ["a", "a", "b", "b", "d"]
    assert await claimed(deliveries, after="a", limit=1) == ["b"]
    assert await claimed(deliveries) == ["a", "a", "c"]
    assert await claimed(deliveries) == []


async def test_processes_that_claim_at_once_share_what_is_due(pool: Pool, queues: None) -> None:
    deliveries = await waiting(pool, *map(str, range(60)))
    together = await asyncio.gather(*(claimed(deliveries, limit=20) for _ in range(6)))
    targets = [target for each in together for target in each]
    assert len(targets) == len(set(targets)), "one was claimed twice"
    assert sorted([*targets, *await claimed(deliveries)], key=int) == [str(number) for number in range(60)]


async def test_a_try_whose_lease_has_ended_is_made_again_under_the_same_id_and_its_late_outcome_has_no_effect(
    pool: Pool, queues: None
) -> None:
    deliveries = await waiting(pool, "a")
    how = {"after": "", "busy": (), "limit": 1, "of_each": 1}
    (late,) = await deliveries.claim(ChannelName.MAIL, **how, lease_s=0.0)  # type: ignore[arg-type]
    (again,) = await deliveries.claim(ChannelName.MAIL, **how, lease_s=60.0)  # type: ignore[arg-type]
    assert (again.id, again.event_id, again.attempt) == (late.id, late.event_id, 2)
    assert await deliveries.record(late, GiveUp("late")) is False
    assert await deliveries.record(again, Sent(250)) is True
    assert await states(pool) == {"0": "delivered"}


@pytest.mark.parametrize("due", [0, 3, 2000])
async def test_a_claim_reads_little_however_many_targets_wait_for_later_tries(
    pool: Pool, queues: None, due: int
) -> None:
    async with pool.acquire() as db:
        transaction = db.transaction()
        await transaction.start()
        await db.execute(
            "INSERT INTO deliveries (event_id, event_type, channel, target, body, due_at)"
            " SELECT n, 't', 'mail', n, '{}', now() + CASE WHEN n > 10000 THEN '-1 h' ELSE '1 h' END::interval"
            " FROM generate_series(1, 10000 + $1) n",
            due,
        )
        await db.execute("ANALYZE deliveries")
        ((plan,),) = await db.fetch(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {_CLAIM}", "mail", "", [], 4, 4, 60.0)
        await transaction.rollback()
    (top,) = json.loads(plan)
    assert top["Plan"]["Shared Hit Blocks"] + top["Plan"]["Shared Read Blocks"] < 500


async def test_only_tries_that_get_as_far_as_the_target_count(pool: Pool, queues: None) -> None:
    deliveries, how = await waiting(pool, "a"), {"after": "", "busy": (), "limit": 1, "of_each": 1, "lease_s": 0.0}
    outcomes = [None, TryAgain(0.0, "busy", 503), TryAgain(0.0, "away", counts=False), None, TryAgain(0.0, "busy", 503)]
    tries = []
    for outcome in [*outcomes, None]:  # None: the process is killed
        (one,) = await deliveries.claim(ChannelName.MAIL, **how)  # type: ignore[arg-type]
        tries.append((one.attempt, one.tries))
        if outcome is not None:
            await deliveries.record(one, outcome)
    assert tries == [(1, 0), (2, 0), (3, 1), (4, 1), (5, 1), (6, 2)]


async def test_all_tries_of_an_earlier_release_count(pool: Pool, queues: None) -> None:
    deliveries = await waiting(pool, "a")
    await pool.execute("UPDATE deliveries SET attempt = 5")
    (one,) = await deliveries.claim(ChannelName.MAIL, after="", busy=(), limit=1, of_each=1, lease_s=60.0)
    assert (one.attempt, one.tries) == (6, 5)


async def test_a_retry_is_due_after_its_wait_and_the_age_of_what_is_due_is_measured(pool: Pool, queues: None) -> None:
    deliveries = await waiting(pool, "a", "b")
    for wait_s in (3600.0, 0.0):
        how = {"after": "", "busy": (), "limit": 1, "of_each": 1}
        (one,) = await deliveries.claim(ChannelName.MAIL, **how, lease_s=60.0)  # type: ignore[arg-type]
        await deliveries.record(one, TryAgain(wait_s, "busy", 451))
    assert await claimed(deliveries) == ["b"]
    assert await deliveries.oldest_due_s(ChannelName.MAIL) == 0.0
    await pool.execute("UPDATE deliveries SET due_at = now() - interval '90 s'")
    assert 90 <= await deliveries.oldest_due_s(ChannelName.MAIL) < 3600


async def test_ended_deliveries_are_removed_by_age_and_waiting_ones_stay(pool: Pool, queues: None) -> None:
    deliveries = await waiting(pool, "a", "b")
    (one,) = await deliveries.claim(ChannelName.MAIL, after="", busy=(), limit=1, of_each=1, lease_s=60.0)
    await deliveries.record(one, Sent())
    await pool.execute("UPDATE deliveries SET updated_at = now() - interval '2 days'")
    assert await deliveries.prune(86_400, 10) == 1
    assert await states(pool) == {"1": "waiting"}
