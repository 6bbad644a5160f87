"""What the janitor does about exports that make no progress, beside any number that merely wait."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import asyncpg
import pytest

from shared.adapters.postgres import unfinished
from shared.adapters.postgres.leases import Leases
from shared.adapters.postgres.migrate import migrate
from shared.adapters.postgres.pool import open_pool
from shared.adapters.postgres.unfinished import sweep
from shared.domain.export import ContentExport, ExportType
from tests.support.school import School
from tests.support.servers import SessionServers

WAITING = 100_000
QTI, ZIP = ExportType.QTI, ExportType.ZIP

_MANY = f"""
INSERT INTO content_exports (context_type, context_id, export_type, created_at)
SELECT 'Course', n, 'qti', now() - interval '1 hour' - make_interval(secs => {WAITING} - n)
  FROM generate_series(1, {WAITING}) AS n
"""
_HANDED_BACK = f"""
INSERT INTO content_exports (context_type, context_id, export_type, workflow_state, attempt, lease_expires_at, created_at)
SELECT 'Course', n, 'common_cartridge', 'exporting', 1, now() + interval '1 hour', now() - interval '1 hour'
  FROM generate_series(1, {WAITING // 5}) AS n
"""
_OLDER = "UPDATE content_exports SET created_at = now() - make_interval(secs => $2) WHERE id = $1"


@pytest.fixture(scope="module")
def own_database(servers: SessionServers) -> Iterator[str]:
    """A database for the many rows, which other tests would meet."""
    with servers.database() as url:
        yield url


@pytest.fixture
async def many(own_database: str) -> AsyncIterator[School]:
    """A hundred thousand exports of one type that wait, and a fifth as many of another that wait for their next attempt."""
    await migrate(own_database)
    async with open_pool(own_database, size=3) as pool:
        if not await pool.fetchval("SELECT EXISTS (SELECT FROM content_exports)"):
            async with pool.acquire() as db, db.transaction():
                await db.execute("SET LOCAL session_replication_role = replica")  # no event for each
                await db.execute(_MANY)
                await db.execute(_HANDED_BACK)
            await pool.execute("ANALYZE content_exports")
        await pool.execute("UPDATE content_exports SET requeued_at = NULL WHERE requeued_at IS NOT NULL")
        await pool.execute("DELETE FROM outbox")
        yield School(pool)


@pytest.fixture
async def clean(people: School) -> School:
    """Nothing unfinished but what the test adds, and nothing that was built since."""
    await people.pool.execute(
        "UPDATE content_exports SET created_at = created_at - interval '1 day' WHERE workflow_state = 'exported'"
    )
    await people.pool.execute(
        "UPDATE content_exports SET workflow_state = 'failed' WHERE workflow_state IN ('created', 'exporting')"
    )
    await people.pool.execute("DELETE FROM outbox")
    return people


async def an_export(school: School, export_type: ExportType = QTI, age_s: float = 0.0) -> ContentExport:
    course = await school.course()
    export = await school.export(course, await school.member(course, "teacher"), export_type)
    await school.pool.execute(_OLDER, export.id, age_s)
    await school.pool.execute("DELETE FROM outbox")
    return export


async def swept(school: School, max_attempts: int = 5) -> list[int]:
    """The exports that one sweep has sent again."""
    requeued, _ = await sweep(school.pool, max_attempts=max_attempts, requeue_after_s=60.0)
    return [each.export_id for each in requeued]


async def test_a_lease_that_has_lapsed_is_seen_at_once_behind_any_number_of_older_exports_that_wait(
    many: School,
) -> None:
    export = await an_export(many, ZIP)
    assert await many.claim(export, Leases(many.pool, "lost", 0.0))
    assert export.id in await swept(many)
    assert export.id not in await swept(many), "one message is enough"
    await many.exports.cancel(export.id, "enough")


async def test_exports_that_wait_for_busy_workers_get_no_second_message_however_long_they_wait(many: School) -> None:
    busy = await an_export(many, QTI, age_s=400_000.0)
    assert await many.claim(busy, Leases(many.pool, "busy", 60.0))
    for _ in range(3):
        assert await swept(many) == []
    assert await many.pool.fetchval("SELECT count(*) FROM outbox") == 0
    await many.exports.cancel(busy.id, "enough")


async def test_while_no_worker_runs_a_few_messages_a_minute_are_sent_again_and_no_more(many: School) -> None:
    first, *others = [await swept(many) for _ in range(5)]
    assert len(first) == 16
    assert others == [[]] * 4


async def test_an_export_that_was_passed_over_has_lost_its_message_and_gets_another(clean: School) -> None:
    passed_over = await an_export(clean, QTI, age_s=120.0)
    later = await an_export(clean, QTI, age_s=90.0)
    waiting = await an_export(clean, QTI, age_s=80.0)
    assert await clean.claim(later, Leases(clean.pool, "busy", 60.0))
    assert await swept(clean) == [passed_over.id]
    assert await swept(clean) == []
    assert waiting.id not in await swept(clean)


async def test_an_export_whose_message_was_lost_again_gets_another_after_a_while(clean: School) -> None:
    export = await an_export(clean)
    assert await clean.claim(export, Leases(clean.pool, "lost", 0.0))
    assert await swept(clean) == [export.id]
    assert await swept(clean) == []
    await clean.pool.execute(
        "UPDATE content_exports SET requeued_at = now() - interval '2 minutes', lease_expires_at = now() - interval '1 hour'"
        " WHERE id = $1",
        export.id,
    )
    assert await swept(clean) == [export.id]


async def test_an_export_of_a_context_that_is_locked_holds_up_no_other(clean: School, migrated_url: str) -> None:
    frozen, other, lost = [await an_export(clean) for _ in range(3)]
    losing = Leases(clean.pool, "lost", 0.0)
    for export in (frozen, other, lost):
        assert await clean.claim(export, losing)
    holder = await asyncpg.connect(migrated_url)
    try:
        async with holder.transaction():
            await holder.execute("SELECT lock_event_log($1, $2)", frozen.context.type.value, frozen.context.id)
            _, given_up = await sweep(clean.pool, max_attempts=1, requeue_after_s=60.0)
            assert sorted(each.export_id for each in given_up) == [other.id, lost.id]
    finally:
        await holder.close()
    _, given_up = await sweep(clean.pool, max_attempts=1, requeue_after_s=60.0)
    assert [each.export_id for each in given_up] == [frozen.id]


IN_FLIGHT = {"content_exports_in_flight", "content_exports_by_state"}  # each has what is being built, and no more


@pytest.mark.parametrize(
    ("statement", "values", "indexes"),
    [
        (unfinished.DUE, ["100"], IN_FLIGHT),
        (unfinished.SENT_AGAIN, ["60", "100"], IN_FLIGHT),
        (unfinished.WAITING, ["60", "'{common_cartridge,qti,zip}'", "16"], {"content_exports_by_state"}),
    ],
)
async def test_a_sweep_reads_what_is_due_from_indexes_and_not_what_waits(
    many: School, statement: str, values: list[str], indexes: set[str]
) -> None:
    async with many.pool.acquire() as db:
        await db.execute(f"PREPARE due AS {statement}")
        try:
            text = await db.fetchval(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE due ({', '.join(values)})")
        finally:
            await db.execute("DEALLOCATE due")
    plan = dict(json.loads(text)[0]["Plan"])
    assert indexes & {node["Index Name"] for node in nodes(plan) if "Index Name" in node}
    assert not [n for n in nodes(plan) if n["Node Type"] == "Seq Scan" and n["Relation Name"] == "content_exports"]
    assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] < 1000, "of thousands that hold the table"


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A plan and all that is below it."""
    yield plan
    for each in plan.get("Plans", ()):
        yield from nodes(each)
