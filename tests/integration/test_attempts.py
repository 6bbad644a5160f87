"""Attempts as rows: each end of an attempt is written by the statement that ends it."""

from __future__ import annotations

from typing import Any

import pytest

from shared.adapters.postgres.leases import Leases
from shared.adapters.postgres.packages.old_exports import OldExports
from shared.adapters.postgres.packages.retention import Retention
from shared.adapters.postgres.unfinished import sweep
from shared.domain.attempts import AttemptFacts, AttemptOutcome, HandedBack, SlowObject
from shared.domain.audit import SYSTEM
from shared.domain.error_codes import ErrorCode
from shared.domain.export import ContentExport
from shared.domain.report import Report
from tests.support.relays import begin_at_the_end
from tests.support.school import A_PACKAGE, School

RECEIPT = Report().receipt()
FACTS = AttemptFacts({"pack": 1.5}, [SlowObject("a.html", 1.25, "pages", 7, "Tides")])


@pytest.fixture
async def export(people: School) -> ContentExport:
    course = await people.course(name="Tides")
    return await people.export(course, await people.member(course, "teacher"))


async def attempts(people: School, export: ContentExport) -> list[tuple[Any, ...]]:
    """(number, worker, outcome, whether it counts, code) of each row, all of which have their times."""
    rows = await people.pool.fetch(
        "SELECT * FROM export_attempts WHERE content_export_id = $1 ORDER BY attempt", export.id
    )
    assert all(row["claimed_at"] <= row["ended_at"] for row in rows)
    return [tuple(row[name] for name in ("attempt", "worker", "outcome", "counts", "error_code")) for row in rows]


async def facts(people: School, export: ContentExport) -> Any:
    return await people.pool.fetchval("SELECT facts FROM export_attempts WHERE content_export_id = $1", export.id)


async def test_an_attempt_that_runs_has_no_row_and_one_that_finishes_has_its_facts(
    people: School, export: ContentExport
) -> None:
    attempt = await people.start(export)
    assert await attempts(people, export) == []
    await people.leases.finish(export.id, attempt, [A_PACKAGE], RECEIPT, facts=FACTS)
    assert await attempts(people, export) == [(1, "test", "finished", True, None)]
    assert (await facts(people, export))["phases"] == {"pack": 1.5}
    assert (await facts(people, export))["slowest"][0]["title"] == "Tides"


async def test_an_attempt_that_fails_keeps_its_code_its_sentence_and_its_facts(
    people: School, export: ContentExport
) -> None:
    attempt = await people.start(export)
    await people.leases.fail(export.id, attempt, ErrorCode.NOTHING_SELECTED, "Nothing.", facts=FACTS)
    assert await attempts(people, export) == [(1, "test", "failed", True, "nothing_selected")]
    assert (await facts(people, export))["phases"] == {"pack": 1.5}


async def test_a_lost_worker_a_store_that_is_away_and_a_shutdown_are_told_apart(
    people: School, export: ContentExport
) -> None:
    losing = Leases(people.pool, "lost", 0.0)
    await people.claim(export, losing)
    await people.claim(export)
    away = HandedBack(AttemptOutcome.INFRASTRUCTURE, "store_unavailable", "Away.", FACTS)
    await people.leases.release(export.id, 2, 0.0, stopped=True, reason=away)
    await people.claim(export)
    await people.leases.release(export.id, 3, 0.0, stopped=True)
    await people.claim(export)
    assert await attempts(people, export) == [
        (1, "lost", "lapsed", True, None),
        (2, "test", "infrastructure", False, "store_unavailable"),
        (3, "test", "released", False, None),
    ]


async def test_an_attempt_whose_release_comes_after_its_lease_has_lapsed_is_one_that_was_released(
    people: School, export: ContentExport
) -> None:
    late = Leases(people.pool, "late", 0.0)
    await people.claim(export, late)
    await people.claim(export)
    await late.release(export.id, 1, 0.0, stopped=True)
    assert await attempts(people, export) == [(1, "late", "released", False, None)]


async def test_a_cancelled_attempt_says_so_and_an_export_that_was_never_begun_has_none(
    people: School, export: ContentExport
) -> None:
    other = await people.export(export.context, await people.member(export.context, "teacher"))
    await people.start(export)
    for each in (export, other):
        assert await people.exports.cancel(each.id, "not needed any more")
    assert await attempts(people, export) == [(1, "test", "cancelled", True, "cancelled")]
    assert await attempts(people, other) == []


async def test_the_end_of_an_export_after_a_release_leaves_the_row_of_the_release(
    people: School, export: ContentExport
) -> None:
    attempt = await people.start(export)
    await people.leases.release(export.id, attempt, 60.0, stopped=True)
    await Retention(people.pool).delete(export.id, SYSTEM)
    assert await attempts(people, export) == [(1, "test", "released", False, None)]


async def test_an_export_that_is_given_up_has_a_row_for_each_worker_it_lost(
    people: School, export: ContentExport
) -> None:
    losing = Leases(people.pool, "lost", 0.0)
    for _ in range(2):
        await people.claim(export, losing)
    _, given_up = await sweep(people.pool, max_attempts=2, requeue_after_s=60)
    assert export.id in [each.export_id for each in given_up]
    assert await attempts(people, export) == [(number, "lost", "lapsed", True, None) for number in (1, 2)]


async def test_an_attempt_that_is_fenced_writes_no_row_of_its_own(people: School, export: ContentExport) -> None:
    slow = Leases(people.pool, "slow", 0.0)
    await people.claim(export, slow)
    await people.claim(export)
    await slow.release(export.id, 1, 0.0)
    assert await attempts(people, export) == [(1, "slow", "lapsed", True, None)]


async def test_attempts_go_with_their_export(people: School, export: ContentExport) -> None:
    await people.start(export)
    await people.finish(export)
    assert len(await attempts(people, export)) == 1
    await begin_at_the_end(people.pool)
    assert await OldExports(people.pool).remove([export.id]) == 1
    assert await attempts(people, export) == []
