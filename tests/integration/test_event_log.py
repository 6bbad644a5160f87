"""What the database logs of an export: each event with all its facts, numbered, and notified whatever its length."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from msgspec import structs

from shared.adapters.postgres.listener import Link, listen
from shared.adapters.postgres.migrate import migrate
from shared.adapters.postgres.packages.retention import Removable, Retention
from shared.adapters.postgres.pool import Pool, open_connection, open_pool
from shared.adapters.postgres.schema import migrations
from shared.contracts.events import ExportEvent
from shared.contracts.export_events import (
    CancelledData,
    DeletedData,
    EventType,
    ExpiredData,
    ExportedData,
    ExportEventData,
    FailedData,
    ProgressData,
    RequestedData,
    type_of,
)
from shared.domain.audit import SYSTEM
from shared.domain.error_codes import ErrorCode
from shared.domain.export import ContentExport, ExportRequest, ExportType, PackedSoFar
from shared.domain.export_settings import CommandOrigin, ExportSettings
from shared.domain.report import Report
from tests.support.school import A_PACKAGE, School
from tests.support.servers import SessionServers

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
ORIGIN = CommandOrigin(service="sis", source="/sis", id="8f6c", digest="d")
E = EventType


async def requested(people: School, **settings: Any) -> ContentExport:
    course, by = await people.course(), await people.person()
    new = ExportRequest(course, by.id, ExportType.COMMON_CARTRIDGE, ExportSettings(**settings), "r-1", TRACE)
    return await people.exports.create(new)


async def history(people: School, export: ContentExport) -> list[ExportEventData]:
    return [event.data for event in await people.log.after(export.progress_id, 0)]


async def types(people: School, export: ContentExport) -> list[tuple[EventType, str | None]]:
    return [(type_of(data), data.sequence) for data in await history(people, export)]


async def test_a_request_is_logged_with_all_that_its_reader_needs(people: School) -> None:
    export = await requested(people, skip_notifications=True, retry_of=3, command=ORIGIN, select={"pages": [None, 1]})
    (data,) = await history(people, export)
    path = f"courses/{export.context.id}"
    assert msgspec.to_builtins(data) == {
        "type": "content_export.requested.v1",
        "sequence": "1",
        "id": export.id,
        "content_export_id": export.id,
        "progress_id": export.progress_id,
        "context": path,
        "context_type": "Course",
        "context_id": export.context.id,
        "course_id": export.context.id,
        "user_id": export.user_id,
        "request_id": "r-1",
        "export_type": "common_cartridge",
        "workflow_state": "created",
        "attempt": 0,
        "completion": 0.0,
        "skip_notifications": True,
        "retry_of": 3,
        "command": {"source": "/sis", "id": "8f6c"},
        "url": f"/api/v1/{path}/content_exports/{export.id}",
        "progress_url": f"/api/v1/progress/{export.progress_id}",
        "created_at": export.created_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "at": data.at,
    }
    assert isinstance(data, RequestedData)
    trace = await people.pool.fetchval("SELECT traceparent FROM export_events WHERE content_export_id = $1", export.id)
    assert trace == TRACE


async def test_states_are_numbered_from_one_without_a_gap_and_progress_is_not(people: School) -> None:
    export = await requested(people)
    await people.whole(export, 10, 20)
    await Retention(people.pool).give_up([Removable("expired", "k", export.id)])
    await Retention(people.pool).delete(export.id, SYSTEM)
    assert await types(people, export) == [
        (E.REQUESTED, "1"),
        (E.EXPORTING, "2"),
        (E.PROGRESS, None),
        (E.PROGRESS, None),
        (E.EXPORTED, "3"),
        (E.EXPIRED, "4"),
        (E.DELETED, "5"),
    ]


async def test_progress_has_what_the_worker_counts(people: School) -> None:
    export = await requested(people)
    so_far = PackedSoFar(items_done=1, items_total=2, bytes_done=30, bytes_total=40)
    await people.leases.report(export.id, await people.start(export), 50, so_far)
    risen = (await history(people, export))[-1]
    assert isinstance(risen, ProgressData)
    assert (risen.completion, risen.items_done, risen.items_total) == (50, 1, 2)
    assert (risen.bytes_done, risen.bytes_total) == (30, 40)


async def test_an_exported_event_has_the_facts_of_each_package_and_of_the_report(people: School) -> None:
    export = await requested(people)
    attempt = await people.start(export)
    report = Report()
    report.skip("pages", 1, "Tides", "file_missing", "gone")  # type: ignore[arg-type]  # any code
    parts = [replace(A_PACKAGE, key=f"k{n}", filename=f"part-{n}.zip", size=n) for n in (1, 2)]
    await people.leases.finish(export.id, attempt, parts, report.receipt())
    exported = (await history(people, export))[-1]
    assert isinstance(exported, ExportedData)
    assert [(each.filename, each.size, each.sha256) for each in exported.attachments] == [
        ("part-1.zip", 1, A_PACKAGE.sha256),
        ("part-2.zip", 2, A_PACKAGE.sha256),
    ]
    assert {each.url for each in exported.attachments} == {exported.url}
    assert (exported.complete, exported.warnings_count) == (False, 1)
    assert exported.report_url == f"{exported.url}/report"


async def test_a_package_with_an_end_has_its_time_in_the_event(people: School) -> None:
    export = await requested(people)
    await people.start(export)
    people.leases._keep_s = 60.0
    await people.finish(export)
    exported, found = (await history(people, export))[-1], await people.exports.find(export.id)
    assert isinstance(exported, ExportedData)
    assert found is not None
    assert found.attachment is not None
    assert found.attachment.expires_at is not None
    ends = found.attachment.expires_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert (exported.expires_at, exported.attachments[0].expires_at) == (ends, ends)


async def test_what_failed_and_what_was_cancelled_are_told_apart_and_say_why(people: School) -> None:
    failed, cancelled, ended = [await requested(people) for _ in range(3)]
    await people.leases.fail(failed.id, await people.start(failed), ErrorCode.NOTHING_SELECTED, "Nothing.")
    await people.exports.cancel(cancelled.id, "Not needed.")
    await people.exports.cancel(ended.id, "By hand.", ErrorCode.FAILED_BY_ADMIN)
    data = (await history(people, failed))[-1]
    assert isinstance(data, FailedData)
    assert (data.error.code, data.error.message, data.error.attempt) == ("nothing_selected", "Nothing.", 1)
    assert (data.error_code, data.message) == ("nothing_selected", "Nothing.")
    data = (await history(people, cancelled))[-1]
    assert isinstance(data, CancelledData)
    assert (data.workflow_state, data.error.code, data.error.attempt) == ("failed", "cancelled", 0)
    assert (await types(people, ended))[-1] == (E.FAILED, "2")


async def test_a_package_that_expired_can_be_asked_for_again_as_the_gone_answer_says(people: School) -> None:
    export = await requested(
        people, select={"pages": [None, 1]}, skip_notifications=True, command=structs.replace(ORIGIN, id="8f6d")
    )
    await people.whole(export)
    retention = Retention(people.pool)
    await retention.give_up([Removable("expired", "k", export.id)])
    await retention.give_up([Removable("expired", "k", export.id)])  # once more does nothing
    data = (await history(people, export))[-1]
    assert isinstance(data, ExpiredData)
    assert (data.sequence, data.workflow_state, data.skip_notifications) == ("4", "exported", True)
    assert data.export_again.url == f"/api/v1/courses/{export.context.id}/content_exports"
    body = {"export_type": "common_cartridge", "select": {"pages": [None, 1]}, "skip_notifications": True}
    assert data.export_again.body == body


async def test_the_packages_of_a_deleted_export_end_with_it_in_one_event(people: School) -> None:
    export, running = await requested(people), await requested(people)
    await people.whole(export)
    for each in (export, running):
        await Retention(people.pool).delete(each.id, SYSTEM)
    assert [kind for kind, _ in (await types(people, export))[3:]] == [E.DELETED]
    assert await types(people, running) == [(E.REQUESTED, "1"), (E.CANCELLED, "2"), (E.DELETED, "3")]
    data = (await history(people, export))[-1]
    assert isinstance(data, DeletedData)
    assert data.export_again.method == "POST"


@pytest.mark.parametrize("case", ["many parts", "a long message", "a large selection"])
async def test_an_event_of_any_length_commits_and_is_heard_whole(people: School, migrated_url: str, case: str) -> None:
    select = {"pages": list(range(3000))} if case == "a large selection" else {}
    export = await requested(people, select=select)
    attempt = await people.start(export)
    async with aclosing(listen(migrated_url, base_url="https://exports.example")) as heard, asyncio.timeout(10):
        assert await anext(heard) is Link.UP
        if case == "a long message":
            await people.exports.cancel(export.id, "\u0001€" * 500)
        else:
            parts = [replace(A_PACKAGE, key=f"k{n}", filename=f"{n:0200}.zip") for n in range(40)]
            await people.leases.finish(export.id, attempt, parts, Report().receipt())
        if case == "a large selection":
            await Retention(people.pool).delete(export.id, SYSTEM)
            await anext(heard)
        event = await anext(heard)
    assert isinstance(event, ExportEvent)
    logged = await people.log.newest(export.progress_id)
    assert logged is not None
    assert len(msgspec.json.encode(logged)) > 8000
    assert event.id == logged.id
    assert event.data.url == f"https://exports.example{logged.data.url}"


async def _as_before(url: str) -> tuple[int, int, int]:
    """An export that was built, one that failed, and one that waits, by the release before."""
    async with open_pool(url, size=2) as pool:
        add = (
            "INSERT INTO content_exports (context_type, context_id, user_id, export_type, request_id) "
            "VALUES ('Course', 7, 1, 'qti', 'r') RETURNING id"
        )
        set_state = "UPDATE content_exports SET workflow_state = $2, error_code = $3 WHERE id = $1"
        built, failed, waiting = [await pool.fetchval(add) for _ in range(3)]
        for export_id, end, code in ((built, "exported", None), (failed, "failed", "cancelled")):
            await pool.execute(set_state, export_id, "exporting", None)
            await pool.execute(
                "SELECT log_export_event(e, 'content_export.progress', 5) FROM content_exports e WHERE id = $1",
                export_id,
            )
            await pool.execute(set_state, export_id, end, code)
        return built, failed, waiting


def test_events_of_an_earlier_release_get_the_same_form_and_their_export_goes_on_from_there(
    servers: SessionServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = migrations()
    new = ("events_say_what_happened", "earlier_events", "estimates")  # the last changes what the first creates
    before = [each for each in every if not any(word in each[0] for word in new)]

    async def upgrade(url: str) -> dict[str, list[tuple[EventType, str | None]]]:
        monkeypatch.setattr("shared.adapters.postgres.migrate.migrations", lambda: before)
        await migrate(url)
        built, failed, waiting = await _as_before(url)
        monkeypatch.setattr("shared.adapters.postgres.migrate.migrations", lambda: every)
        await migrate(url)
        async with open_pool(url, size=2) as pool:
            people = School(pool)
            await people.start(await _found(people, waiting))
            ids = {"built": built, "failed": failed, "waiting": waiting}
            return {name: await types(people, await _found(people, each)) for name, each in ids.items()}

    begun = [(E.REQUESTED, "1"), (E.EXPORTING, "2")]
    with servers.database() as url:
        assert asyncio.run(upgrade(url)) == {
            "built": [*begun, (E.PROGRESS, None), (E.EXPORTED, "3")],
            "failed": [*begun, (E.PROGRESS, None), (E.CANCELLED, "3")],
            "waiting": begun,
        }


async def _found(people: School, export_id: int) -> ContentExport:
    export = await people.exports.find(export_id)
    assert export is not None
    return export


async def _settled(pool: Pool) -> int:
    settled: int = await pool.fetchval("SELECT settled_event_id()")
    return settled


async def test_the_log_is_settled_below_the_first_event_that_may_still_commit(
    people: School, migrated_url: str
) -> None:
    early, late = await requested(people), await requested(people)
    start = "UPDATE content_exports SET workflow_state = 'exporting' WHERE id = $1"
    async with open_connection(migrated_url) as slow:
        transaction = slow.transaction()
        await transaction.start()
        await slow.execute(start, early.id)
        await people.pool.execute(start, late.id)
        (_, second) = await people.logged(late.progress_id)
        assert await _settled(people.pool) < second - 1, "the event before it has not committed"
        await transaction.commit()
    (_, first) = await people.logged(early.progress_id)
    assert first < second <= await _settled(people.pool)


async def test_an_event_that_rolls_back_is_waited_for_no_longer(people: School, migrated_url: str) -> None:
    export = await requested(people)
    async with open_connection(migrated_url) as slow:
        transaction = slow.transaction()
        await transaction.start()
        await slow.execute("UPDATE content_exports SET workflow_state = 'exporting' WHERE id = $1", export.id)
        held = await _settled(people.pool)
        await transaction.rollback()
    assert await _settled(people.pool) > held
