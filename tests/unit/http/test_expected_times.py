"""What a process says of the start and end of exports, and how often it reads the queue for that."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from shared.domain.errors import DatabaseUnavailable
from shared.domain.expected import ExpectedTimes, Moments
from shared.domain.export import ContentExport, ExportRequest, ExportTurn, ExportType, WorkflowState
from shared.domain.export_settings import ExportSettings
from shared.domain.fairness.fair_turns import QueueLimits
from shared.domain.fairness.queue_view import WaitingExport
from shared.domain.fairness.rates import Rates, Sample
from shared.domain.operator.paused_wait import PausedWait
from shared.http.expected_times import ExpectedTimesOfExports, retry_after_s
from tests.support.fake_queues import FakeQueues
from tests.support.fakes import COURSE, an_export

EVEN = Rates([Sample(1.0, False, at, at, at + 1.0) for at in range(0, 1000, 10)])  # a second for each of cost


def queues(waiting: int = 0, **view: Any) -> FakeQueues:
    front = [WaitingExport(0.0, number, 1.0, large=False) for number in range(1, waiting + 1)]
    return FakeQueues({"slots": 1, "front": front, **view}, EVEN)


def expected_of(read: FakeQueues, limits: QueueLimits | None = None) -> ExpectedTimesOfExports:
    return ExpectedTimesOfExports(read, limits or QueueLimits())


def a_request(user_id: int = 5, cost_s: float = 1.0) -> ExportRequest:
    return ExportRequest(COURSE, user_id, ExportType.QTI, ExportSettings(), "r", cost_s=cost_s)


def seconds_until(time: datetime) -> float:
    return (time - datetime.now(UTC)).total_seconds()


def ends_in(times: ExpectedTimes | None) -> float:
    assert times is not None
    assert times.ends is not None
    return seconds_until(times.ends.expected)


def building(**turn: Any) -> ContentExport:
    export = an_export(state=WorkflowState.EXPORTING, attempt=1)
    return replace(export, turn=ExportTurn(**turn))


async def test_a_waiting_export_has_a_place_a_start_and_an_end() -> None:
    times = await expected_of(queues(9)).of(an_export(10))
    assert times is not None
    assert times.place is not None
    assert times.starts is not None
    assert times.place.expected == 10
    assert ends_in(times) == pytest.approx(10, abs=1)
    assert times.starts.earliest <= times.starts.expected <= times.starts.latest


async def test_one_that_is_being_built_ends_after_what_is_left_of_it() -> None:
    export = building(cost_s=10.0, claimed_at=datetime.now(UTC) - timedelta(seconds=4))
    times = await expected_of(queues()).of(export)
    assert times is not None
    assert times.place is None
    assert times.starts is None
    assert ends_in(times) == pytest.approx(6, abs=1)


async def test_completion_counts_where_it_is_known() -> None:
    export = building(cost_s=10.0, claimed_at=datetime.now(UTC) - timedelta(seconds=90))
    assert (
        ends_in(await expected_of(queues()).of(export, 90.0))
        < ends_in(await expected_of(queues()).of(export, 30.0)) / 5
    )


async def test_an_export_that_is_being_built_is_estimated_without_reading_the_queue() -> None:
    read = queues(3)
    assert await expected_of(read).of(building(cost_s=10.0, claimed_at=datetime.now(UTC))) is not None
    assert read.read == 0


@pytest.mark.parametrize("state", [WorkflowState.EXPORTED, WorkflowState.FAILED, WorkflowState.DELETED])
async def test_nothing_is_expected_of_an_export_that_has_ended(state: WorkflowState) -> None:
    assert await expected_of(queues()).of(an_export(state=state)) is None


async def test_nothing_is_expected_of_an_export_that_an_operator_has_paused() -> None:
    pause = PausedWait(quarantine=False, reason="maintenance", since=datetime.now(UTC))
    assert await expected_of(queues()).of(replace(an_export(), pause=pause)) is None


async def test_while_the_database_is_away_nothing_is_expected_and_creates_go_on() -> None:
    read = queues()
    read.error = DatabaseUnavailable()
    expected = expected_of(read)
    assert await expected.of(an_export()) is None
    assert await expected.expected(a_request()) == a_request()
    expected.note(a_request())
    read.error = None
    assert await expected.of(an_export()) is not None


async def test_the_queue_is_read_once_for_all_who_ask_within_a_second() -> None:
    read = queues(3)
    expected = expected_of(read)
    await asyncio.gather(*(expected.of(an_export(number)) for number in range(1, 50)))
    await expected.of(an_export(50))
    assert read.read == 1


async def test_creates_of_the_same_second_are_behind_each_other() -> None:
    expected = expected_of(queues())
    ends = []
    for _ in range(3):
        request = await expected.expected(a_request(cost_s=10.0))
        expected.note(request)
        ends.append(ends_in(request.expected))
    assert ends == [pytest.approx(each, abs=2) for each in (10, 20, 30)]


async def test_a_request_that_is_refused_takes_no_place() -> None:
    expected = expected_of(queues())
    first, second = [await expected.expected(a_request(cost_s=10.0)) for _ in range(2)]
    assert ends_in(first.expected) == pytest.approx(ends_in(second.expected), abs=1)


async def test_an_owner_who_has_just_come_does_not_wait_for_anothers_many() -> None:
    expected = expected_of(queues())
    for _ in range(50):
        expected.note(await expected.expected(a_request(user_id=1)))
    mine, theirs = [ends_in((await expected.expected(a_request(user_id=each))).expected) for each in (2, 1)]
    assert mine < 5
    assert theirs > 40


@pytest.mark.parametrize(
    ("ends_in_s", "seconds"), [((8, 12), 10), ((0, 0.5), 1), ((500, 1000), 60), (None, 12), ((-9, -8), 12)]
)
def test_it_makes_sense_to_ask_again_when_the_export_may_have_ended(
    ends_in_s: tuple[float, float] | None, seconds: int
) -> None:
    now = datetime.now(UTC)
    expected = None
    if ends_in_s is not None:
        earliest, middle = (now + timedelta(seconds=each) for each in ends_in_s)
        expected = ExpectedTimes(ends=Moments(middle, earliest, middle))
    assert abs(retry_after_s(expected, now - timedelta(seconds=120)) - seconds) <= 1
