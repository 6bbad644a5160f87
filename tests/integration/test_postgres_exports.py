"""Exports in a real database: creation, leases, fencing, the outbox, the event log."""

from __future__ import annotations

import asyncio
from itertools import permutations

import asyncpg
import msgspec
import pytest

from shared.adapters.postgres.leases import Leases
from shared.adapters.postgres.pool import Pool
from shared.adapters.postgres.unfinished import Stuck, Waiting, backlog, sweep
from shared.domain.errors import Fenced
from shared.domain.export import NEXT, ContentExport, ExportRequest, ExportType, WorkflowState
from shared.domain.export_settings import ExportSettings
from shared.domain.report import Report
from tests.support.school import A_PACKAGE, School

RECEIPT = Report().receipt()


@pytest.fixture
async def export(people: School) -> ContentExport:
    course = await people.course(name="Tides")
    return await people.export(course, await people.member(course, "teacher"))


async def state(people: School, export: ContentExport) -> ContentExport:
    found = await people.exports.find(export.id)
    assert found is not None
    return found


async def events(people: School, export: ContentExport) -> list[tuple[str, str, float]]:
    rows = await people.pool.fetch("SELECT * FROM export_events WHERE content_export_id = $1 ORDER BY id", export.id)
    return [(row["name"], row["data"]["workflow_state"], row["data"]["completion"]) for row in rows]


async def test_a_request_commits_export_progress_message_and_event_together(
    people: School, export: ContentExport
) -> None:
    progress = await people.exports.progress(export.progress_id)
    message = await people.pool.fetchrow("SELECT * FROM outbox WHERE (body ->> 'export_id')::bigint = $1", export.id)
    assert progress is not None
    assert (progress.workflow_state, progress.completion) == ("queued", 0)
    assert message is not None
    assert message["routing_key"] == "common_cartridge"
    assert message["body"]["type"] == "export.requested.v1"
    assert await events(people, export) == [("content_export.state", "created", 0)]
    logged = await people.pool.fetchval("SELECT data FROM export_events WHERE content_export_id = $1", export.id)
    assert logged["request_id"] == export.request_id == message["body"]["request_id"] == "a-request"


async def test_a_batch_of_requests_gives_each_its_own_export_in_its_order(people: School) -> None:
    teacher = await people.person()
    courses = [await people.course() for _ in range(5)]
    wanted = [
        ExportRequest(course, teacher.id, ExportType.ZIP, ExportSettings(max_part_size=n), f"r{n}")
        for n, course in enumerate(courses[::-1])
    ]
    made = await asyncio.gather(*map(people.exports.create, wanted))
    assert [export.settings.max_part_size for export in made] == [0, 1, 2, 3, 4]
    assert [export.context for export in made] == courses[::-1]


async def test_only_one_worker_gets_an_export(people: School, export: ContentExport) -> None:
    first, second = (
        await people.claim(export),
        await people.claim(export),
    )
    assert first is not None
    assert first.attempt == 1
    assert second is None


async def test_a_lapsed_lease_is_another_attempts_and_the_first_is_fenced(
    people: School, export: ContentExport
) -> None:
    slow, quick = Leases(people.pool, "slow", 0.0), people.leases
    lost = await people.claim(export, slow)
    taken = await people.claim(export, quick)
    assert lost is not None
    assert taken is not None
    assert taken.attempt == 2
    with pytest.raises(Fenced):
        await slow.report(export.id, lost.attempt, 50)
    with pytest.raises(Fenced):
        await slow.finish(export.id, lost.attempt, [A_PACKAGE], RECEIPT)
    with pytest.raises(Fenced):
        await slow.fail(export.id, lost.attempt, "x", "y")
    await quick.finish(export.id, taken.attempt, [A_PACKAGE], RECEIPT)
    assert (await state(people, export)).workflow_state is WorkflowState.EXPORTED


async def test_completion_never_falls_and_only_a_rise_is_logged(people: School, export: ContentExport) -> None:
    attempt = await people.start(export)
    for completion in (10.0, 40.0, 20.0, 40.0, 70.0):
        await people.leases.report(export.id, attempt, completion)
    reported = [completion for name, _, completion in await events(people, export) if name == "content_export.progress"]
    assert reported == [10, 40, 70]


async def test_the_package_becomes_the_attachment_when_the_export_becomes_exported(
    people: School, export: ContentExport
) -> None:
    attempt = await people.start(export)
    assert (await state(people, export)).attachment is None
    await people.leases.finish(export.id, attempt, [A_PACKAGE], RECEIPT)
    finished, progress = await state(people, export), await people.exports.progress(export.progress_id)
    assert finished.attachment is not None
    assert (finished.attachment.key, finished.attachment.size) == (A_PACKAGE.key, A_PACKAGE.size)
    assert progress is not None
    assert (progress.workflow_state, progress.completion) == ("completed", 100)
    assert await people.exports.receipt(export.id) is not None


async def test_a_cancelled_export_is_failed_and_its_worker_fenced(people: School, export: ContentExport) -> None:
    attempt = await people.start(export)
    assert await people.exports.cancel(export.id, "not needed any more")
    progress = await people.exports.progress(export.progress_id)
    assert progress is not None
    assert (progress.workflow_state, progress.completion, progress.message) == ("failed", 100, "not needed any more")
    with pytest.raises(Fenced):
        await people.leases.report(export.id, attempt, 50)
    assert not await people.exports.cancel(export.id, "again")


