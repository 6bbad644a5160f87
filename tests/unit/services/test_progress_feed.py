"""The rule that holds streams together, tried on every order of things that hypothesis can think of."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from services.progress import feed as feed_module
from services.progress.feed import Feed
from services.progress.hub import Hub
from shared.adapters.postgres.export_events import Subject
from shared.adapters.postgres.listener import Link
from shared.contracts.events import STATE, ExportEvent
from shared.domain.errors import DatabaseUnavailable
from tests.support.events import COURSE, a_completion, a_state

BATCH = 3


@dataclass
class World:
    """A log, the notifications that are under way, and one reader."""

    hub: Hub = field(default_factory=Hub)
    log: list[ExportEvent] = field(default_factory=list)
    under_way: list[ExportEvent] = field(default_factory=list)
    told: list[ExportEvent] = field(default_factory=list)
    while_reading: list[str] = field(default_factory=list)
    fails: bool = False

    async def after(self, subject: Subject, event_id: int) -> list[ExportEvent]:
        """The log as it stood when it was asked; much may happen before the answer arrives."""
        answer = [event for event in self.log if event.id > event_id][:BATCH]
        happening, self.while_reading = self.while_reading, []
        for step in happening:
            await self.do(step)
        if self.fails:
            self.fails = False
            raise DatabaseUnavailable
        return answer

    async def do(self, step: str) -> None:
        if step in ("state", "completion", "other"):
            event_id = len(self.log) + 1
            build = a_state if step == "state" else a_completion
            event = build(event_id, progress_id=2 if step == "other" else 1)
            self.log.append(event)
            self.under_way.append(event)
        elif step == "deliver" and self.under_way:
            await self.hub._hear(self.under_way.pop(0))
        elif step == "lose":
            self.under_way.clear()
            await self.hub._hear(Link.UP)
        elif step == "fail":
            self.fails = True

    async def read(self, feed: Feed) -> None:
        try:
            events, _ = await feed.take()
        except DatabaseUnavailable:
            return
        self.told += events


STEP = st.sampled_from(["state", "completion", "other", "deliver", "deliver", "lose", "fail"])
SCRIPT = st.lists(st.one_of(STEP, st.just("read"), st.lists(STEP, max_size=6)), max_size=40)


@given(script=SCRIPT, replay=st.booleans(), before=st.integers(0, 8))
def test_every_state_is_told_once_and_in_order_and_the_newest_completion_always_arrives(
    script: list[str | list[str]], replay: bool, before: int
) -> None:
    """A list in the script is a read, during which its steps happen."""
    feed_module_batch, feed_module.BATCH = feed_module.BATCH, BATCH
    try:
        world = asyncio.run(play(script, replay=replay, before=before))
    finally:
        feed_module.BATCH = feed_module_batch
    first = 0 if replay else before
    told = [event.id for event in world.told]
    assert told == sorted(set(told))
    assert all(event_id > first for event_id in told)
    expected = [event.id for event in world.log if event.name == STATE and event.id > first]
    assert [event.id for event in world.told if event.name == STATE] == expected
    for progress_id in (1, 2):
        after = [event.id for event in world.log if event.data.progress_id == progress_id and event.id > first]
        assert not after or after[-1] in told


async def play(script: list[str | list[str]], *, replay: bool, before: int) -> World:
    """Open a stream on a log of `before` states, play the script, then let everything arrive."""
    world = World()
    for _ in range(before):
        await world.do("state")
    with world.hub.subscribe(COURSE) as subscription:
        feed = Feed(world, COURSE, subscription, 0 if replay else before)
        if replay:
            subscription.fall_behind()
        for step in script:
            if isinstance(step, list):
                world.while_reading = step
                await world.read(feed)
            elif step == "read":
                await world.read(feed)
            else:
                await world.do(step)
        world.while_reading, world.fails = [], False
        while world.under_way:
            await world.do("deliver")
        for _ in range(len(world.log) + 2):
            await world.read(feed)
    return world
