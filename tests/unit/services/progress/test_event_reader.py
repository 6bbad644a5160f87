"""The rule that holds streams together, tried on every order of things that hypothesis can think of."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.progress import event_reader
from services.progress.event_reader import EventReader
from shared.domain.errors import DatabaseUnavailable
from tests.support.event_log_simulation import BATCH, STEPS, EventLogSimulation
from tests.support.events import COURSE

SCRIPT = st.lists(st.one_of(STEPS, st.just("read"), st.lists(STEPS, max_size=6)), max_size=40)


@pytest.fixture(autouse=True, scope="module")
def small_batches() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(event_reader, "BATCH", BATCH)
        yield


@given(script=SCRIPT, replay=st.booleans(), before=st.integers(0, 8))
def test_every_state_is_sent_once_and_in_order_and_the_newest_completion_always_arrives(
    script: list[str | list[str]], replay: bool, before: int
) -> None:
    """A list in the script is a read, during which its steps happen."""
    asyncio.run(play(script, replay=replay, before=before))


async def play(script: list[str | list[str]], *, replay: bool, before: int) -> None:
    """Open a reader on a log of `before` states, play the script, then let everything arrive."""
    world, received = EventLogSimulation(), []
    for _ in range(before):
        await world.do("state")
    first = 0 if replay else before

    async def read() -> None:
        with suppress(DatabaseUnavailable):
            received.extend(event.id for event in (await reader.read())[0])

    with world.hub.subscribe(COURSE) as subscription:
        reader = EventReader(world, COURSE, subscription, first)
        if replay:
            subscription.fall_behind()
        for step in script:
            if isinstance(step, str) and step != "read":
                await world.do(step)
            else:
                world.steps_during_read = [*step] if isinstance(step, list) else []
                await read()
        await world.deliver_all()
        for _ in range(len(world.log) + 2):
            await read()
    world.assert_delivered(received, first)
