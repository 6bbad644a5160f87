"""Workers build in turn: the next worker takes the next turn, and no export waits for a message of its own."""

from __future__ import annotations

from services.gateway.relay import Relay
from shared.adapters.postgres.content_exports import ContentExports
from shared.adapters.postgres.pool import Pool
from shared.domain.export import ExportRequest, ExportType, WorkflowState
from shared.domain.export_settings import ExportSettings
from shared.domain.fairness.fair_turns import QueueLimits
from shared.runtime.settings import Settings
from tests.support.school import School
from tests.support.workers import a_worker, quick, request, send, until_state


async def test_the_small_export_of_another_owner_is_built_next_whatever_one_has_queued(
    pool: Pool, settings: Settings, people: School, relay: Relay
) -> None:
    """First come, first served would build it as the 31st."""
    course = await people.course(name="Tides")
    many, one = await people.member(course, "teacher"), await people.member(course, "teacher")
    queued = [await people.export(course, many, ExportType.QTI) for _ in range(30)]
    last = await people.export(course, one, ExportType.QTI)
    async with a_worker(pool, settings, quick()):
        for export in (last, *queued):
            await until_state(people, export, WorkflowState.EXPORTED)
    rows = await pool.fetch("SELECT id FROM content_exports WHERE id >= $1 ORDER BY started_at", queued[0].id)
    order = [row["id"] for row in rows]
    assert order.index(last.id) <= 1
    assert [each for each in order if each != last.id] == [export.id for export in queued]


async def test_one_message_is_enough_for_all_exports_of_an_owner_who_may_have_one_in_flight(
    pool: Pool, settings: Settings, people: School
) -> None:
    course = await people.course(name="Tides")
    owner = await people.member(course, "teacher")
    exports = ContentExports(pool, QueueLimits(per_owner=1))
    new = ExportRequest(course, owner.id, ExportType.QTI, ExportSettings(), "r")
    queued = [await exports.create(new) for _ in range(5)]
    await pool.execute("DELETE FROM outbox")
    async with a_worker(pool, settings, quick()):
        await send(settings, request(queued[-1].id))
        for export in queued:
            await until_state(people, export, WorkflowState.EXPORTED)


async def test_a_worker_counts_as_long_as_it_is_there(pool: Pool, settings: Settings) -> None:
    slots = "SELECT coalesce(sum(slots), 0) FROM worker_processes WHERE export_type = 'qti' AND seen_until > now()"
    before = await pool.fetchval(slots)
    async with a_worker(pool, settings, quick()) as worker:
        while await pool.fetchval(slots) != before + worker.tools.settings.slots:
            pass
    assert await pool.fetchval(slots) == before
