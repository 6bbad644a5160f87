"""Whose turn it is, in a real database: the same order as the simulation, by index, and never one export twice."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest

from shared.adapters.postgres import leases as statements
from shared.adapters.postgres.content_exports import insert
from shared.adapters.postgres.leases import Leases
from shared.adapters.postgres.migrate import migrate
from shared.adapters.postgres.pool import Connection, Pool, open_pool
from shared.domain.export import ContentExport, Context, ContextType, ExportRequest, ExportType
from shared.domain.export_settings import ExportSettings
from shared.domain.fairness.fair_turns import QueueLimits
from shared.domain.fairness.priority import Priority
from tests.support.fair_queue_simulation import FairQueue, Flow, Queued
from tests.support.school import A_PACKAGE, RECEIPT, School
from tests.support.servers import SessionServers

QTI = ExportType.QTI
MANY = 10**9  # ids that no course or person of another test has
COURSE = Context(ContextType.COURSE, MANY)


@pytest.fixture(autouse=True)
async def _alone(people: School) -> None:
    """No export waits, the clock begins, and nobody has requested anything."""
    await people.end_unfinished()
    await people.pool.execute("UPDATE export_clocks SET turn = 0")
    await people.pool.execute("TRUNCATE export_flows, worker_processes")


async def create(pool: Pool, flow: Flow, costs: Sequence[float], limits: QueueLimits) -> list[ContentExport]:
    settings = ExportSettings(priority=flow[1])
    requests = [ExportRequest(COURSE, MANY + flow[0], QTI, settings, "r", cost_s=cost) for cost in costs]
    async with pool.acquire() as db:
        return await insert(db, requests, limits)


@asynccontextmanager
async def workers(pool: Pool, slots: int) -> AsyncIterator[Leases]:
    leases = Leases(pool, "fair", 60.0)
    await leases.announce(QTI, slots)
    yield leases
    await leases.withdraw()


@pytest.mark.parametrize("seed", range(4))
async def test_exports_are_claimed_in_the_order_of_the_simulation(people: School, seed: int) -> None:
    rng = random.Random(seed)
    limits = QueueLimits(rng.choice([0, 1, 3]), large_s=50.0)
    model = FairQueue(limits, slots=rng.choice([1, 2, 4]))
    ids: dict[int, Queued] = {}
    attempts: dict[Queued, ContentExport] = {}
    async with workers(people.pool, model.slots) as leases:
        for _ in range(120):
            step = rng.choice(["create", "claim", "claim", "end", "cancel"])
            if step == "create":
                flow = (rng.randint(1, 3), rng.choice(list(Priority)))
                costs = [rng.choice([0.5, 1.0, 60.0]) for _ in range(rng.randint(1, 4))]
                created = await create(people.pool, flow, costs, limits)
                ids |= zip((each.id for each in created), model.create(flow, costs), strict=True)
            elif step == "claim":
                claimed, expected = await leases.claim(QTI), model.claim()
                assert (ids[claimed.id] if claimed else None) is expected
                if claimed and expected:
                    attempts[expected] = claimed
            elif step == "end" and model.in_flight:
                ended = rng.choice(model.in_flight)
                export = attempts[ended]
                await leases.finish(export.id, export.attempt, [A_PACKAGE], RECEIPT)
                model.end(ended)
            elif step == "cancel" and model.waiting:
                ended = rng.choice(model.waiting)
                await people.exports.cancel(next(id_ for id_, each in ids.items() if each is ended), "enough")
                model.end(ended)


async def test_an_owner_who_comes_is_next_whatever_another_has_queued(people: School) -> None:
    """Of first come, first served, the newcomer's would be the 1,001st."""
    limits = QueueLimits()
    await create(people.pool, (1, Priority.NORMAL), [1.0] * 1000, limits)
    async with workers(people.pool, 2) as leases:
        await leases.claim(QTI)
        await leases.claim(QTI)
        (newcomer,) = await create(people.pool, (2, Priority.NORMAL), [1.0], limits)
        claimed = await leases.claim(QTI)
    assert claimed is not None
    assert claimed.id == newcomer.id


async def test_claimers_at_one_moment_take_different_exports_and_leave_none(people: School) -> None:
    created = await create(people.pool, (1, Priority.NORMAL), [1.0] * 40, QueueLimits())
    async with workers(people.pool, 40) as leases:
        claimed = await asyncio.gather(*(leases.claim(QTI) for _ in range(45)))
    taken = [each.id for each in claimed if each is not None]
    assert sorted(taken) == [each.id for each in created]


async def test_claimers_at_one_moment_leave_the_slot_of_small_exports(people: School) -> None:
    large, small = await create(people.pool, (1, Priority.NORMAL), [60.0, 60.0], QueueLimits(large_s=50.0)), (2,)
    async with workers(people.pool, 2) as leases:
        first = [each for each in await asyncio.gather(*(leases.claim(QTI) for _ in range(4))) if each]
        assert len(first) == 1
        assert first[0].id in {each.id for each in large}
        (late,) = await create(people.pool, (small[0], Priority.NORMAL), [1.0], QueueLimits(large_s=50.0))
        second = await leases.claim(QTI)
        assert second is not None
        assert second.id == late.id
        await leases.finish(first[0].id, first[0].attempt, [A_PACKAGE], RECEIPT)
        third = await leases.claim(QTI)
        assert third is not None
        assert third.id in {each.id for each in large} - {first[0].id}


