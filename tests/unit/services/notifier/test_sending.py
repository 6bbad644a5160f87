"""What a sender does with the outcome of a try, and whom it lets wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest

from services.notifier.sending import Sender, unforeseen
from shared.adapters.postgres.pool import Connection
from shared.contracts.cloud_events import CloudEvent
from shared.domain.errors import DatabaseUnavailable
from shared.domain.notices.deliveries import (
    ChannelName,
    DeliveryState,
    GiveUp,
    NewDelivery,
    NoticeDelivery,
    SendOutcome,
    Sent,
    TryAgain,
)

NOW = datetime(2027, 1, 31, tzinfo=UTC)


def delivery(number: int, target: str) -> NoticeDelivery:
    return NoticeDelivery(number, f"e{number}", "t", ChannelName.WEBHOOK, target, "{}", 1, NOW)


@dataclass
class Waiting:
    """Deliveries of a table, each due until it is recorded; `claims` are the targets that were busy at each claim."""

    due: list[NoticeDelivery]
    recorded: dict[int, SendOutcome] = field(default_factory=dict)
    away: bool = False
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def claim(
        self, channel: ChannelName, *, after: str, busy: Collection[str], limit: int, of_each: int, lease_s: float
    ) -> list[NoticeDelivery]:
        if self.away:
            raise DatabaseUnavailable
        claimed: list[NoticeDelivery] = []
        for each in sorted(self.due, key=lambda one: (one.target, one.id)):
            of_target = sum(one.target == each.target for one in claimed)
            if each.target > after and each.target not in busy and of_target < of_each and len(claimed) < limit:
                claimed.append(each)
        self.due = [each for each in self.due if each not in claimed]
        return claimed

    async def record(self, delivery: NoticeDelivery, outcome: SendOutcome) -> bool:
        self.recorded[delivery.id] = outcome
        self.news.set()
        return True

    async def oldest_due_s(self, channel: ChannelName) -> float:
        return 0.0


@dataclass
class Receivers:
    """A channel whose targets named `slow` answer when they are let, and whose outcome is `outcome`."""

    outcome: SendOutcome | Exception = field(default_factory=Sent)
    let: asyncio.Event = field(default_factory=asyncio.Event)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    running: int = 0
    most_running: int = 0
    at_once: int = 256
    name: ChannelName = ChannelName.WEBHOOK

    async def deliveries_of(self, event: CloudEvent, db: Connection) -> Sequence[NewDelivery]:
        return []

    async def send(self, delivery: NoticeDelivery) -> SendOutcome:
        if delivery.target.startswith("slow"):
            self.begun.set()
            self.running += 1
            self.most_running = max(self.running, self.most_running)
            await self.let.wait()
            self.running -= 1
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


@asynccontextmanager
async def sending(waiting: Waiting, receivers: Receivers) -> AsyncIterator[None]:
    stopping = asyncio.Event()
    sender = Sender(waiting, receivers, stopping, sweep_s=0.001, grace_s=0.0)
    running = asyncio.create_task(sender.run())
    yield
    stopping.set()
    await running


async def until(waiting: Waiting, numbers: set[int]) -> None:
    async with asyncio.timeout(30):
        while not numbers <= set(waiting.recorded):
            waiting.news.clear()
            await waiting.news.wait()


async def test_a_target_that_does_not_answer_delays_no_other_and_takes_few_places() -> None:
    slow = [delivery(number, "slow") for number in range(100)]
    quick = [delivery(number, f"target {number}") for number in range(100, 300)]
    waiting, receivers = Waiting(slow + quick), Receivers()
    async with sending(waiting, receivers):
        await until(waiting, {each.id for each in quick})
        assert not {each.id for each in slow} & set(waiting.recorded)
        receivers.let.set()
        await until(waiting, {each.id for each in slow})
    assert receivers.most_running == 4


@pytest.mark.parametrize("outcome", [Sent(200), TryAgain(5.0, "busy", 503), GiveUp("gone", 410, DeliveryState.DROPPED)])
async def test_the_outcome_of_a_try_is_recorded(outcome: SendOutcome) -> None:
    waiting = Waiting([delivery(1, "a")])
    async with sending(waiting, Receivers(outcome)):
        await until(waiting, {1})
    assert waiting.recorded == {1: outcome}


async def test_an_error_that_is_not_the_receivers_is_a_retry_and_ends_nothing_else() -> None:
    waiting = Waiting([delivery(1, "a"), delivery(2, "b")])
    async with sending(waiting, Receivers(KeyError("a fault of ours"))):
        await until(waiting, {1, 2})
    assert all(isinstance(each, TryAgain) for each in waiting.recorded.values())


async def test_a_channel_is_given_no_more_than_it_sends_at_once() -> None:
    waiting, receivers = Waiting([delivery(number, f"slow{number}") for number in range(9)]), Receivers(at_once=2)
    async with sending(waiting, receivers):
        await receivers.begun.wait()
        assert len(waiting.due) == 7
        receivers.let.set()
        await until(waiting, set(range(9)))
    assert receivers.most_running == 2


@pytest.mark.parametrize("error", [DatabaseUnavailable("away"), KeyError("a fault of ours")])
async def test_a_try_that_an_error_of_ours_has_ended_does_not_count(error: Exception) -> None:
    waiting = Waiting([delivery(1, "a")])
    async with sending(waiting, Receivers(error)):
        await until(waiting, {1})
    found = waiting.recorded[1]
    assert isinstance(found, TryAgain)
    assert not found.counts


def test_an_error_that_is_not_the_receivers_ends_a_delivery_after_twenty_tries() -> None:
    assert isinstance(unforeseen(replace(delivery(1, "a"), attempt=19)), TryAgain)
    assert isinstance(unforeseen(replace(delivery(1, "a"), attempt=20)), GiveUp)


async def test_a_database_that_is_away_costs_time_and_no_delivery() -> None:
    waiting = Waiting([delivery(1, "a")], away=True)
    async with sending(waiting, Receivers()):
        await asyncio.sleep(0)
        assert not waiting.recorded
        waiting.away = False
        await until(waiting, {1})


async def test_what_has_not_ended_within_the_grace_time_is_left_to_the_next_process() -> None:
    waiting, receivers = Waiting([delivery(1, "slow")]), Receivers()
    async with sending(waiting, receivers):
        await receivers.begun.wait()
    assert not waiting.recorded
