"""Messages and faults that nobody foresaw: they cost at most their own export, never a worker."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import aio_pika
import asyncpg
import pytest
import structlog
from prometheus_client import REGISTRY

from services.gateway.relay import Relay
from shared.adapters.postgres.leases import Leases
from shared.adapters.postgres.pool import Pool
from shared.contracts.topology import DEAD
from shared.domain.attempts import NO_FACTS, AttemptFacts
from shared.domain.errors import BrokerUnavailable
from shared.domain.expected import ExpectedTimes
from shared.domain.export import ContentExport, ExportType, WorkflowState
from shared.formats.packing import Packing
from shared.runtime.logs import get_logger
from shared.runtime.settings import Settings
from shared.worker.export_builder import BuildInputs, PackageContents
from tests.support.school import School
from tests.support.waiting import until
from tests.support.workers import Slow, a_worker, an_export, quick, request, send, until_state

NOT_OURS = [
    b"",
    b"no json",
    b"\xff\xfe{}",
    b"[]",
    b'{"type":"export.requested.v2","export_id":1,"export_type":"qti"}',
    b'{"type":"export.requested.v1","export_id":"one","export_type":"qti"}',
    b'{"type":"export.requested.v1","export_id":0,"export_type":"qti"}',
    b'{"type":"export.requested.v1","export_id":99999999999999999999999,"export_type":"qti"}',
]


async def dead_letters(settings: Settings, count: int) -> list[bytes]:
    """So many dead letters, taken off their queue."""
    found: list[bytes] = []
    async with await aio_pika.connect(settings.amqp_url) as connection:
        queue = await (await connection.channel()).get_queue(DEAD)
        for _ in range(200):
            message = await queue.get(fail=False)
            if message is None:
                await asyncio.sleep(0.05)
                continue
            await message.ack()
            found.append(message.body)
            if len(found) == count:
                break
    return found


def messages(outcome: str) -> float:
    return REGISTRY.get_sample_value("content_exports_worker_messages_total", {"outcome": outcome}) or 0.0


async def test_what_is_no_request_goes_to_the_dead_letters_whatever_it_is_and_the_worker_goes_on(
    pool: Pool, settings: Settings, people: School, relay: Relay
) -> None:
    async with a_worker(pool, settings, quick()):
        await send(settings, *NOT_OURS)
        await until_state(people, await an_export(people), WorkflowState.EXPORTED)
        assert sorted(await dead_letters(settings, len(NOT_OURS))) == sorted(NOT_OURS)


async def test_a_request_that_names_no_export_or_one_of_another_type_is_ignored(
    pool: Pool, settings: Settings, people: School, relay: Relay
) -> None:
    build, ignored = quick(), messages("nothing_waits")
    async with a_worker(pool, settings, build):
        archive = await an_export(people, ExportType.ZIP)
        await send(settings, request(archive.id), request(archive.id, "zip"), request(2**63 - 1))
        await until(lambda: messages("nothing_waits") == ignored + 3)
        await until_state(people, await an_export(people), WorkflowState.EXPORTED)
    left = await people.exports.find(archive.id)
    assert left is not None
    assert (left.workflow_state, left.attempt) == (WorkflowState.CREATED, 0)
    assert build.builds == 1


async def test_two_workers_with_ten_copies_of_a_request_build_it_once(
    pool: Pool, settings: Settings, people: School, relay: Relay
) -> None:
    build = quick()
    async with a_worker(pool, settings, build), a_worker(pool, settings, build):
        exports = [await an_export(people) for _ in range(4)]
        for export in exports:
            await send(settings, *[request(export.id)] * 10)
        done = [await until_state(people, export, WorkflowState.EXPORTED) for export in exports]
    assert build.builds == 4
    assert {export.attempt for export in done} == {1}


class Breaking(Leases):
    """Leases whose writes break in ways that are nobody's contract."""

    def __init__(self, pool: Pool, breaking: set[str]) -> None:
        super().__init__(pool, "w", 1.0)
        self.breaking = breaking

    async def claim(self, export_type: ExportType) -> ContentExport | None:
        if "claim" in self.breaking:
            self.breaking.discard("claim")
            raise asyncpg.UndefinedColumnError("column of a schema to come")
        return await super().claim(export_type)

    async def report(self, *arguments: Any, expected: ExpectedTimes | None = None) -> None:
        if "report" in self.breaking:
            self.breaking.discard("report")
            raise asyncpg.UndefinedColumnError("column of a schema to come")
        await super().report(*arguments, expected=expected)

    async def fail(self, *arguments: object, facts: AttemptFacts = NO_FACTS) -> None:  # type: ignore[override]  # never looks at them
        self.breaking.discard("fail")
        raise asyncpg.CharacterNotInRepertoireError("no byte of UTF-8")


