"""A store, a database or a process that is away or short for a while costs time, and no export."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from services.gateway.relay import Relay
from shared.adapters.folder_store import FolderStore, FolderWriter
from shared.adapters.postgres.pool import Pool
from shared.adapters.postgres.unfinished import sweep
from shared.domain.errors import StoreUnavailable
from shared.domain.export import ContentExport, WorkflowState
from shared.formats.packing import Packing
from shared.runtime.lifecycle import stops_within
from shared.runtime.settings import Settings
from shared.worker.export_builder import BuildInputs, PackageContents
from tests.support.school import School
from tests.support.waiting import until
from tests.support.workers import a_worker, an_export, quick, until_state

EXPORTS = 6


class LeavingStore(FolderStore):
    """A folder store that answers while `there`."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.there, self.refused = False, 0

    def create(self, key: str) -> FolderWriter:
        self._answer()
        return super().create(key)

    async def check(self) -> None:
        self._answer()
        await super().check()

    def _answer(self) -> None:
        if not self.there:
            self.refused += 1
            raise StoreUnavailable("The object store did not answer.")


@asynccontextmanager
async def sweeping(pool: Pool) -> AsyncIterator[None]:
    """What the janitor does about exports during the block."""
    ending = asyncio.Event()

    async def sweep_on() -> None:
        while not await stops_within(ending, 0.1):
            await sweep(pool, max_attempts=2, requeue_after_s=60.0)

    running = asyncio.create_task(sweep_on())
    yield
    ending.set()
    await running


async def all_exported(people: School, exports: list[ContentExport]) -> list[ContentExport]:
    return [await until_state(people, each, WorkflowState.EXPORTED, WorkflowState.FAILED) for each in exports]


async def test_a_store_that_is_away_for_any_time_costs_no_export_and_almost_no_attempt(
    pool: Pool, settings: Settings, people: School, relay: Relay
) -> None:
    store, brief = LeavingStore(Path(settings.store_url)), replace(settings, max_attempts=2)
    async with a_worker(pool, brief, quick(), store=store), sweeping(pool):
        exports = [await an_export(people) for _ in range(EXPORTS)]
        await until(lambda: store.refused >= 8)  # far more often than a queue of six could be claimed twice
        waiting = [await people.exports.find(each.id) for each in exports]
        store.there = True
        done = await all_exported(people, exports)
    assert sum(each.attempt for each in waiting if each) <= 2, "while the store is away, nothing is claimed"
    assert {each.workflow_state for each in done} == {WorkflowState.EXPORTED}
    assert {each.tries for each in done} == {1}


@pytest.mark.parametrize("shortage", [MemoryError(), RuntimeError("can't start new thread"), OSError(24, "EMFILE")])
async def test_a_worker_that_is_short_of_memory_threads_or_files_fails_no_export(
    pool: Pool, settings: Settings, people: School, relay: Relay, shortage: Exception
) -> None:
    build, errors = quick(), [shortage] * 5

    def short(packing: Packing, inputs: BuildInputs) -> PackageContents:
        if errors:
            raise errors.pop()
        return build(packing, inputs)

    async with a_worker(pool, replace(settings, retry_backoff_s=0.01), short), sweeping(pool):
        done = await all_exported(people, [await an_export(people) for _ in range(EXPORTS)])
    assert {each.workflow_state for each in done} == {WorkflowState.EXPORTED}
    assert {each.tries for each in done} == {1}
