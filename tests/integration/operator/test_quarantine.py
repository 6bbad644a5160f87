"""Contexts whose exports end workers are put into quarantine by themselves; the loss of one machine does not count."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from services.janitor.stuck import StuckExports
from shared.adapters.postgres.leases import Leases
from shared.adapters.postgres.operator.export_actions import ExportActions
from shared.adapters.postgres.operator.pauses import Pauses
from shared.adapters.postgres.operator.quarantine import quarantine_contexts
from shared.domain.audit import SYSTEM
from shared.domain.export import ContentExport, Context, ExportType
from shared.domain.operator.pauses import PauseTarget
from shared.runtime.settings import Settings
from tests.support.school import A_PACKAGE, RECEIPT, Person, School

QTI = ExportType.QTI
WORKERS = 3


@pytest.fixture(autouse=True)
async def _alone(people: School) -> AsyncIterator[None]:
    """Nothing waits, nothing is paused, and no worker was lost of late."""
    await people.end_unfinished()
    await people.pool.execute("TRUNCATE export_pauses, export_attempts, export_flows")
    yield
    await people.pool.execute("TRUNCATE export_pauses")


@pytest.fixture
async def course(people: School) -> Context:
    return await people.course(name="Tides")


@pytest.fixture
async def teacher(people: School, course: Context) -> Person:
    return await people.member(course, "teacher")


async def lost(people: School, export: ContentExport, worker: str) -> None:
    """A worker takes the export and dies."""
    assert await people.claim(export, Leases(people.pool, worker, 0.0)) is not None


async def quarantined(people: School) -> list[str]:
    found = await quarantine_contexts(people.pool, workers=WORKERS, within_s=600.0)
    return [each.context.path for each in found]


async def test_a_context_whose_exports_have_ended_so_many_workers_waits_and_others_go_on(
    people: School, course: Context, teacher: Person
) -> None:
    first, second = await people.export(course, teacher, QTI), await people.export(course, teacher, QTI)
    await lost(people, first, "a")
    await lost(people, first, "b")
    assert await quarantined(people) == []
    await lost(people, second, "c")
    assert await quarantined(people) == [course.path]
    assert await quarantined(people) == [], "it is there already"
    other = await people.export(await people.course(name="Wind"), teacher, QTI)
    claimed = [await people.leases.claim(QTI) for _ in range(2)]
    assert [each and each.id for each in claimed] == [other.id, None]
    shown = await people.exports.find(first.id)
    assert shown is not None
    assert shown.pause is not None
    assert (shown.pause.code, shown.pause.reason) == (
        "quarantined",
        "3 workers in turn were lost, or made no progress, while they built its exports.",
    )
    row = await people.pool.fetchrow(
        "SELECT action, user_id, subject FROM audit_log WHERE action = 'quarantine' ORDER BY id DESC LIMIT 1"
    )
    assert tuple(row or ()) == ("quarantine", None, course.path)


async def test_a_machine_that_is_lost_with_several_exports_of_a_context_counts_once(
    people: School, course: Context, teacher: Person
) -> None:
    for _ in range(WORKERS + 1):
        await lost(people, await people.export(course, teacher, QTI), "one machine")
    assert await quarantined(people) == []


async def test_workers_that_are_lost_at_the_same_time_count_once(
    people: School, course: Context, teacher: Person
) -> None:
    exports = [await people.export(course, teacher, QTI) for _ in range(WORKERS + 1)]
    attempts = [(export, await people.claim(export, Leases(people.pool, f"w{export.id}", 60.0))) for export in exports]
    assert all(claimed is not None for _, claimed in attempts)
    ends = "UPDATE content_exports SET lease_expires_at = clock_timestamp() WHERE id = ANY($1::bigint[])"
    await people.pool.execute(ends, [each.id for each in exports])
    assert await quarantined(people) == [], "before they are claimed again"
    await lost(people, exports[-1], "second")
    assert await quarantined(people) == []
    await lost(people, exports[-1], "third")
    assert await quarantined(people) == [course.path], "one after another"


async def test_an_export_that_was_built_meanwhile_clears_its_context(
    people: School, course: Context, teacher: Person
) -> None:
    bad, good = await people.export(course, teacher, QTI), await people.export(course, teacher, QTI)
    await lost(people, bad, "a")
    await lost(people, bad, "b")
    built = await people.claim(good)
    assert built is not None
    await people.leases.finish(built.id, built.attempt, [A_PACKAGE], RECEIPT)
    await lost(people, bad, "c")
    assert await quarantined(people) == []
    await lost(people, bad, "d")
    await lost(people, bad, "e")
    assert await quarantined(people) == [course.path], "c, d and e in turn"


async def test_after_its_end_the_workers_that_were_lost_before_count_no_more(
    people: School, course: Context, teacher: Person
) -> None:
    export = await people.export(course, teacher, QTI)
    for worker in "abc":
        await lost(people, export, worker)
    assert await quarantined(people) == [course.path]
    await Pauses(people.pool).end(PauseTarget(context=course), SYSTEM, quarantine=True, dry_run=False)
    assert await quarantined(people) == []
    assert await people.claim(export) is not None


async def test_workers_that_hand_exports_back_or_have_them_taken_away_are_not_lost(
    people: School, course: Context, teacher: Person
) -> None:
    handed_back, taken = await people.export(course, teacher, QTI), await people.export(course, teacher, QTI)
    actions = ExportActions(people.pool, people.exports)
    for number in range(WORKERS + 1):
        leases = Leases(people.pool, f"w{number}", 60.0)
        attempts = {each.id: each.attempt for _ in range(2) if (each := await leases.claim(QTI))}
        assert attempts.keys() == {handed_back.id, taken.id}
        await leases.release(handed_back.id, attempts[handed_back.id], 0.0, stopped=True)
        await actions.requeue([taken.id], SYSTEM, dry_run=False)
    assert await quarantined(people) == []
    rows = await people.pool.fetch(
        "SELECT outcome, counts, worker, error_message FROM export_attempts WHERE content_export_id = $1 ORDER BY attempt",
        taken.id,
    )
    reason = "An operator took the export from its worker."
    assert [tuple(row) for row in rows] == [("released", False, f"w{n}", reason) for n in range(WORKERS + 1)]


@pytest.mark.parametrize(("after", "expected"), [(WORKERS, 1), (0, 0)])
async def test_the_janitor_does_it_unless_the_setting_is_0(
    people: School, course: Context, migrated_url: str, after: int, expected: int
) -> None:
    teacher = await people.member(course, "teacher")
    settings = Settings(database_url=migrated_url, secret_key=("k",))
    export = await people.export(course, teacher, QTI)
    for worker in "abc":
        await lost(people, export, worker)
    await StuckExports(people.pool, replace(settings, quarantine_after=after)).unstick()
    assert len(await Pauses(people.pool).all()) == expected
