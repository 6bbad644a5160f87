"""Queues and the last hours in a real database, as operators see them."""

from __future__ import annotations

from collections import Counter

from shared.adapters.postgres.content_exports import insert
from shared.adapters.postgres.leases import Leases
from shared.adapters.postgres.operator.overview import Overviews
from shared.domain.error_codes import ErrorCode
from shared.domain.export import Context, ContextType, ExportRequest, ExportType
from shared.domain.export_settings import ExportSettings
from shared.domain.fairness.fair_turns import QueueLimits
from tests.support.school import School

QTI = ExportType.QTI


async def test_each_lane_has_what_waits_is_held_and_is_built_and_each_type_its_workers(people: School) -> None:
    await people.end_unfinished()
    await people.pool.execute("TRUNCATE export_flows, worker_processes, export_pauses")
    course = Context(ContextType.COURSE, 10**9 + 9)
    requests = [ExportRequest(course, 10**9 + 9, QTI, ExportSettings(), "r", cost_s=cost) for cost in (1, 1, 60, 1)]
    async with people.pool.acquire() as db:
        created = await insert(db, requests, QueueLimits(per_owner=3))
    leases = Leases(people.pool, "overview", 60.0)
    await leases.announce(QTI, 3)
    assert await leases.claim(QTI) is not None
    types, lanes = await Overviews(people.pool).queues()
    assert [(each.large, each.waiting, each.held, each.building) for each in lanes if each.export_type is QTI] == [
        (False, 1, 1, 1),
        (True, 1, 0, 0),
    ]
    [queue] = [each for each in types if each.export_type is QTI]
    assert (queue.workers, queue.slots, queue.oldest_waiting) == (1, 3, created[1].created_at)
    await leases.withdraw()
    await people.end_unfinished()


async def test_an_hour_counts_what_ended_in_it_for_its_type_and_for_all(people: School) -> None:
    await people.end_unfinished()
    before = await failed_by_type(people)
    course = await people.course()
    export = await people.export(course, await people.member(course, "teacher"), QTI)
    await people.claim(export, Leases(people.pool, "overview", 60.0))
    await people.leases.fail(export.id, 1, ErrorCode.NOTHING_SELECTED, "Nothing.")
    after = await failed_by_type(people)
    assert {kind: after[kind] - before[kind] for kind in (None, QTI)} == {None: 1, QTI: 1}


async def failed_by_type(people: School) -> Counter[ExportType | None]:
    """Of the last two hours; each has a time of waiting."""
    failed: Counter[ExportType | None] = Counter()
    for hour in await Overviews(people.pool).hours(2):
        assert hour.exported + hour.failed > 0
        failed[hour.export_type] += hour.failed
    return failed
