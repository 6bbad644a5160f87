"""A worker of a test: its loop, leases, threads and folder store are the real ones; only its builder is the test's own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Executor
from contextlib import asynccontextmanager
from pathlib import Path

import aio_pika

from shared.adapters.folder_store import FolderStore
from shared.adapters.object_store import ObjectStore
from shared.adapters.postgres.access import Access
from shared.adapters.postgres.content_tables.content import ContentRows
from shared.adapters.postgres.leases import Leases
from shared.adapters.postgres.pool import Pool
from shared.adapters.postgres.queue_views import QueueViews
from shared.contracts.topology import REQUESTS
from shared.domain.export import ContentExport, ExportType, WorkflowState
from shared.domain.fairness.fair_turns import QueueLimits
from shared.formats.entry import Entry
from shared.formats.packing import Packing
from shared.http.expected_times import ExpectedTimesOfExports
from shared.runtime.daemon_threads import DaemonThreads
from shared.runtime.settings import Settings
from shared.worker.export_builder import Build, BuildInputs, ExportBuilder, PackageContents
from shared.worker.job_tools import Tools
from shared.worker.loop import Worker
from tests.support.school import School

MEMBERS = 40


class Slow:
    """A build whose entries come as fast as the test allows."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.started = threading.Event()
        self.builds = 0

    def __call__(self, packing: Packing, inputs: BuildInputs) -> PackageContents:
        self.builds += 1
        return PackageContents("slow.zip", "application/zip", self._entries())

    def _entries(self) -> Iterator[Entry]:
        for number in range(MEMBERS):
            yield Entry(f"{number}.txt", bytes(300_000))
            self.started.set()
            self.go.wait(0.2)


def quick() -> Slow:
    """A build that never waits."""
    build = Slow()
    build.go.set()
    return build


def tools_of(settings: Settings, pool: Pool, leases: Leases, store: ObjectStore, threads: Executor) -> Tools:
    """The tools of a worker, over the database of this pool."""
    expectations = ExpectedTimesOfExports(QueueViews(pool), QueueLimits())
    return Tools(settings, leases, ContentRows(pool), Access(pool), store, threads, expectations)


@asynccontextmanager
async def a_worker(
    pool: Pool, settings: Settings, build: Build, leases: Leases | None = None, store: FolderStore | None = None
) -> AsyncIterator[Worker]:
    """A running worker for QTI exports during the block."""
    stopping = asyncio.Event()
    store = store or FolderStore(Path(settings.store_url))
    used = leases or Leases(pool, "w", settings.lease_s)
    tools = tools_of(settings, pool, used, store, DaemonThreads("packaging"))
    worker = Worker(ExportBuilder(ExportType.QTI, build), tools, stopping)
    serving = asyncio.create_task(worker.serve())
    try:
        yield worker
    finally:
        stopping.set()
        await serving


async def until_state(people: School, export: ContentExport, *states: WorkflowState) -> ContentExport:
    """The export once it is in one of these states."""
    for _ in range(300):
        found = await people.exports.find(export.id)
        assert found is not None
        if found.workflow_state in states:
            return found
        await asyncio.sleep(0.05)
    raise AssertionError(f"still {found.workflow_state}")


async def an_export(people: School, export_type: ExportType = ExportType.QTI) -> ContentExport:
    """One that waits to be built."""
    course = await people.course(name="Tides")
    return await people.export(course, await people.member(course, "teacher"), export_type)


def objects(settings: Settings) -> list[Path]:
    """Every file in the store."""
    return [path for path in Path(settings.store_url).rglob("*") if path.is_file()]


def request(export_id: int, export_type: str = "qti") -> bytes:
    """The message that asks for an export, as the relay sends it."""
    return b'{"type":"export.requested.v1","export_id":%d,"export_type":"%b"}' % (export_id, export_type.encode())


async def send(settings: Settings, *bodies: bytes, key: str = "qti", message_id: str | None = None) -> None:
    """Put messages on the queue of an export type."""
    connection = await aio_pika.connect(settings.amqp_url)
    async with connection:
        channel = await connection.channel()
        target = await channel.get_exchange(REQUESTS)
        for body in bodies:
            await target.publish(aio_pika.Message(body, message_id=message_id), key)
