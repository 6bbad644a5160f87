"""What a running worker makes of the actions of an operator."""

from __future__ import annotations

import asyncio

import pytest

from shared.adapters.postgres.operator.export_actions import ExportActions
from shared.adapters.postgres.operator.worker_processes import WorkerProcesses
from shared.domain.audit import SYSTEM
from shared.domain.export import ExportType, WorkflowState
from shared.domain.operator.export_actions import ActionOutcome
from shared.runtime.settings import Settings
from shared.worker.intake import Unfit
from tests.support.school import School
from tests.support.waiting import until
from tests.support.workers import Slow, a_worker, an_export, objects, until_state


async def test_a_worker_throws_away_what_it_has_built_of_an_export_that_was_taken_from_it(
    people: School, settings: Settings
) -> None:
    export, build = await an_export(people), Slow()
    async with a_worker(people.pool, settings, build):
        await asyncio.to_thread(build.started.wait, 10)
        (result,) = await ExportActions(people.pool, people.exports).requeue([export.id], SYSTEM, dry_run=False)
        assert result.outcome is ActionOutcome.TAKEN_BACK
        build.go.set()
        exported = await until_state(people, export, WorkflowState.EXPORTED)
    assert (exported.attempt, build.builds) == (3, 2)
    kept = [path for path in objects(settings) if f"/{export.id}/" in path.as_posix()]
    assert [path.as_posix().endswith(str(exported.attachments[0].key)) for path in kept] == [True]


async def test_a_worker_that_drains_finishes_what_it_has_and_takes_no_more_until_that_is_undone(
    people: School, settings: Settings
) -> None:
    workers, build = WorkerProcesses(people.pool), Slow()
    running = await an_export(people)
    async with a_worker(people.pool, settings, build) as worker:
        await asyncio.to_thread(build.started.wait, 10)
        drained = await workers.drain("w", SYSTEM, draining=True, dry_run=False)
        assert drained is not None
        assert (drained[0].running, drained[0].is_alive, drained[1]) == ([running.id], True, True)
        waiting = await an_export(people)
        build.go.set()
        await until_state(people, running, WorkflowState.EXPORTED)
        await until(worker.intake.paused.is_set)
        with pytest.raises(Unfit, match="draining"):  # of its readiness
            await worker.intake.check()
        assert await worker.tools.leases.claim(ExportType.QTI) is None
        await until_state(people, waiting, WorkflowState.CREATED)
        await workers.drain("w", SYSTEM, draining=False, dry_run=False)
        await until_state(people, waiting, WorkflowState.EXPORTED)
        await worker.intake.check()
