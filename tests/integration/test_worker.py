"""Relay, queue and worker against a real RabbitMQ, PostgreSQL and folder store; only the recipe is the tests' own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

import aio_pika
import pytest

from services.gateway.relay import Relay
from shared.adapters.folder_store import FolderStore
from shared.adapters.object_store import package_prefix
from shared.adapters.postgres.access import Access
from shared.adapters.postgres.content import Content
from shared.adapters.postgres.leases import Leases
from shared.adapters.postgres.pool import Pool
from shared.adapters.rabbitmq.connection import keep_connected
from shared.contracts.topology import DEAD, REQUESTS
from shared.domain.errors import StoreUnavailable
from shared.domain.export import ContentExport, ExportType, WorkflowState
from shared.formats.entry import Entry
from shared.formats.packing import Packing
from shared.runtime.settings import Settings
from shared.worker.build import Build, Occasion, Plan, Recipe
from shared.worker.job import Tools
from shared.worker.loop import Worker
from tests.support.school import School

MEMBERS = 40


class Slow:
    """Entries that come only as fast as the test lets them."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.started = threading.Event()
        self.builds = 0

    def __call__(self, packing: Packing, occasion: Occasion) -> Plan:
        self.builds += 1
        return Plan("slow.zip", "application/zip", self._entries())

    def _entries(self) -> Iterator[Entry]:
        for number in range(MEMBERS):
            yield Entry(f"{number}.txt", bytes(300_000))
            self.started.set()
            self.go.wait(0.2)


@pytest.fixture
def settings(migrated_url: str, amqp_url: str, tmp_path: Path) -> Settings:
    return Settings(
        database_url=migrated_url,
        amqp_url=amqp_url,
        store_url=str(tmp_path),
        secret_key=("k",),
        lease_s=3.0,
        stop_grace_s=0.5,
        sweep_s=0.2,
        retry_backoff_s=0.1,
    )


@pytest.fixture
async def relay(pool: Pool, settings: Settings) -> AsyncIterator[None]:
    await pool.execute("DELETE FROM outbox")
    stopping = asyncio.Event()
    relaying = asyncio.create_task(
        keep_connected(settings.amqp_url, stopping, Relay(pool, settings, stopping, asyncio.Event()).pump)
    )
    yield
    stopping.set()
    await relaying


@asynccontextmanager
async def a_worker(pool: Pool, settings: Settings, build: Build) -> AsyncIterator[Worker]:
    stopping = asyncio.Event()
    with ThreadPoolExecutor(1) as threads:
        store = FolderStore(Path(settings.store_url))
        tools = Tools(settings, Leases(pool, "w", settings.lease_s), Content(pool), Access(pool), store, threads)
        worker = Worker(Recipe(ExportType.QTI, build), tools, stopping)
        serving = asyncio.create_task(worker.serve())
        try:
            yield worker
        finally:
            stopping.set()
            await serving


async def until_state(people: School, export: ContentExport, *states: WorkflowState) -> ContentExport:
    for _ in range(300):
        (found,) = await people.exports.find([export.id])
        assert found is not None
        if found.workflow_state in states:
            return found
        await asyncio.sleep(0.05)
    raise AssertionError(f"still {found.workflow_state}")


async def an_export(people: School) -> ContentExport:
    course = await people.course(name="Tides")
    return await people.export(course, await people.member(course, "teacher"), ExportType.QTI)


def objects(settings: Settings) -> list[Path]:
    return [path for path in Path(settings.store_url).rglob("*") if path.is_file()]


async def test_a_request_travels_through_the_queue_and_ends_exported(
    pool: Pool, settings: Settings, people: School, relay: None
) -> None:
    build = Slow()
    build.go.set()
    async with a_worker(pool, settings, build):
        done = await until_state(people, await an_export(people), WorkflowState.EXPORTED, WorkflowState.FAILED)
    assert done.workflow_state is WorkflowState.EXPORTED
    assert done.attachment is not None
    assert done.attachment.entries == MEMBERS
    assert [path.relative_to(settings.store_url).as_posix() for path in objects(settings)] == [done.attachment.key]


async def test_a_redelivered_request_leaves_a_finished_export_alone(
    pool: Pool, settings: Settings, people: School, relay: None
) -> None:
    build = Slow()
    build.go.set()
    async with a_worker(pool, settings, build):
        export = await an_export(people)
        done = await until_state(people, export, WorkflowState.EXPORTED)
        for _ in range(3):
            await send(
                settings,
                REQUESTS,
                "qti",
                b'{"type":"export.requested.v1","export_id":%d,"export_type":"qti"}' % export.id,
            )
        following = await an_export(people)
        await until_state(people, following, WorkflowState.EXPORTED)
        (again,) = await people.exports.find([export.id])
    assert again == done
    assert build.builds == 2


