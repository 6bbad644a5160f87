"""A process that is frozen while it holds the lock of a context holds up that context alone, and not for long."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import asyncpg
import pytest

from deploy.stack.checkout import ROOT
from shared.adapters.postgres import coalesce
from shared.adapters.postgres.content_exports import ContentExports
from shared.adapters.postgres.leases import Leases
from shared.adapters.postgres.packages.package_entries import PackageEntries
from shared.adapters.postgres.pool import SHORT, Pool, open_pool
from shared.domain.errors import DatabaseUnavailable, Fenced
from shared.domain.export import Context, ExportRequest, ExportType, WorkflowState
from shared.domain.export_settings import ExportSettings
from shared.domain.packages.package_entry import PackageEntry
from shared.domain.report import Report
from tests.support.school import A_PACKAGE, School

_BLOCKED = "SELECT query FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid))"
LOCK = "SELECT lock_event_log($1, $2)"
RECEIPT = Report().receipt()


FINISHING = """
import asyncio, sys
from tests.integration.test_held_locks import RECEIPT, a_member
from shared.adapters.postgres.leases import Leases
from shared.adapters.postgres.pool import SHORT, open_pool
from tests.support.school import A_PACKAGE

async def main(url, export_id, attempt, members):
    async with open_pool(url, size=1, limits=SHORT) as pool:
        entries = [a_member(number) for number in range(members)]
        await Leases(pool, "w", 60.0).finish(export_id, attempt, [A_PACKAGE], RECEIPT, entries)

asyncio.run(main(sys.argv[1], *map(int, sys.argv[2:])))
"""


@asynccontextmanager
async def frozen(database_url: str, context: Context) -> AsyncIterator[asyncpg.Connection]:
    """A session that has locked the event log of a context, and does nothing more."""
    holder = await asyncpg.connect(database_url)
    try:
        await holder.execute("BEGIN")
        await holder.execute(LOCK, context.type.value, context.id)
        yield holder
    finally:
        await holder.close()


def a_member(number: int) -> PackageEntry:
    return PackageEntry(path=f"{number}.txt", size=1, compressed_size=1, crc32=0, offset=number)


async def blocked_by(pool: Pool, holder: asyncpg.Connection) -> str:
    """The statement that waits for the holder's lock."""
    for _ in range(400):
        query = await pool.fetchval(_BLOCKED, holder.get_server_pid())
        if query is not None:
            return str(query)
        await asyncio.sleep(0.01)
    raise AssertionError("no statement was blocked by the lock")


async def wanted(people: School) -> ExportRequest:
    course = await people.course()
    teacher = await people.member(course, "teacher")
    return ExportRequest(course, teacher.id, ExportType.QTI, ExportSettings(), "a-request")


async def test_creates_of_other_contexts_are_answered_while_one_context_is_locked(
    pool: Pool, people: School, migrated_url: str
) -> None:
    exports = ContentExports(pool)
    held, *others = [await wanted(people) for _ in range(6)]
    async with frozen(migrated_url, held.context):
        waiting = [exports.create(held) for _ in range(3)]
        async with asyncio.timeout(2.0):
            assert len(await asyncio.gather(*map(exports.create, others))) == 5
            waiting.append(exports.create(held))
            assert len(await asyncio.gather(*map(exports.create, others))) == 5, "nor later ones"
        assert not any(asyncio.ensure_future(each).done() for each in waiting)
    created = await asyncio.gather(*waiting)
    assert {export.context for export in created} == {held.context}
    assert len({export.id for export in created}) == 4


async def test_a_create_whose_context_stays_locked_gets_an_error_that_may_pass(
    pool: Pool, people: School, migrated_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coalesce, "_LANE_S", 0.1)
    held = await wanted(people)
    async with frozen(migrated_url, held.context):
        with pytest.raises(DatabaseUnavailable):
            await ContentExports(pool).create(held)


async def test_the_server_ends_a_transaction_that_is_silent_for_too_long_with_its_locks(
    people: School, migrated_url: str
) -> None:
    held = await wanted(people)
    async with open_pool(migrated_url, size=1, limits=replace(SHORT, idle_s=0.2)) as freezing:
        frozen_one = await freezing.acquire()
        await frozen_one.execute("BEGIN")
        await frozen_one.execute(LOCK, held.context.type.value, held.context.id)
        created = await ContentExports(people.pool).create(held)
        assert created.workflow_state is WorkflowState.CREATED
        await freezing.release(frozen_one)


async def test_a_statement_that_waits_for_a_lock_gives_up_in_time(people: School, migrated_url: str) -> None:
    export = await people.exports.create(await wanted(people))
    async with (
        frozen(migrated_url, export.context),
        open_pool(migrated_url, size=1, limits=replace(SHORT, lock_s=0.1)) as pool,
    ):
        with pytest.raises(DatabaseUnavailable):
            await people.claim(export, Leases(pool, "w", 60.0))


@pytest.mark.parametrize("members", [3, 1500])
async def test_a_worker_that_freezes_in_the_middle_of_a_finish_holds_up_nobody(
    people: School, migrated_url: str, members: int
) -> None:
    request = await wanted(people)
    export = await people.exports.create(request)
    attempt = await people.start(export)
    arguments = [sys.executable, "-c", FINISHING, migrated_url, str(export.id), str(attempt), str(members)]
    async with frozen(migrated_url, export.context) as holder:
        worker = await asyncio.create_subprocess_exec(*arguments, cwd=ROOT)
        try:
            query = await blocked_by(people.pool, holder)
            assert "SET workflow_state = 'exported'" in query
            worker.send_signal(signal.SIGSTOP)
            await holder.execute("COMMIT")
            async with asyncio.timeout(2.0):
                await people.exports.create(request)
            finished = await people.exports.find(export.id)
            assert finished is not None
            assert finished.workflow_state is WorkflowState.EXPORTED, "the server ends what it has begun"
        finally:
            worker.kill()
            await worker.wait()
    assert len(await PackageEntries(people.pool).page(export.id, limit=2000, offset=0)) == members


@pytest.mark.parametrize("members", [3, 1500])
async def test_a_late_finish_of_an_attempt_that_was_taken_over_is_fenced_and_leaves_the_members_of_the_other(
    people: School, members: int
) -> None:
    export = await people.exports.create(await wanted(people))
    entries = [a_member(number) for number in range(members)]
    late = await people.claim(export, Leases(people.pool, "late", 0.0))
    assert late is not None
    attempt = await people.start(export)
    await people.leases.finish(export.id, attempt, [A_PACKAGE], RECEIPT, entries)
    with pytest.raises(Fenced):
        await people.leases.finish(export.id, late.attempt, [A_PACKAGE], RECEIPT, [a_member(0)])
    listed = await PackageEntries(people.pool).page(export.id, limit=2000, offset=0)
    assert [entry.path for entry in listed] == [entry.path for entry in entries]
