"""Loads of uploaded packages in a real database: leases, fences, what the janitor does, and content that is there or not."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from services.loader.__main__ import LoadWorker, load_with
from services.loader.job import run_load
from shared.adapters.folder_store import FolderStore
from shared.adapters.postgres.audit_log import AuditLog
from shared.adapters.postgres.packages.package_loads import PackageLoads, complete
from shared.adapters.postgres.pool import Pool
from shared.domain.audit import Actor, AuditFilter
from shared.domain.error_codes import ErrorCode
from shared.domain.errors import Fenced
from shared.domain.export import Context, ContextType, ExportId
from shared.domain.packages.package_load import NewLoad, PackageLoad
from shared.runtime.settings import Settings
from shared.runtime.span_kinds import SpanKind
from shared.runtime.traces import span
from shared.worker.intake import Intake
from shared.worker.reporter import Reporter
from tests.support.cartridges import manifest, resource, topic
from tests.support.fakes import FakeDelivery
from tests.support.hostile_zips import a_zip, named
from tests.support.spans import CALLER, TRACE, attribute, id_of, parent_of, without_statements

ACTOR = Actor(7, None, "token:70", "192.0.2.70", "r-load")
PACKAGE = {
    "imsmanifest.xml": manifest(
        resource("f", "webcontent", "a.txt") + resource("t", "imsdt_xmlv1p1", "t.xml")
    ).encode(),
    "a.txt": b"a file",
    "t.xml": topic("T", "x").encode(),
}


@pytest.fixture
def loads(pool: Pool) -> PackageLoads:
    return PackageLoads(pool, 60.0)


async def an_upload(loads: PackageLoads, key: str = "uploads/a", into: Context | None = None) -> PackageLoad:
    return await loads.create(NewLoad(into, key, "c.imscc", 7, ACTOR))


async def claimed(loads: PackageLoads, load: PackageLoad) -> PackageLoad:
    running = await loads.claim(load.id)
    assert running is not None
    return running


async def write_and_complete(pool: Pool, load: PackageLoad) -> None:
    async with pool.acquire() as db, db.transaction():
        await db.execute("INSERT INTO courses (id, body) VALUES (880001, '{}')")
        await complete(db, load, {}, "course:880001")


async def lapse(pool: Pool, load: PackageLoad) -> None:
    await pool.execute("UPDATE package_loads SET lease_expires_at = now() - interval '1 s' WHERE id = $1", load.id)


async def test_a_load_waits_with_its_message_and_is_found_by_its_progress(loads: PackageLoads, pool: Pool) -> None:
    into = Context(ContextType.GROUP, 5)
    load = await an_upload(loads, into=into)
    assert (load.into, load.workflow_state, load.attempt, load.actor) == (into, "queued", 0, ACTOR)
    message = await pool.fetchrow("SELECT * FROM outbox WHERE body ->> 'load_id' = $1", str(load.id))
    assert message is not None
    assert (message["exchange"], message["routing_key"]) == ("package_loads", "package_loads")
    assert message["body"] == {"type": "load.requested.v1", "load_id": load.id, "request_id": "r-load"}
    assert await loads.of_progress(load.progress_id) == await loads.find(load.id) == load
    export = await pool.fetchval("SELECT nextval('progress_ids')")
    assert export > load.progress_id, "loads and exports share one sequence of progress"


async def test_one_process_has_a_load_until_its_lease_lapses_and_the_old_attempt_is_fenced_off(
    loads: PackageLoads, pool: Pool
) -> None:
    first = await claimed(loads, await an_upload(loads))
    assert await loads.claim(first.id) is None
    await loads.report(first.id, first.attempt, 40.0)
    await lapse(pool, first)
    second = await claimed(loads, first)
    assert (second.attempt, second.completion) == (2, 0.0)
    for late in (loads.report(first.id, 1, 50.0), loads.fail(first, ErrorCode.INTERNAL_ERROR, "x")):
        with pytest.raises(Fenced):
            await late
    with pytest.raises(Fenced):
        await write_and_complete(pool, first)
    assert not await pool.fetchval("SELECT EXISTS (SELECT FROM courses WHERE id = 880001)"), "its content is undone"
    async with pool.acquire() as db, db.transaction():
        await complete(db, second, {"course_id": 3}, f"course:3 load:{second.id}")
    done = await loads.find(second.id)
    assert done is not None
    assert (done.workflow_state, done.completion, done.result) == ("completed", 100.0, {"course_id": 3})
    assert await loads.claim(second.id) is None
    rows = [row for _, row in await AuditLog(pool).page(AuditFilter(user_id=7), 10) if row.action == "load"]
    assert [(row.subject, row.actor) for row in rows] == [(f"course:3 load:{second.id}", ACTOR)]


async def test_the_janitor_requeues_what_is_lost_and_ends_what_has_used_up_its_attempts(
    loads: PackageLoads, pool: Pool
) -> None:
    waiting, lost = await an_upload(loads), await claimed(loads, await an_upload(loads))
    healthy = await claimed(loads, await an_upload(loads))
    await pool.execute("UPDATE package_loads SET created_at = now() - interval '2 min' WHERE id = $1", waiting.id)
    await lapse(pool, lost)
    swept = await loads.sweep(max_attempts=2, requeue_after_s=60.0)
    assert {waiting.id, lost.id} <= set(swept.requeued)
    assert healthy.id not in swept.requeued
    assert waiting.id not in (await loads.sweep(max_attempts=2, requeue_after_s=60.0)).requeued, "once a minute"
    messages = "SELECT count(*) FROM outbox WHERE body ->> 'load_id' = $1"
    assert await pool.fetchval(messages, str(lost.id)) == 2
    again = await claimed(loads, lost)
    await lapse(pool, again)
    swept = await loads.sweep(max_attempts=2, requeue_after_s=60.0)
    assert lost.id in swept.given_up
    ended = await loads.find(lost.id)
    assert ended is not None
    assert (ended.workflow_state, ended.error_code, ended.completion) == ("failed", "attempts_exhausted", 100.0)
    assert "after 2 attempts" in str(ended.error_message)


async def test_an_attempt_that_was_stopped_is_handed_back_and_does_not_count(loads: PackageLoads) -> None:
    load = await claimed(loads, await an_upload(loads))
    await loads.release(load, 0.0, stopped=True)
    again = await claimed(loads, load)
    assert (again.attempt, again.tries) == (2, 1)


async def test_an_upload_is_needed_until_its_load_has_ended(loads: PackageLoads) -> None:
    load = await claimed(loads, await an_upload(loads, "uploads/needed"))
    keys = ["uploads/needed", "uploads/of-nobody"]
    assert await loads.unneeded(keys) == ["uploads/of-nobody"]
    await loads.fail(load, ErrorCode.HOSTILE_PACKAGE, "x")
    assert await loads.unneeded(keys) == keys


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        database_url="postgresql://unused.invalid/x", secret_key=("k" * 32,), store_url=str(tmp_path / "store")
    )


async def ran(pool: Pool, settings: Settings, package: bytes, into: Context | None = None) -> PackageLoad:
    """A load of this package at its end, run as the process of the loader runs it."""
    loads, store = PackageLoads(pool, settings.lease_s), FolderStore(Path(settings.store_url))
    await asyncio.to_thread(_keep, store, package)
    load = await claimed(loads, await loads.create(NewLoad(into, "uploads/p", "c.imscc", len(package), ACTOR)))
    await run_load(load, load_with(pool, loads, settings), Reporter(loads, ExportId(load.id), load.attempt, 60.0, 100))
    ended = await loads.find(load.id)
    assert ended is not None
    assert not store.exists("uploads/p"), "the upload is gone with the end of its load"
    return ended


def _keep(store: FolderStore, package: bytes) -> None:
    with store.create("uploads/p") as writer:
        writer.write(package)


async def test_a_package_is_loaded_and_its_job_ends_with_what_was_loaded(pool: Pool, settings: Settings) -> None:
    load = await ran(pool, settings, a_zip(PACKAGE))
    assert load.workflow_state == "completed", load.error_message
    assert load.result is not None
    course = load.result["course_id"]
    assert load.result["objects"]["discussion_topics"] == 1
    objects = "SELECT count(*) FROM content_objects WHERE context_type = 'Course' AND context_id = $1"
    assert await pool.fetchval(objects, course) == sum(load.result["objects"].values())


async def test_a_hostile_package_ends_its_job_with_the_name_of_the_member_and_writes_nothing(
    pool: Pool, settings: Settings
) -> None:
    before = await pool.fetchval("SELECT count(*) FROM courses")
    load = await ran(pool, settings, a_zip([*PACKAGE.items(), (named("../../evil.txt"), b"x")]))  # type: ignore[list-item]
    assert (load.workflow_state, load.error_code) == ("failed", "hostile_package")
    assert "../../evil.txt" in str(load.error_message)
    assert await pool.fetchval("SELECT count(*) FROM courses") == before


async def test_a_group_that_is_gone_ends_its_job(pool: Pool, settings: Settings) -> None:
    load = await ran(pool, settings, a_zip(PACKAGE), Context(ContextType.GROUP, 999_999_999))
    assert (load.workflow_state, load.error_message) == ("failed", "There is no group 999999999.")


@pytest.mark.parametrize(
    ("package", "outcome"), [(a_zip(PACKAGE), "completed"), (b"no zip", "failed")], ids=["zip", "none"]
)
async def test_a_load_goes_on_from_the_span_of_its_upload(
    pool: Pool, settings: Settings, spans: InMemorySpanExporter, package: bytes, outcome: str
) -> None:
    loads = PackageLoads(pool, settings.lease_s)
    await asyncio.to_thread(_keep, FolderStore(Path(settings.store_url)), package)
    with span("POST", f"00-{TRACE}-{CALLER}-01", SpanKind.SERVER):
        load = await an_upload(loads, "uploads/p")
    body = await pool.fetchval("SELECT body FROM outbox WHERE body ->> 'load_id' = $1", str(load.id))
    worker = LoadWorker(loads, load_with(pool, loads, settings), Intake({}, asyncio.Event(), 1.0, 1.0))
    await worker.handle(FakeDelivery(msgspec.json.encode(body), routing_key="package_loads"))
    request, loading = without_statements(spans)
    assert (loading.name, loading.kind.name) == ("process package_loads", "CONSUMER")
    assert (parent_of(loading), parent_of(request)) == (id_of(request), CALLER)
    assert (attribute(loading, "load_id"), attribute(loading, "outcome")) == (load.id, outcome)
    assert loading.status.status_code is StatusCode.UNSET, "a fault of a package is the uploader's"