async def test_cancelling_stops_the_work_and_removes_its_parts(
    pool: Pool, settings: Settings, people: School, relay: None
) -> None:
    build = Slow()
    async with a_worker(pool, settings, build) as worker:
        export = await an_export(people)
        await asyncio.to_thread(build.started.wait, 10)
        await people.exports.cancel(export.id, "enough")
        for _ in range(100):
            if not worker.running:
                break
            await asyncio.sleep(0.05)
        assert not worker.running, "the work must really stop"
        assert objects(settings) == []
    (cancelled,) = await people.exports.find([export.id])
    assert cancelled is not None
    assert (cancelled.workflow_state, cancelled.error_code) == (WorkflowState.FAILED, "cancelled")


async def test_a_worker_that_ends_hands_back_what_it_cannot_finish_and_another_finishes_it(
    pool: Pool, settings: Settings, people: School, relay: None
) -> None:
    build = Slow()
    async with a_worker(pool, settings, build):
        export = await an_export(people)
        await asyncio.to_thread(build.started.wait, 10)
    (handed_back,) = await people.exports.find([export.id])
    assert handed_back is not None
    assert handed_back.workflow_state is WorkflowState.EXPORTING
    assert objects(settings) == []
    build.go.set()
    await send(
        settings, REQUESTS, "qti", b'{"type":"export.requested.v1","export_id":%d,"export_type":"qti"}' % export.id
    )
    async with a_worker(pool, settings, build):
        done = await until_state(people, export, WorkflowState.EXPORTED)
    assert done.attempt == 2
    assert done.attachment is not None
    assert done.attachment.key.startswith(f"{package_prefix(export.id)}2/")
    assert len(objects(settings)) == 1


async def test_a_store_that_does_not_answer_is_tried_again_and_then_named_as_the_reason(
    pool: Pool, settings: Settings, people: School, relay: None
) -> None:
    def build(packing: Packing, occasion: Occasion) -> Plan:
        raise StoreUnavailable("The object store did not answer.")

    impatient = settings.model_copy(update={"max_attempts": 1})
    async with a_worker(pool, impatient, build):
        failed = await until_state(people, await an_export(people), WorkflowState.FAILED)
    assert failed.error_code == "store_unavailable"
    assert failed.error_message == "The object store did not answer. It was tried 1 times."


async def test_a_message_that_cannot_be_understood_goes_to_the_dead_letters(
    pool: Pool, settings: Settings, people: School, relay: None
) -> None:
    build = Slow()
    build.go.set()
    async with a_worker(pool, settings, build):
        await send(settings, REQUESTS, "qti", b"no json")
        done = await until_state(people, await an_export(people), WorkflowState.EXPORTED)
    assert done.workflow_state is WorkflowState.EXPORTED
    connection = await aio_pika.connect(settings.amqp_url)
    async with connection:
        channel = await connection.channel()
        dead = await (await channel.get_queue(DEAD)).get(timeout=5)
        assert dead is not None
        assert dead.body == b"no json"
        await dead.ack()


async def test_every_state_change_reaches_the_events_exchange_once_and_in_order(
    pool: Pool, settings: Settings, people: School
) -> None:
    await pool.execute("UPDATE export_events SET published = true")
    connection = await aio_pika.connect(settings.amqp_url)
    async with connection:
        channel = await connection.channel()
        queue = await channel.declare_queue(exclusive=True)
        await channel.declare_exchange("content_exports.events", "topic", durable=True)
        await queue.bind("content_exports.events", "content_export.*")
        stopping, build = asyncio.Event(), Slow()
        build.go.set()
        relay = Relay(pool, settings, stopping, asyncio.Event())
        relaying = asyncio.create_task(keep_connected(settings.amqp_url, stopping, relay.pump))
        async with a_worker(pool, settings, build):
            export = await an_export(people)
            await until_state(people, export, WorkflowState.EXPORTED)
            states = []
            while len(states) < 3:
                message = await queue.get(timeout=5, fail=False)
                if message is None:
                    await asyncio.sleep(0.05)
                    continue
                states.append(message.routing_key)
                await message.ack()
        stopping.set()
        await relaying
    assert states == ["content_export.created", "content_export.exporting", "content_export.exported"]


async def send(settings: Settings, exchange: str, key: str, body: bytes) -> None:
    connection = await aio_pika.connect(settings.amqp_url)
    async with connection:
        channel = await connection.channel()
        target = await channel.get_exchange(exchange)
        await target.publish(aio_pika.Message(body), key)
