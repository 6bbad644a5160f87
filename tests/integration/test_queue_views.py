"""Queues in a real database, as estimates need them: bounded, by index, and what events say of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from shared.adapters.postgres import queue_views as statements
from shared.adapters.postgres.content_exports import insert
from shared.adapters.postgres.leases import Leases
from shared.adapters.postgres.queue_views import QueueViews
from shared.contracts.export_events import ProgressData
from shared.domain.export import ContentExport, Context, ContextType, ExportRequest, ExportType, PackedSoFar
from shared.domain.export_settings import ExportSettings
from shared.domain.fairness.fair_turns import QueueLimits
from shared.domain.fairness.queue_view import FRONT, STRETCH, STRETCHES
from shared.http.expected_times import ExpectedTimesOfExports
from tests.support.school import A_PACKAGE, RECEIPT, School

QTI = ExportType.QTI
COURSE = Context(ContextType.COURSE, 10**9 + 7)
LIMITS = QueueLimits(per_owner=0)


@pytest.fixture(autouse=True)
async def _alone(people: School) -> None:
    """No export waits, and no worker is alive."""
    await people.end_unfinished()
    await people.pool.execute("UPDATE export_clocks SET turn = 0")
    await people.pool.execute("TRUNCATE export_flows, worker_processes, export_pauses")


async def create(people: School, costs: Sequence[float], owner: int = 1) -> list[ContentExport]:
    requests = [
        ExportRequest(COURSE, 10**9 + owner, QTI, ExportSettings(), f"r{n}", cost_s=cost)
        for n, cost in enumerate(costs)
    ]
    async with people.pool.acquire() as db:
        return await insert(db, requests, LIMITS)


async def test_the_queue_of_a_type_has_what_waits_what_is_built_and_who_builds_it(people: School) -> None:
    created = await create(people, [1.0, 2.0, 60.0])
    leases = Leases(people.pool, "estimates", 60.0)
    await leases.announce(QTI, 3)
    claimed = await leases.claim(QTI)
    queue = await QueueViews(people.pool).queue(QTI)
    assert claimed is not None
    assert (queue.slots, queue.clock) == (3, claimed.turn.turn)
    assert [(each.id, each.cost_s, each.large) for each in queue.front] == [
        (created[1].id, 2.0, False),
        (created[2].id, 60.0, True),
    ]
    assert [(each.cost_s, each.large) for each in queue.building] == [(1.0, False)]
    assert queue.last is None
    assert sum(queue.arriving.values()) > 0
    await leases.withdraw()


async def test_the_slots_of_a_worker_that_drains_are_not_counted(people: School) -> None:
    await Leases(people.pool, "stays", 60.0).announce(QTI, 2)
    await Leases(people.pool, "drains", 60.0).announce(QTI, 3)
    await people.pool.execute("UPDATE worker_processes SET draining_since = now() WHERE name = 'drains'")
    assert (await QueueViews(people.pool).queue(QTI)).slots == 2


async def test_what_is_paused_takes_no_slot(people: School) -> None:
    views = QueueViews(people.pool)
    await create(people, [1.0])
    await people.pool.execute("INSERT INTO export_pauses (user_id, reason) VALUES ($1, 'r')", 10**9 + 1)
    assert list((await views.queue(QTI)).front) == []
    await Leases(people.pool, "estimates", 60.0).announce(QTI, 2)
    await people.pool.execute("INSERT INTO export_pauses (export_type, reason) VALUES ('qti', 'r')")
    assert (await views.queue(QTI)).slots == 0


async def test_rates_are_those_of_exports_that_were_built_lately(people: School) -> None:
    await create(people, [2.0])
    leases = Leases(people.pool, "estimates", 60.0)
    claimed = await leases.claim(QTI)
    assert claimed is not None
    await people.pool.execute(
        "UPDATE content_exports SET claimed_at = now() - interval '3 s' WHERE id = $1", claimed.id
    )
    await leases.finish(claimed.id, claimed.attempt, [A_PACKAGE], RECEIPT)
    newest = (await QueueViews(people.pool).rates(QTI)).samples[0]
    assert (newest.cost_s, newest.large) == (2.0, False)
    assert 3.0 <= newest.took_s < 30.0


async def test_a_long_queue_is_read_in_part_and_its_rest_by_samples(people: School) -> None:
    waiting = 3 * FRONT
    await people.pool.execute(
        "INSERT INTO content_exports (context_type, context_id, user_id, export_type, settings, cost, turn, held)"
        " SELECT 'Course', $1, $2, 'qti', '{}', 1, n, false FROM generate_series(1, $3::integer) n",
        *(COURSE.id, 10**9 + 1, waiting),
    )
    queue = await QueueViews(people.pool).queue(QTI)
    assert (len(queue.front), len(queue.stretches)) == (FRONT, STRETCHES)
    assert all(len(each) <= STRETCH for each in queue.stretches)
    ahead = queue.ahead_of(2.5 * FRONT, 2**62)
    assert ahead.front + ahead.further == pytest.approx(2.5 * FRONT, rel=0.05)
    await people.end_unfinished()


async def test_what_owners_have_beyond_those_in_flight_is_a_backlog_of_each_flow(people: School) -> None:
    for owner in (1, 2):
        requests = [ExportRequest(COURSE, 10**9 + owner, QTI, ExportSettings(), "r", cost_s=2.0) for _ in range(5)]
        async with people.pool.acquire() as db:
            await insert(db, requests, QueueLimits(per_owner=2))
    queue = await QueueViews(people.pool).queue(QTI)
    assert len(queue.front) == 4
    assert [(each.first_turn, each.end_turn, each.weight) for each in queue.backlogs] == [(4.0, 10.0, 1.0)] * 2
    assert queue.ahead_of(8.0, 2**62).held_cost_s == 8.0


STATEMENTS: dict[str, tuple[Any, ...]] = {
    statements.BUILDING: ("qti", 256),
    statements.FRONT_OF: ("qti", FRONT),
    statements.LAST_OF: ("qti",),
    statements.STRETCHES_OF: ("qti", [0.0, 1.0], STRETCH),
    statements.BACKLOGS: ("qti", 300),
    statements.ARRIVED: ("qti", 60.0, 200),
    statements.SAMPLES: ("qti", 256),
}


@pytest.mark.parametrize(
    "statement", STATEMENTS, ids=["building", "front", "last", "stretches", "backlogs", "arrived", "samples"]
)
async def test_no_statement_reads_all_exports(people: School, statement: str) -> None:
    async with people.pool.acquire() as db, db.transaction():
        await db.execute(
            "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = on"
        )
        plan = json.loads(await db.fetchval(f"EXPLAIN (FORMAT JSON) {statement}", *STATEMENTS[statement]))
    scans = [each for each in nodes(plan[0]["Plan"]) if each.get("Relation Name") == "content_exports"]
    assert scans
    assert all(each["Node Type"] in ("Index Scan", "Index Only Scan") for each in scans), plan


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(each for child in plan.get("Plans", ()) for each in nodes(child))]


async def test_the_first_events_of_an_export_have_an_estimate(people: School) -> None:
    leases = Leases(people.pool, "estimates", 60.0)
    await leases.announce(QTI, 1)
    expected = ExpectedTimesOfExports(QueueViews(people.pool), LIMITS)
    request = await expected.expected(ExportRequest(COURSE, 10**9 + 1, QTI, ExportSettings(), "r"))
    async with people.pool.acquire() as db:
        [created] = await insert(db, [request], LIMITS)
    assert await leases.claim(QTI) is not None
    rows = await people.pool.fetch(
        "SELECT data FROM export_events WHERE content_export_id = $1 ORDER BY id", created.id
    )
    requested, exporting = (msgspec.convert(row["data"], dict[str, Any])["estimate"] for row in rows)
    assert requested["place"] == 1
    assert requested["starts_at"] <= requested["ends_at"] <= requested["ends_latest"]
    assert set(exporting) == {"ends_at", "ends_earliest", "ends_latest"}
    assert exporting["ends_earliest"] <= exporting["ends_at"] <= exporting["ends_latest"]
    await leases.withdraw()


async def test_progress_says_when_the_export_is_expected_to_end(people: School) -> None:
    leases = Leases(people.pool, "estimates", 60.0)
    await create(people, [10.0])
    claimed = await leases.claim(QTI)
    assert claimed is not None
    times = await ExpectedTimesOfExports(QueueViews(people.pool), LIMITS).of_building(claimed, 40.0)
    await leases.report(claimed.id, claimed.attempt, 40.0, PackedSoFar(4, 10, 400, 1000), times)
    data = await people.pool.fetchval(
        "SELECT data FROM export_events WHERE content_export_id = $1 AND name = 'content_export.progress'", claimed.id
    )
    progress = msgspec.convert(data, ProgressData)
    assert (progress.completion, progress.items_done) == (40.0, 4)
    assert progress.estimate is not None
    assert progress.estimate.place is msgspec.UNSET
    assert data["estimate"].keys() == {"ends_at", "ends_earliest", "ends_latest"}
    assert data["estimate"]["ends_earliest"] <= data["estimate"]["ends_at"] <= data["estimate"]["ends_latest"]
