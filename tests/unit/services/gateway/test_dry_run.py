"""Callers take turns: however many dry runs one of them asks for, those of the others come next."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from services.gateway.dry_run import DryRuns
from shared.contracts.messages import PlanFailed, PlanMade, PlanRequested
from shared.contracts.plans import Plan
from shared.domain.errors import BrokerUnavailable
from shared.domain.export import Context, ContextType, ExportRequest, ExportType
from shared.domain.export_settings import ExportSettings
from shared.http.answers import ApiError

FLOODER, OTHER = 1, 2
TOKENS = {FLOODER: "token:1", OTHER: "token:2"}


class Workers:
    """A planner whose plans are made when the test says so, in the order in which they were asked for."""

    def __init__(self, *errors: Exception) -> None:
        self.queue: list[tuple[PlanRequested, asyncio.Future[PlanMade | PlanFailed]]] = []
        self.errors = list(errors)
        self.within_s: list[float] = []

    async def plan(self, request: PlanRequested, within_s: float) -> PlanMade | PlanFailed:
        if self.errors:
            raise self.errors.pop()
        self.within_s.append(within_s)
        answer: asyncio.Future[PlanMade | PlanFailed] = asyncio.get_running_loop().create_future()
        self.queue.append((request, answer))
        return await answer

    @property
    def waiting(self) -> list[int]:
        """Whose requests are with the workers, in their order."""
        return [request.user_id for request, _ in self.queue]

    def answer(self, answer: PlanMade | PlanFailed | None = None) -> None:
        """Answer the request that has waited longest."""
        request, future = self.queue.pop(0)
        future.set_result(answer or PlanMade(plan=Plan(export_type=request.export_type)))


def an_export(user_id: int, export_type: ExportType = ExportType.QTI) -> ExportRequest:
    return ExportRequest(
        Context(ContextType.COURSE, 7), user_id, export_type, ExportSettings(), "a-request", "00-trace"
    )


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def flood(dry_runs: DryRuns, count: int = 200) -> list[asyncio.Task[Plan]]:
    return [asyncio.create_task(dry_runs.run(an_export(FLOODER), TOKENS[FLOODER])) for _ in range(count)]


async def end(tasks: list[asyncio.Task[Plan]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_of_two_hundred_dry_runs_of_one_caller_one_is_with_the_workers() -> None:
    workers = Workers()
    asked = flood(DryRuns(workers, 60))
    await settled()
    assert workers.waiting == [FLOODER]
    await end(asked)


async def test_the_dry_run_of_another_caller_is_next_whatever_the_first_has_asked_for() -> None:
    workers = Workers()
    dry_runs = DryRuns(workers, 60)
    asked = flood(dry_runs)
    await settled()
    other = [asyncio.create_task(dry_runs.run(an_export(OTHER), TOKENS[OTHER])) for _ in range(2)]
    await settled()
    for expected in ([FLOODER, OTHER], [OTHER, FLOODER], [FLOODER, OTHER], [OTHER, FLOODER]):
        assert workers.waiting == expected
        workers.answer()
        await settled()
    assert [task.done() for task in other] == [True, True]
    assert sum(task.done() for task in asked) == 2
    await end(asked)


async def test_a_caller_is_who_asks_also_when_acting_as_others() -> None:
    workers = Workers()
    dry_runs = DryRuns(workers, 60)
    asked = [asyncio.create_task(dry_runs.run(an_export(user_id), TOKENS[FLOODER])) for user_id in range(10, 20)]
    await settled()
    assert workers.waiting == [10]
    await end(asked)


async def test_the_types_of_one_caller_do_not_wait_for_each_other() -> None:
    workers = Workers()
    dry_runs = DryRuns(workers, 60)
    asked = [asyncio.create_task(dry_runs.run(an_export(FLOODER, each), TOKENS[FLOODER])) for each in ExportType]
    await settled()
    assert [request.export_type for request, _ in workers.queue] == list(ExportType)
    await end(asked)


async def test_the_time_in_the_line_is_part_of_the_time_of_a_dry_run() -> None:
    workers = Workers()
    asked = flood(DryRuns(workers, 0.3), 2)
    await asyncio.sleep(0.2)
    workers.answer()
    await settled()
    assert workers.within_s[0] == pytest.approx(0.3, abs=0.05)
    assert workers.within_s[1] < 0.15
    assert workers.queue[0][0].deadline > datetime.now(UTC)
    with pytest.raises(ApiError) as late:
        await asked[1]
    assert (late.value.status, late.value.headers["Retry-After"]) == (503, "5")
    assert "No worker has answered" in str(late.value)


async def test_a_line_is_forgotten_with_the_last_who_waits_in_it() -> None:
    workers = Workers()
    dry_runs = DryRuns(workers, 60)
    await end(flood(dry_runs, 3))
    assert not dry_runs._lines


async def test_a_request_carries_the_trace_and_the_request_id() -> None:
    workers = Workers()
    asked = flood(DryRuns(workers, 60), 1)
    await settled()
    (request, _), *_ = workers.queue
    assert (request.traceparent, request.request_id) == ("00-trace", "a-request")
    await end(asked)


async def test_a_broker_that_is_away_is_503_at_once() -> None:
    with pytest.raises(ApiError) as refused:
        await DryRuns(Workers(BrokerUnavailable()), 60).run(an_export(OTHER), TOKENS[OTHER])
    assert (refused.value.status, refused.value.headers["Retry-After"]) == (503, "5")
    assert "not available now" in str(refused.value)


async def test_a_worker_that_could_not_plan_is_503_with_its_reason() -> None:
    workers = Workers()
    asked = flood(DryRuns(workers, 60), 1)
    await settled()
    workers.answer(PlanFailed(code="worker_stopped", message="The worker was stopped."))
    with pytest.raises(ApiError) as failed:
        await asked[0]
    assert failed.value.status == 503
    assert "The worker was stopped." in str(failed.value)