async def test_an_unforeseen_error_of_a_claim_costs_the_message_a_second_way_and_no_export(
    pool: Pool, settings: Settings, people: School, relay: Relay
) -> None:
    leases = Breaking(pool, {"claim"})
    async with a_worker(pool, settings, quick(), leases):
        done = await until_state(people, await an_export(people), WorkflowState.EXPORTED)
    assert not leases.breaking
    assert done.attempt == 1


async def test_a_lease_is_held_on_after_an_unforeseen_error_of_one_heartbeat(
    pool: Pool, settings: Settings, people: School, relay: Relay
) -> None:
    leases, build = Breaking(pool, {"report"}), Slow()
    async with a_worker(pool, settings, build, leases):
        export = await an_export(people)
        await until(lambda: not leases.breaking)
        await asyncio.sleep(1.5)  # longer than the lease
        assert await people.claim(export, Leases(pool, "another", 1.0)) is None
        build.go.set()
        done = await until_state(people, export, WorkflowState.EXPORTED)
    assert done.attempt == 1


async def test_an_outcome_that_cannot_be_written_leaves_the_worker_to_the_next_export(
    pool: Pool, settings: Settings, people: School, relay: Relay
) -> None:
    leases, fine = Breaking(pool, {"fail"}), quick()

    def build(packing: Packing, inputs: BuildInputs) -> PackageContents:
        if leases.breaking:
            raise KeyError("a fault of the first build")
        return fine(packing, inputs)

    async with a_worker(pool, settings, build, leases):
        lost = await an_export(people)
        await until_state(people, await an_export(people), WorkflowState.EXPORTED)
    left = await people.exports.find(lost.id)
    assert left is not None
    assert left.workflow_state is WorkflowState.EXPORTING, "the janitor takes it up when its lease has lapsed"


async def test_worker_and_relay_say_that_they_have_no_broker(
    pool: Pool, settings: Settings, people: School, relay: Relay
) -> None:
    async with a_worker(pool, settings, quick()) as worker:
        await until(lambda: relay.sending.count and worker.slots.count == 1)
        await worker.slots.check()
        await relay.sending.check()
    with pytest.raises(BrokerUnavailable):
        await worker.slots.check()
    nowhere = replace(settings, amqp_url="amqp://127.0.0.1:9/")
    async with a_worker(pool, nowhere, quick()) as lonely:
        await asyncio.sleep(0.3)
        with pytest.raises(BrokerUnavailable):
            await lonely.slots.check()


@asynccontextmanager
async def logged() -> AsyncIterator[list[dict[str, object]]]:
    """The log lines of the block, as they would be printed."""
    lines: list[dict[str, object]] = []

    def keep(logger: object, method: str, line: dict[str, object]) -> dict[str, object]:
        lines.append(dict(line))
        raise structlog.DropEvent

    before = structlog.get_config()
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, keep], cache_logger_on_first_use=False)
    try:
        yield lines
    finally:
        structlog.configure(**before)


async def test_every_log_line_of_an_export_has_its_id_its_request_and_its_attempt_also_from_the_packaging_thread(
    pool: Pool, settings: Settings, people: School, relay: Relay
) -> None:
    fine = quick()

    def build(packing: Packing, inputs: BuildInputs) -> PackageContents:
        get_logger().info("from_the_thread")
        return fine(packing, inputs)

    async with logged() as lines, a_worker(pool, settings, build):
        export = await an_export(people)
        await until_state(people, export, WorkflowState.EXPORTED)
    ours = {"export_started", "from_the_thread", "package_verified", "export_finished"}
    reported = [line for line in lines if line["event"] in ours]
    assert {str(line["event"]) for line in reported} == ours, json.dumps(lines, default=str)
    for line in reported:
        assert (line["export_id"], line["request_id"], line["attempt"]) == (export.id, "a-request", 1)
        # Absent where a message of an earlier export has woken the worker.
        assert str(line.get("message_id", "outbox-")).startswith("outbox-")
