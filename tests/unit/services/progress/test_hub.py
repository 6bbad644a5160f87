from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest

from services.progress import hub as hub_module
from services.progress.hub import Hub, Pending, Subscription, add_pending
from shared.adapters.postgres.listener import Link, Notification
from shared.contracts.events import ExportEvent
from shared.domain.export import Context, ContextType
from tests.support.events import COURSE, a_completion, a_state


@pytest.mark.parametrize(
    ("come", "stay"),
    [
        ([a_completion(1), a_completion(2)], [2]),
        ([a_state(1), a_state(2)], [1, 2]),
        ([a_state(1), a_completion(2), a_completion(3), a_state(4)], [1, 3, 4]),
        ([a_completion(1), a_state(2), a_completion(3)], [2, 3]),
        ([a_completion(1), a_completion(2, progress_id=7), a_completion(3)], [2, 3]),
        ([a_completion(1, progress_id=2), a_state(2, progress_id=1)], [1, 2]),
    ],
)
def test_of_what_waits_only_the_latest_completion_of_an_export_stays(come: list[ExportEvent], stay: list[int]) -> None:
    pending: Pending = {}
    for event in come:
        add_pending(pending, event)
    assert [event.id for event in pending.values()] == stay


async def heard(hub: Hub, *news: Notification) -> None:
    """The hub hears of these and of nothing more."""

    async def all_news() -> AsyncGenerator[Notification, None]:
        for item in news:
            yield item

    await hub.run(all_news())


def ids(subscription: Subscription) -> list[int]:
    return [event.id for event in subscription.take()]


async def test_an_event_reaches_all_who_follow_its_progress_or_its_context_and_nobody_else() -> None:
    hub = Hub()
    with (
        hub.subscribe(1) as one,
        hub.subscribe(1) as same,
        hub.subscribe(COURSE) as course,
        hub.subscribe(2) as other,
        hub.subscribe(Context(ContextType.GROUP, COURSE.id)) as group,
    ):
        await heard(hub, a_state(5), a_state(6, progress_id=2))
        assert [ids(each) for each in (one, same, course, other, group)] == [[5], [5], [5, 6], [6], []]


async def test_more_followers_than_are_woken_at_once_are_all_reached_and_others_have_their_turn_between() -> None:
    hub = Hub()
    subscriptions = [hub.subscribe(1) for _ in range(450)]
    opened = [each.__enter__() for each in subscriptions]
    turns = 0

    async def other_work() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    work = asyncio.create_task(other_work())
    await heard(hub, a_state(5))
    work.cancel()
    assert all(ids(each) == [5] for each in opened)
    assert turns >= 3


async def test_after_a_lost_connection_every_reader_is_to_read_the_log() -> None:
    hub = Hub()
    with hub.subscribe(1) as one, hub.subscribe(COURSE) as course:
        await heard(hub, a_state(5), Link.DOWN)
        assert not hub.listening
        assert not one.behind
        await heard(hub, Link.UP, a_state(6))
        assert hub.listening
        assert one.behind
        assert course.behind
        assert ids(one) == ids(course) == []


async def test_a_reader_that_lags_is_to_read_the_log_instead_of_filling_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hub_module, "_PENDING", 10)
    hub = Hub()
    with hub.subscribe(COURSE) as slow, hub.subscribe(COURSE) as quick:
        for event_id in range(1, 12):
            await heard(hub, a_state(event_id))
            assert ids(quick) == [event_id]
        assert slow.behind
        assert not quick.behind
        slow.collect()
        await heard(hub, a_state(12))
        assert ids(slow) == [12]


async def test_completion_alone_never_makes_a_reader_lag() -> None:
    hub = Hub()
    with hub.subscribe(1) as slow:
        await heard(hub, *(a_completion(event_id) for event_id in range(1, 5000)))
        assert not slow.behind
        assert ids(slow) == [4999]


async def test_a_reader_is_woken_by_what_comes_and_by_time() -> None:
    hub = Hub()
    with hub.subscribe(1) as subscription:
        waiting = asyncio.create_task(subscription.ready(60))
        await asyncio.sleep(0)
        assert not waiting.done()
        await heard(hub, a_state(1))
        await asyncio.wait_for(waiting, 1)
        await asyncio.wait_for(subscription.ready(60), 1)  # it has not been taken yet
        subscription.take()
        await asyncio.wait_for(subscription.ready(0.01), 1)


async def test_a_closed_hub_ends_the_readers_it_has_and_those_that_come() -> None:
    hub = Hub()
    ended = []

    async def read() -> None:
        with hub.subscribe(1) as subscription:
            while not subscription.closed:
                await subscription.ready(60)
        ended.append(1)

    reading = asyncio.create_task(read())
    await asyncio.sleep(0)
    await hub.close()
    await asyncio.wait_for(reading, 1)
    await asyncio.wait_for(read(), 1)
    assert len(ended) == 2


async def test_a_reader_that_does_not_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "_STUCK_S", 0.01)
    hub = Hub()

    async def stuck() -> None:
        with hub.subscribe(1):
            await asyncio.sleep(60)

    reading = asyncio.create_task(stuck())
    await asyncio.sleep(0)
    await hub.close()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(reading, 1)


def test_a_hub_forgets_what_nobody_follows() -> None:
    async def follow_and_leave() -> dict[object, object]:
        hub = Hub()
        with hub.subscribe(1), hub.subscribe(COURSE):
            pass
        return hub._subscriptions

    assert asyncio.run(follow_and_leave()) == {}


async def test_a_resting_reader_gets_an_event_at_once_unless_others_wait_before_it() -> None:
    hub, received = Hub(), []

    async def at_once(event: ExportEvent, data: bytes) -> bool:
        received.append(event.id)
        return True

    with hub.subscribe(1) as subscription:
        subscription.send_at_once = at_once
        await heard(hub, a_state(1))  # the reader does not rest
        pausing = asyncio.create_task(subscription.pause(60))
        await asyncio.sleep(0)
        await heard(hub, a_state(2))
        assert ids(subscription) == [1, 2]
        await pausing
        resting = asyncio.create_task(subscription.ready(60))
        await asyncio.sleep(0)
        await heard(hub, a_state(3))
        assert (received, ids(subscription)) == ([3], [])
        resting.cancel()
