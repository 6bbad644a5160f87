from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from hypothesis import given
from hypothesis import strategies as st

from services.progress import event_reader
from services.progress import stream as stream_module
from services.progress.event_reader import EventReader
from services.progress.hub import Subscription
from services.progress.stream import Stream
from services.progress.stream_topics import Opening
from shared.contracts.events import ExportEvent
from shared.domain.export import WorkflowState
from shared.http.answers import forbidden
from tests.support.event_log_simulation import BATCH, STEPS, EventLogSimulation
from tests.support.events import COURSE, a_completion, a_state
from tests.support.sse import Parser, Received


@dataclass
class FakeWriter:
    """A client that reads quickly or slowly, or has gone."""

    quick: bool = True
    error: Exception | None = None
    path: str = "/events"
    written: bytes = b""
    was_aborted: bool = False

    def accepts_at_once(self, data: bytes) -> bool:
        return self.quick

    async def write(self, data: bytes) -> None:
        if not self.quick:
            await asyncio.sleep(0)
        if self.error:
            raise self.error
        self.written += data

    def silent_s(self) -> float:
        return 0.0

    def abort(self) -> None:
        self.was_aborted = True

    def received(self) -> list[Received]:
        return list(Parser().feed(self.written))


@dataclass
class FakeTopic:
    """A context of which everything may be seen, but for what is hidden."""

    hidden: set[int] = field(default_factory=set)
    refuses: bool = False
    subject = COURSE

    async def check(self, request: web.Request) -> None:
        if self.refuses:
            raise forbidden()

    def shows(self, event: ExportEvent) -> bool:
        return event.id not in self.hidden

    def ends_with(self, event: ExportEvent) -> bool:
        return event.ends_export


@dataclass
class Opened:
    """A running stream, and both its ends."""

    world: EventLogSimulation
    writer: FakeWriter
    topic: FakeTopic
    subscription: Subscription
    task: asyncio.Task[None]


async def opened(
    world: EventLogSimulation,
    last: int = 0,
    *,
    replay: bool = False,
    writer: FakeWriter | None = None,
    topic: FakeTopic | None = None,
) -> Opened:
    """A stream that goes on after `last` and has come to rest."""
    writer, topic = writer or FakeWriter(), topic or FakeTopic()
    started: asyncio.Future[Subscription] = asyncio.get_running_loop().create_future()

    async def run() -> None:
        with world.hub.subscribe(COURSE) as subscription:
            started.set_result(subscription)
            reader = EventReader(world, COURSE, subscription, last)
            opening = Opening([], last, replay=replay)
            await Stream(writer, topic, subscription, reader, 60.0).run(make_mocked_request("GET", "/events"), opening)

    task = asyncio.create_task(run())
    subscription = await started
    await rest()
    return Opened(world, writer, topic, subscription, task)


async def rest() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


@pytest.fixture(autouse=True, scope="module")
def small_batches_and_quick_retries() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(event_reader, "BATCH", BATCH)
        patch.setattr(stream_module, "_RETRY_S", 0.0)
        yield


SCRIPT = st.lists(
    st.one_of(STEPS, st.sampled_from(["turn", "quick", "slow"]), st.lists(STEPS, max_size=6)), max_size=40
)


@given(script=SCRIPT, replay=st.booleans(), before=st.integers(0, 8))
def test_every_state_is_sent_once_and_in_order_by_the_hub_or_by_the_stream(
    script: list[str | list[str]], replay: bool, before: int
) -> None:
    """A list in the script is what happens while the log is read next."""
    asyncio.run(play(script, replay=replay, before=before))


async def play(script: list[str | list[str]], *, replay: bool, before: int) -> None:
    world = EventLogSimulation()
    for _ in range(before):
        await world.do("state")
    first = 0 if replay else before
    stream = await opened(world, first, replay=replay)
    for step in script:
        if isinstance(step, list):
            world.steps_during_read = [*step]
        elif step == "turn":
            await asyncio.sleep(0)
        elif step in ("quick", "slow"):
            stream.writer.quick = step == "quick"
        else:
            await world.do(step)
    await world.deliver_all()
    for _ in range(len(world.log) + 5):
        await asyncio.sleep(0.001)  # a look at the database that failed is repeated by the clock
        await rest()
        await (
            world.deliver_all()
        )  # what happened in the middle of a reading may have committed after the first settling
    world.assert_delivered([int(event.id) for event in stream.writer.received()], first)
    assert not stream.task.done()
    await world.hub.close()
    await stream.task


async def test_a_resting_stream_gets_events_without_being_woken() -> None:
    stream = await opened(EventLogSimulation())
    await stream.world.hub._hand_on(a_state(1))
    assert [event.id for event in stream.writer.received()] == ["1"]
    assert stream.subscription.take() == []
    stream.task.cancel()


@pytest.mark.parametrize("quick", [True, False])
async def test_a_stream_ends_after_the_end_of_its_subject(quick: bool) -> None:
    stream = await opened(EventLogSimulation(), writer=FakeWriter(quick=quick))
    for event in (a_completion(1), a_state(2, WorkflowState.EXPORTED), a_state(3)):
        await stream.world.hub._hand_on(event)
        await rest()
    await asyncio.wait_for(stream.task, 1)
    assert [event.id for event in stream.writer.received()] == ["1", "2"]


@pytest.mark.parametrize("quick", [True, False])
async def test_what_the_caller_may_not_see_is_not_reported(quick: bool) -> None:
    stream = await opened(EventLogSimulation(), writer=FakeWriter(quick=quick), topic=FakeTopic(hidden={1, 3}))
    for event_id in range(1, 5):
        await stream.world.hub._hand_on(a_state(event_id))
        await rest()
    assert [event.id for event in stream.writer.received()] == ["2", "4"]
    stream.task.cancel()


async def test_a_stream_whose_rights_are_due_gets_nothing_before_they_are_checked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stream = await opened(EventLogSimulation(), topic=FakeTopic(refuses=True))
    await stream.world.hub._hand_on(a_state(1))
    monkeypatch.setattr(stream_module, "RIGHTS_TTL_S", -1.0)
    await stream.world.hub._hand_on(a_state(2))
    await asyncio.wait_for(stream.task, 1)
    assert [event.id for event in stream.writer.received()] == ["1"]
    assert not stream.writer.was_aborted


@pytest.mark.parametrize(
    ("error", "cut"), [(ConnectionResetError(), False), (TimeoutError(), True), (ZeroDivisionError(), True)]
)
@pytest.mark.parametrize("quick", [True, False])
async def test_a_write_that_fails_ends_its_own_stream_alone(error: Exception, cut: bool, quick: bool) -> None:
    world = EventLogSimulation()
    lost, other = await opened(world, writer=FakeWriter(quick=quick)), await opened(world)
    lost.writer.error = error
    await world.hub._hand_on(a_state(1))
    await asyncio.wait_for(lost.task, 1)
    assert lost.writer.was_aborted is cut
    assert [event.id for event in other.writer.received()] == ["1"]
    other.task.cancel()
