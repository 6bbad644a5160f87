"""What a running worker makes of the actions of an operator."""

from __future__ import annotations

import asyncio

from shared.adapters.postgres.operator.export_actions import ExportActions
from shared.domain.audit import SYSTEM
from shared.domain.export import WorkflowState
from shared.domain.operator.export_actions import Outcome
from shared.runtime.settings import Settings
from tests.support.school import School
from tests.support.workers import Slow, a_worker, an_export, objects, until_state


async def test_a_worker_throws_away_what_it_has_built_of_an_export_that_was_taken_from_it(
    people: School, settings: Settings
) -> None:
    export, build = await an_export(people), Slow()
    async with a_worker(people.pool, settings, build):
        await asyncio.to_thread(build.started.wait, 10)
        (result,) = await ExportActions(people.pool, people.exports).requeue([export.id], SYSTEM, dry_run=False)
        assert result.outcome is Outcome.TAKEN_BACK
        build.go.set()
        exported = await until_state(people, export, WorkflowState.EXPORTED)
    assert (exported.attempt, build.builds) == (3, 2)
    kept = [path for path in objects(settings) if f"/{export.id}/" in path.as_posix()]
    assert [path.as_posix().endswith(str(exported.attachments[0].key)) for path in kept] == [True]
