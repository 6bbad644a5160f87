"""Exports that operators keep from the workers: of a type, an owner, a context; and what goes on beside them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from shared.adapters.postgres.content_exports import ContentExports
from shared.adapters.postgres.operator.pauses import Pauses, uncount_paused
from shared.domain.audit import Actor
from shared.domain.export import ContentExport, Context, ContextType, ExportRequest, ExportType
from shared.domain.export_settings import ExportSettings
from shared.domain.fairness.fair_turns import QueueLimits
from shared.domain.operator.pauses import PauseTarget
from tests.support.school import School

BY = Actor(7, None, "token:1", None, "paused-by-hand")
QTI, ZIP = ExportType.QTI, ExportType.ZIP
OWNER, OTHER = 8 * 10**8, 8 * 10**8 + 1
COURSE, ELSEWHERE = Context(ContextType.COURSE, 8 * 10**8), Context(ContextType.COURSE, 8 * 10**8 + 1)
MOST = 2  # exports of an owner that are not held back


@pytest.fixture
async def pauses(people: School) -> AsyncIterator[Pauses]:
    """Nothing waits and nothing is paused, before and after."""
    await people.end_unfinished()
    await people.pool.execute("TRUNCATE export_flows, export_pauses")
    yield Pauses(people.pool)
    await people.pool.execute("TRUNCATE export_pauses")


async def an_export(
    people: School, owner: int = OWNER, context: Context = COURSE, export_type: ExportType = QTI
) -> ContentExport:
    exports = ContentExports(people.pool, QueueLimits(per_owner=MOST))
    return await exports.create(ExportRequest(context, owner, export_type, ExportSettings(), "r"))


async def claimed(people: School, export_type: ExportType = QTI) -> int | None:
    export = await people.leases.claim(export_type)
    return export and export.id


async def paused(pauses: Pauses, target: PauseTarget, *, quarantine: bool = False) -> bool:
    _, is_new = await pauses.add(target, "The store is being moved.", BY, quarantine=quarantine, dry_run=False)
    return is_new


@pytest.mark.parametrize(
    ("target", "other"),
    [
        (PauseTarget(export_type=QTI), {"export_type": ZIP}),
        (PauseTarget(user_id=OWNER), {"owner": OTHER}),
        (PauseTarget(context=COURSE), {"context": ELSEWHERE, "owner": OTHER}),
    ],
    ids=lambda value: value.name if isinstance(value, PauseTarget) else "",
)
async def test_what_is_paused_is_created_and_waits_while_others_go_on_until_it_is_resumed(
    people: School, pauses: Pauses, target: PauseTarget, other: dict[str, object]
) -> None:
    before = await an_export(people)
    assert await paused(pauses, target)
    after = await an_export(people)
    goes_on = await an_export(people, **other)  # type: ignore[arg-type]  # of the table
    assert await claimed(people, goes_on.export_type) == goes_on.id
    assert await claimed(people) is None
    assert [each.target for each in await Pauses(people.pool).all()] == [target]
    assert await pauses.end(target, BY, quarantine=False, dry_run=False) is not None
    assert [await claimed(people), await claimed(people)] == [before.id, after.id], "at their turns"


async def test_an_attempt_that_runs_goes_on_and_the_next_one_waits(people: School, pauses: Pauses) -> None:
    export = await an_export(people)
    assert await claimed(people) == export.id
    await paused(pauses, PauseTarget(context=COURSE))
    await people.leases.report(export.id, 1, 50.0)
    await people.leases.release(export.id, 1, 0.0)
    assert await claimed(people) is None
    await pauses.end(PauseTarget(context=COURSE), BY, quarantine=False, dry_run=False)
    assert await claimed(people) == export.id


async def test_exports_of_a_paused_context_take_no_place_of_their_owners_others(people: School, pauses: Pauses) -> None:
    """An owner has two places; more wait of the paused course, before and after the pause."""
    early = [await an_export(people) for _ in range(3)]
    await paused(pauses, PauseTarget(context=COURSE), quarantine=True)
    late = [await an_export(people) for _ in range(2)]
    elsewhere = await an_export(people, context=ELSEWHERE)
    assert await claimed(people) is None, "held back behind the others"
    uncounted = [each for _ in range(4) for each in await uncount_paused(people.pool)]
    assert sorted(uncounted) == [each.id for each in (*early, *late)]
    assert await claimed(people) == elsewhere.id
    assert await people.pool.fetchval("SELECT open FROM export_flows WHERE user_id = $1", OWNER) == 1
    await pauses.end(PauseTarget(context=COURSE), BY, quarantine=True, dry_run=False)
    assert await claimed(people) == early[0].id
    await people.exports.cancel(elsewhere.id, "enough")
    for export in (*early, *late):
        await people.exports.cancel(export.id, "enough")
    assert await people.pool.fetchval("SELECT open FROM export_flows WHERE user_id = $1", OWNER) == 0


async def test_show_says_why_an_export_waits_and_a_quarantine_counts_before_a_pause(
    people: School, pauses: Pauses
) -> None:
    export = await an_export(people)

    async def code() -> tuple[str, str] | None:
        shown = await people.exports.find(export.id)
        assert shown is not None
        return shown.pause and (shown.pause.code.value, shown.pause.message)

    assert await code() is None
    await paused(pauses, PauseTarget(user_id=OWNER))
    assert await code() == (
        "paused",
        "Exports of this type, owner or context are paused by an operator; this one waits. The store is being moved.",
    )
    await paused(pauses, PauseTarget(context=COURSE), quarantine=True)
    assert (await code() or ("",))[0] == "quarantined"
    await people.exports.cancel(export.id, "enough")
    assert await code() is None


async def test_a_pause_of_two_operators_at_one_moment_is_one_and_its_end_too(people: School, pauses: Pauses) -> None:
    target = PauseTarget(export_type=ZIP)
    assert sorted(await asyncio.gather(*(paused(pauses, target) for _ in range(5)))) == [False] * 4 + [True]
    ends = await asyncio.gather(*(pauses.end(target, BY, quarantine=False, dry_run=False) for _ in range(5)))
    assert sum(each is not None for each in ends) == 1
    rows = await people.pool.fetch(
        "SELECT action, subject, user_id FROM audit_log WHERE request_id = 'paused-by-hand' ORDER BY id DESC LIMIT 2"
    )
    assert [tuple(row) for row in rows] == [("resume", "type:zip", 7), ("pause", "type:zip", 7)]


async def test_a_dry_run_pauses_and_resumes_nothing(pauses: Pauses) -> None:
    target = PauseTarget(export_type=ZIP)
    pause, is_new = await pauses.add(target, "why", BY, quarantine=False, dry_run=True)
    assert (pause.id, is_new, await pauses.all()) == (None, True, [])
    assert await pauses.end(target, BY, quarantine=False, dry_run=True) is None
    await paused(pauses, target)
    assert await pauses.end(target, BY, quarantine=False, dry_run=True) is not None
    assert len(await pauses.all()) == 1


async def test_claims_and_creates_beside_a_pause_that_comes_and_goes_lose_nothing(
    people: School, pauses: Pauses
) -> None:
    exports = [await an_export(people, owner=OWNER + n) for n in range(20)]
    taken: list[int] = []

    async def claim() -> None:
        taken.extend([each for _ in range(15) if (each := await claimed(people)) is not None])

    async def flicker() -> None:
        for _ in range(6):
            await paused(pauses, PauseTarget(context=COURSE))
            await uncount_paused(people.pool)
            await pauses.end(PauseTarget(context=COURSE), BY, quarantine=False, dry_run=False)

    await asyncio.gather(claim(), claim(), flicker())
    while (export_id := await claimed(people)) is not None:
        taken.append(export_id)
    assert sorted(taken) == [each.id for each in exports]
