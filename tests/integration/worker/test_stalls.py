"""A read that never returns costs its own attempt, and neither the slot nor the process."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from services.gateway.relay import Relay
from shared.adapters.object_store import blob_key
from shared.adapters.postgres.pool import Pool
from shared.adapters.postgres.unfinished import sweep
from shared.domain.export import WorkflowState
from shared.domain.stored_file import StoredFile
from shared.formats.entry import Entry
from shared.formats.packing import Packing
from shared.runtime.settings import Settings
from shared.worker import supervision
from shared.worker.export_builder import BuildInputs, PackageContents
from tests.support.school import School
from tests.support.workers import a_worker, an_export, until_state

SHA256 = "0" * 64


class Reading:
    """A build that reads a file for the first export that it is called for, and none for the others."""

    def __init__(self) -> None:
        self.first: int | None = None
        self.hangs = True

    def __call__(self, packing: Packing, inputs: BuildInputs) -> PackageContents:
        self.first = self.first or packing.request.export_id
        reads = self.hangs and packing.request.export_id == self.first
        file = StoredFile(SHA256, 4, 0, compressible=False)
        return PackageContents("a.zip", "application/zip", self._entries(file if reads else b"text"))

    def _entries(self, body: StoredFile | bytes) -> Iterator[Entry]:
        yield Entry("a.bin", body)


@asynccontextmanager
async def a_file_that_is_never_read(settings: Settings) -> AsyncIterator[Path]:
    """A pipe in the place of a file: to open it waits for a writer, which comes at the end of the block."""
    path = Path(settings.store_url) / blob_key(SHA256)
    path.parent.mkdir(parents=True)
    os.mkfifo(path)
    try:
        yield path
    finally:
        for _ in range(20):  # one for each thread that waits
            try:
                os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK))
            except OSError:  # nobody waits any more, or the pipe is gone
                break
            await asyncio.sleep(0.05)


async def test_an_attempt_without_progress_is_given_up_and_its_slot_builds_the_next_export(
    pool: Pool, settings: Settings, people: School, relay: Relay
) -> None:
    build, impatient = (
        Reading(),
        replace(settings, stall_s=0.5, retry_backoff_s=2.0),
    )  # time for the next one: it keeps its turn
    async with a_file_that_is_never_read(settings) as file, a_worker(pool, impatient, build) as worker:
        stuck = await an_export(people)
        await until_state(people, await an_export(people), WorkflowState.EXPORTED)
        assert worker.tools.supervisor.stuck == 1
        waiting = await people.exports.find(stuck.id)
        assert waiting is not None
        assert (waiting.workflow_state, waiting.tries) == (WorkflowState.EXPORTING, 1), "counted: all servers answer"
        build.hangs = False
        await sweep(pool, max_attempts=5, requeue_after_s=60.0)
        done = await until_state(people, stuck, WorkflowState.EXPORTED)
        assert done.attempt == 2
        assert file.exists()


async def test_a_cancelled_export_frees_its_slot_although_its_read_never_returns(
    pool: Pool, settings: Settings, people: School, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervision, "STOP_S", 0.2)
    build = Reading()
    async with a_file_that_is_never_read(settings), a_worker(pool, settings, build) as worker:
        stuck = await an_export(people)
        await until_state(people, stuck, WorkflowState.EXPORTING)
        await people.exports.cancel(stuck.id, "enough")
        await until_state(people, await an_export(people), WorkflowState.EXPORTED)
        assert worker.tools.supervisor.stuck == 1


async def test_a_worker_that_stops_hands_back_an_export_whose_read_never_returns(
    pool: Pool, settings: Settings, people: School, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervision, "STOP_S", 0.2)
    build = Reading()
    async with a_file_that_is_never_read(settings):
        async with a_worker(pool, settings, build):
            stuck = await an_export(people)
            await until_state(people, stuck, WorkflowState.EXPORTING)
        left = await people.exports.find(stuck.id)
        assert left is not None
        assert (left.attempt, left.tries) == (1, 0), "it was stopped: the attempt does not count"
        claimed = await people.claim(stuck)
        assert claimed is not None, "another worker may have it at once"