async def test_an_export_whose_worker_is_lost_goes_back_on_the_queue(people: School, export: ContentExport) -> None:
    await people.pool.execute("DELETE FROM outbox")
    others = "UPDATE content_exports SET workflow_state = 'failed' WHERE id <> $1 AND workflow_state IN ('created', 'exporting')"
    await people.pool.execute(others, export.id)  # a sweep takes a hundred at a time, the oldest first
    await people.claim(export, Leases(people.pool, "lost", 0.0))
    requeued, given_up = await sweep(people.pool, max_attempts=5, requeue_after_s=60)
    again, _ = await sweep(people.pool, max_attempts=5, requeue_after_s=60)
    assert Stuck(export.id, "a-request") in requeued
    assert not given_up
    assert export.id not in [each.export_id for each in again]
    body = await people.pool.fetchval("SELECT body FROM outbox WHERE (body ->> 'export_id')::bigint = $1", export.id)
    assert body["export_type"] == "common_cartridge"


async def test_an_export_that_loses_every_worker_fails_in_the_end(people: School, export: ContentExport) -> None:
    losing = Leases(people.pool, "lost", 0.0)
    for _ in range(3):
        assert await people.claim(export, losing) is not None
    _, given_up = await sweep(people.pool, max_attempts=3, requeue_after_s=60)
    assert Stuck(export.id, "a-request") in given_up
    failed = await state(people, export)
    assert (failed.workflow_state, failed.error_code) == (WorkflowState.FAILED, "attempts_exhausted")


async def test_attempts_that_ended_because_their_worker_was_stopped_do_not_count(
    people: School, export: ContentExport
) -> None:
    losing = Leases(people.pool, "stopping", 0.0)
    for attempt in (1, 2, 3):
        claimed = await people.claim(export, losing)
        assert claimed is not None
        assert (claimed.attempt, claimed.tries) == (attempt, 1)
        await losing.release(export.id, attempt, 0.0, stopped=True)
    assert await people.claim(export, losing) is not None
    _, given_up = await sweep(people.pool, max_attempts=2, requeue_after_s=60)
    assert Stuck(export.id, "a-request") not in given_up
    assert await people.claim(export, losing) is not None
    _, given_up = await sweep(people.pool, max_attempts=2, requeue_after_s=60)
    assert Stuck(export.id, "a-request") in given_up
    failed = await state(people, export)
    assert failed.error_message is not None
    assert "after 2 attempts" in failed.error_message


async def test_what_waits_and_what_is_built_is_counted_by_type_with_the_age_of_the_oldest(
    people: School, export: ContentExport
) -> None:
    def of(state: WorkflowState, found: list[Waiting]) -> tuple[int, float]:
        kind = (ExportType.COMMON_CARTRIDGE, state)
        return next(((w.count, w.oldest_s) for w in found if (w.export_type, w.workflow_state) == kind), (0, 0))

    await people.pool.execute(
        "UPDATE content_exports SET created_at = now() - interval '9 days' WHERE id = $1", export.id
    )
    waiting, age = of(WorkflowState.CREATED, await backlog(people.pool))
    assert waiting >= 1
    assert 777_000 < age < 778_000
    built, _ = of(WorkflowState.EXPORTING, await backlog(people.pool))
    await people.start(export)
    after = await backlog(people.pool)
    assert of(WorkflowState.CREATED, after)[0] == waiting - 1
    assert of(WorkflowState.EXPORTING, after)[0] == built + 1
    await people.exports.cancel(export.id, "enough")
    assert of(WorkflowState.EXPORTING, await backlog(people.pool))[0] == built


async def test_an_export_that_was_handed_back_waits_for_its_time(people: School, export: ContentExport) -> None:
    attempt = await people.start(export)
    await people.leases.release(export.id, attempt, 60.0)
    assert await people.claim(export) is None
    await people.leases.release(export.id, attempt, 0.0)
    claimed = await people.claim(export)
    assert claimed is not None
    assert claimed.attempt == 2


@pytest.mark.parametrize(("now", "to"), list(permutations(WorkflowState, 2)))
async def test_the_database_allows_the_transitions_of_the_table_and_no_other(
    pool: Pool, now: WorkflowState, to: WorkflowState
) -> None:
    row = "INSERT INTO content_exports (context_type, context_id, export_type, workflow_state) VALUES ('Course', 1, 'zip', $1) RETURNING id"
    export_id = await pool.fetchval(row, now.value)
    change = pool.execute("UPDATE content_exports SET workflow_state = $2 WHERE id = $1", export_id, to.value)
    if to in NEXT[now]:
        await change
    else:
        with pytest.raises(asyncpg.RaiseError, match="cannot become"):
            await change


async def test_exports_made_together_are_each_logged_in_order_and_reported(people: School, pool: Pool) -> None:
    one, other = await people.course(), await people.course()
    heard: asyncio.Queue[int] = asyncio.Queue()
    async with pool.acquire() as db:
        await db.add_listener(
            "export_events", lambda *news: heard.put_nowait(msgspec.json.decode(news[3])["data"]["progress_id"])
        )
        new = [
            ExportRequest(where, 1, ExportType.QTI, ExportSettings(), f"r{n}")
            for n, where in enumerate([one, other] * 3)
        ]
        made = await asyncio.gather(*map(people.exports.create, new))
        async with asyncio.timeout(5):
            reported = {await heard.get() for _ in made}
        await db.reset()
    for where in (one, other):
        own = [export for export in made if export.context == where]
        events = await people.log.after(where, 0)
        assert [event.data.content_export_id for event in events] == [export.id for export in own]
        assert [event.data.request_id for event in events] == [export.request_id for export in own]
        assert {(event.data.workflow_state, event.data.completion) for event in events} == {("created", 0.0)}
    assert reported == {export.progress_id for export in made}
