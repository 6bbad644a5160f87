"""The audit log in a real database: changes are in it with themselves, reads soon after, old rows not any more."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from shared.adapters.postgres.audit_log import AuditLog
from shared.adapters.postgres.packages.retention import Retention
from shared.adapters.postgres.pool import Pool
from shared.adapters.postgres.read_audit import open_read_audit
from shared.domain.audit import Action, Actor, AuditEntry, AuditFilter
from shared.domain.error_codes import ErrorCode
from shared.domain.export import ContentExport, ExportRequest, ExportType
from shared.domain.export_settings import ExportSettings
from tests.support.school import School


@pytest.fixture
def log(pool: Pool) -> AuditLog:
    return AuditLog(pool)


async def requested(people: School, real_user_id: int | None = None, retry_of: int | None = None) -> ContentExport:
    course, teacher = await people.course(), await people.person()
    actor = Actor(teacher.id, real_user_id, "token:5", "192.0.2.7", "r1")
    settings = ExportSettings(retry_of=retry_of)
    request = ExportRequest(course, teacher.id, ExportType.QTI, settings, "r1", actor=actor)
    return await people.exports.create(request)


async def rows(log: AuditLog, export: ContentExport) -> list[AuditEntry]:
    return [entry for _, entry in await log.page(AuditFilter(export_id=export.id), 100)][::-1]


async def test_creates_of_one_statement_are_each_audited_with_who_and_from_where(people: School, log: AuditLog) -> None:
    exports = await asyncio.gather(*(requested(people, real_user_id=n) for n in range(1, 6)))
    for n, export in enumerate(exports, start=1):
        (row,) = await rows(log, export)
        assert (row.action, row.actor) == ("create", Actor(export.user_id, n, "token:5", "192.0.2.7", "r1"))
        stored = await people.pool.fetchval("SELECT real_user_id FROM content_exports WHERE id = $1", export.id)
        assert stored == n


async def test_a_retry_names_what_it_retries(people: School, log: AuditLog) -> None:
    failed = await requested(people)
    (row,) = await rows(log, await requested(people, retry_of=failed.id))
    assert (row.action, row.subject) == ("retry", f"retry_of:{failed.id}")


@pytest.mark.parametrize(("code", "action"), [(ErrorCode.CANCELLED, "cancel"), (ErrorCode.FAILED_BY_ADMIN, "fail")])
async def test_an_end_by_hand_is_audited_once_however_often_it_is_asked_for(
    people: School, log: AuditLog, code: ErrorCode, action: str
) -> None:
    export, admin = await requested(people), Actor(9, None, "token:1", None, "r2")
    assert [await people.exports.cancel(export.id, "enough", code, admin) for _ in range(2)] == [True, False]
    assert [(row.action, row.actor.user_id) for row in await rows(log, export)] == [
        ("create", export.user_id),
        (action, 9),
    ]


async def test_a_deletion_is_audited_once(people: School, log: AuditLog) -> None:
    export, retention = await requested(people), Retention(people.pool)
    for _ in range(2):
        await retention.delete(export.id, Actor(9, None, "token:1", None, "r2"))
    assert [row.action for row in await rows(log, export)] == ["create", "delete"]


async def test_reads_are_all_written_by_the_time_the_process_has_stopped(
    people: School, pool: Pool, log: AuditLog
) -> None:
    export = await requested(people)
    async with open_read_audit(pool) as audit:
        for n in range(4500):
            audit.note(Action.DOWNLOAD, export.id, Actor(1, 2, "link", "2001:db8::1", f"r{n}"), "a/päge.html")
    assert await pool.fetchval("SELECT count(*) FROM audit_log WHERE content_export_id = $1", export.id) == 4501
    *_, last = await rows(log, export)
    assert (last.action, last.actor, last.subject) == (
        "download",
        Actor(1, 2, "link", "2001:db8::1", "r4499"),
        "a/päge.html",
    )


async def test_rows_are_found_by_user_acting_or_acted_as_by_time_and_by_page(people: School, log: AuditLog) -> None:
    first = await requested(people, real_user_id=10**9)
    start = datetime.now(UTC)
    second = await requested(people, real_user_id=10**9)
    both = [row.export_id for _, row in await log.page(AuditFilter(user_id=10**9), 10)]
    assert both == [second.id, first.id]
    assert [row.export_id for _, row in await log.page(AuditFilter(user_id=second.user_id), 10)] == [second.id]
    assert [row.export_id for _, row in await log.page(AuditFilter(user_id=10**9, since=start), 10)] == [second.id]
    ((last_id, _),) = await log.page(AuditFilter(user_id=10**9), 1)
    assert [row.export_id for _, row in await log.page(AuditFilter(user_id=10**9, before_id=last_id), 9)] == [first.id]


async def test_old_rows_go_the_oldest_first_and_young_ones_stay(people: School, pool: Pool, log: AuditLog) -> None:
    export = await requested(people)
    for days in (400, 500, 600):
        at = datetime.now(UTC) - timedelta(days=days)
        await pool.execute(
            "INSERT INTO audit_log (at, action, content_export_id, subject) VALUES ($1, 'show', $2, $3)",
            at,
            export.id,
            str(days),
        )
    year_s = 365 * 86_400
    assert await log.prune(year_s, 2) == 2
    assert [row.subject for row in await rows(log, export)] == [None, "400"]
    assert [await log.prune(year_s, 2), await log.prune(year_s, 2)] == [1, 0]