async def test_large_exports_leave_a_slot_of_the_workers_that_do_not_drain(people: School) -> None:
    limits = QueueLimits(large_s=50.0)
    large = {each.id for each in await create(people.pool, (1, Priority.NORMAL), [60.0] * 3, limits)}
    drained = Leases(people.pool, "drained", 60.0)
    await drained.announce(QTI, 2)
    first = await drained.claim(QTI)
    await people.pool.execute("UPDATE worker_processes SET draining_since = now() WHERE name = 'drained'")
    async with workers(people.pool, 2) as leases:
        second, third = await leases.claim(QTI), await leases.claim(QTI)
        assert first is not None
        assert second is not None
        assert {first.id, second.id} < large
        assert third is None
        (small,) = await create(people.pool, (2, Priority.NORMAL), [1.0], limits)
        assert getattr(await leases.claim(QTI), "id", None) == small.id


async def test_gateways_that_create_for_one_owner_at_one_moment_keep_to_the_limit_and_give_each_its_own_turn(
    people: School,
) -> None:
    limits = QueueLimits(per_owner=3)
    flow = (1, Priority.NORMAL)
    await asyncio.gather(*(create(people.pool, flow, [1.0, 1.0], limits) for _ in range(6)))
    rows = await people.pool.fetch(
        "SELECT turn, held FROM content_exports WHERE workflow_state = 'created' ORDER BY turn"
    )
    assert [row["turn"] for row in rows] == [float(n) for n in range(12)]
    assert [row["held"] for row in rows] == [False] * 3 + [True] * 9


async def test_an_export_that_has_lost_its_worker_keeps_its_turn(people: School) -> None:
    first, *_ = await create(people.pool, (1, Priority.NORMAL), [1.0] * 3, QueueLimits())
    lost = await Leases(people.pool, "lost", 0.0).claim(QTI)
    again = await Leases(people.pool, "another", 60.0).claim(QTI)
    assert lost is not None
    assert again is not None
    assert (again.id, again.attempt) == (lost.id, 2) == (first.id, 2)


async def test_an_export_that_has_used_up_its_attempts_is_left_to_the_janitor(people: School) -> None:
    await create(people.pool, (1, Priority.NORMAL), [1.0], QueueLimits())
    killed = Leases(people.pool, "killed", 0.0, max_attempts=2)
    assert [await killed.claim(QTI) is not None for _ in range(3)] == [True, True, False]


WAITING_AND_ENDED = """
INSERT INTO content_exports (context_type, context_id, user_id, export_type, workflow_state, turn, large, held)
SELECT 'Course', 1, 1, 'qti', 'created', n, n % 10 = 0, n > $1 / 3 FROM generate_series(1, $1) n
UNION ALL SELECT 'Course', 1, 1, 'qti', 'exported', n, false, false FROM generate_series(1, $1) n
"""  # of those that wait, two thirds are held back


async def test_a_claim_reads_no_more_than_its_candidates_however_many_wait(people: School) -> None:
    """Of 30,000 that wait, beside 30,000 that have ended."""
    async with undone(people.pool) as db:
        await db.execute(WAITING_AND_ENDED, 30_000)
        await db.execute("ANALYZE content_exports")
        explain = f"EXPLAIN (ANALYZE, FORMAT JSON) {statements._CLAIM}"
        ((plan,),) = await db.fetch(explain, "qti", 60.0, "w", 5)
    assert most_read(plan) <= 64


@pytest.fixture
def new_database(servers: SessionServers) -> Iterator[str]:
    """A database that has no exports yet, and no statistics of any."""
    with servers.database() as url:
        asyncio.run(migrate(url))
        yield url


async def test_a_claim_that_was_planned_while_there_were_no_exports_reads_no_more_later(new_database: str) -> None:
    async with open_pool(new_database, size=1) as pool, undone(pool) as db:
        await db.execute("SET LOCAL plan_cache_mode = force_generic_plan")  # as in a worker
        await db.execute(f"PREPARE claim (text, double precision, text, integer) AS {statements._CLAIM}")
        await db.execute("EXECUTE claim ('qti', 60, 'w', 5)")
        await db.execute(WAITING_AND_ENDED, 3000)
        plan = await db.fetchval("EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE claim ('qti', 60, 'w', 5)")
        await db.execute("DEALLOCATE claim")
    assert most_read(plan) <= 64


@asynccontextmanager
async def undone(pool: Pool) -> AsyncIterator[Connection]:
    """A connection within a transaction that is rolled back; no trigger looks at exports."""
    async with pool.acquire() as db:
        transaction = db.transaction()
        await transaction.start()
        try:
            await db.execute("ALTER TABLE content_exports DISABLE TRIGGER USER")
            yield db
        finally:
            await transaction.rollback()


def most_read(plan: Any) -> int:
    """The most rows of exports that a part of the plan has read, by an index."""
    scanned = [
        node for node in nodes(plan) if node.get("Relation Name") == "content_exports" and "Scan" in node["Node Type"]
    ]
    assert scanned
    assert {node["Node Type"] for node in scanned} <= {"Index Scan", "Index Only Scan", "Bitmap Heap Scan"}
    return max((node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"] for node in scanned)


def nodes(plan: Any) -> Iterator[dict[str, Any]]:
    """Every node of a plan."""
    parsed = msgspec.json.decode(plan) if isinstance(plan, str) else plan
    todo = [parsed[0]["Plan"]]
    while todo:
        node = todo.pop()
        yield node
        todo += node.get("Plans", [])
