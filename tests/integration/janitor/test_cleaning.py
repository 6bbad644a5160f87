"""What the janitor removes from a store, and what it leaves."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY

from deploy.stack.ports import free_port
from services.janitor.cleaning import Cleaning
from services.janitor.old_rows import REPORTS, prune_rows, remove_exports
from services.janitor.removal import Lister, Remover
from shared.adapters.blobs import INCOMING, store_blob
from shared.adapters.object_store import ObjectStore, ObjectWriter, package_key
from shared.adapters.open_store import open_store
from shared.adapters.postgres.events.old_events import OldEvents
from shared.adapters.postgres.leases import Leases, StoredPackage
from shared.adapters.postgres.packages.old_exports import OldExports, OldReports
from shared.adapters.postgres.packages.retention import Removable, Retention
from shared.domain.export import ContentExport
from shared.runtime.settings import Settings
from tests.support.blocking_lock import blocking_lock
from tests.support.gateway import NO_REMARKS
from tests.support.relays import begin_at_the_end
from tests.support.s3 import new_bucket, s3_server
from tests.support.school import School

JANITOR = [sys.executable, "-m", "services.janitor"]
LONG = os.urandom(1 << 20) * 20  # more than one part of a multipart upload


@dataclass
class World:
    """A store, the database, and a janitor that takes everything for old."""

    people: School
    store: ObjectStore
    settings: Settings
    writers: list[ObjectWriter] = field(default_factory=list)

    def cleaning(self, **more: Any) -> Cleaning:
        retention = Retention(self.people.pool)
        remover = Remover(retention, self.store, OldEvents(self.people.pool))
        return Cleaning(replace(self.settings, **more), retention, self.store, remover)

    async def remove_exports(self, days: float) -> None:
        """One pass over the exports that are older than this."""
        remover = Remover(Retention(self.people.pool), self.store, OldEvents(self.people.pool))
        await remove_exports(OldExports(self.people.pool), remover, days)

    async def exporting(self, lease_s: float = 60.0) -> ContentExport:
        """An export that a worker has."""
        person = await self.people.person()
        export = await self.people.export(await self.people.course(), person)
        claimed = await self.people.claim(export, Leases(self.people.pool, "w", lease_s))
        assert claimed is not None
        return claimed

    async def exported(self, keep_s: float | None) -> tuple[ContentExport, str]:
        """An export and the key of its package."""
        export = await self.exporting()
        key = await self.put(package_key(export.id, export.attempt, "a.zip"))
        package = StoredPackage(key, "a.zip", "application/zip", 1, "0" * 64, 1)
        await Leases(self.people.pool, "w", 60, keep_s).finish(export.id, export.attempt, [package], NO_REMARKS)
        return export, key

    async def put(self, key: str) -> str:
        def write() -> None:
            with self.store.create(key) as writer:
                writer.write(b"x")

        await asyncio.to_thread(write)
        return key

    async def begin(self, key: str) -> Any:
        """A writer that never comes to an end."""
        writer = self.store.create(key)
        self.writers.append(writer)
        await asyncio.to_thread(writer.write, LONG)
        assert key in await self.begun()
        return writer

    async def begun(self) -> list[str]:
        later = datetime.now(UTC) + timedelta(minutes=1)
        return [left.key for left in await self.store.unfinished("", later)]

    async def keys(self) -> list[str]:
        return [item.key async for item in self.store.list("")]

    async def recorded(self, export: ContentExport) -> list[tuple[str, str]]:
        rows = await self.people.pool.fetch("SELECT * FROM removals WHERE content_export_id = $1", export.id)
        return [(row["reason"], row["key"]) for row in rows]


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with s3_server() as found:
        yield found


@pytest.fixture(params=["folder", "s3"])
async def world(
    request: pytest.FixtureRequest, people: School, migrated_url: str, tmp_path: Path, endpoint: str
) -> AsyncIterator[World]:
    url = str(tmp_path / "store") if request.param == "folder" else new_bucket(endpoint).url
    settings = Settings(database_url=migrated_url, store_url=url, secret_key=("k",), orphan_after_s=0)
    world = World(people, open_store(url), settings)
    yield world
    for writer in world.writers:
        await asyncio.to_thread(writer.abort)


# What nobody completes is removed from a bucket by the bucket's own lifecycle rule.
of_a_folder = pytest.mark.parametrize("world", ["folder"], indirect=True)


async def test_a_package_goes_when_its_time_is_over_and_is_on_record(world: World) -> None:
    ended, key = await world.exported(keep_s=0)
    _, kept = await world.exported(keep_s=3600)
    _, for_ever = await world.exported(keep_s=None)
    await world.cleaning().ended()
    assert sorted(await world.keys()) == sorted([kept, for_ever])
    assert await world.recorded(ended) == [("expired", key)]
    found = await world.people.exports.find(ended.id)
    assert found is not None
    assert (found.workflow_state, found.attachment and found.attachment.purged) == ("exported", True)
    await world.cleaning().ended()
    assert len(await world.recorded(ended)) == 1


async def test_the_time_of_a_package_runs_from_its_completion_however_long_it_waited(world: World) -> None:
    export, day = await world.exporting(), timedelta(days=1)
    await world.people.pool.execute(
        "UPDATE content_exports SET created_at = now() - interval '90 days', started_at = now() - interval '60 days'"
        " WHERE id = $1",
        export.id,
    )
    key = await world.put(package_key(export.id, export.attempt, "a.zip"))
    package = StoredPackage(key, "a.zip", "application/zip", 1, "0" * 64, 1)
    kept_s = (30 * day).total_seconds()
    await Leases(world.people.pool, "w", 60, kept_s).finish(export.id, export.attempt, [package], NO_REMARKS)
    done = await world.people.exports.find(export.id)
    assert done is not None
    assert done.attachment is not None
    assert done.attachment.expires_at is not None
    assert 29 * day < done.attachment.expires_at - datetime.now(UTC) <= 30 * day
    await world.cleaning().run()
    assert await world.keys() == [key]


def counted(reason: str) -> tuple[float, float]:
    """(objects, bytes) that the janitor says it has removed for this reason."""
    names = ("content_exports_janitor_removed_total", "content_exports_janitor_removed_bytes_total")
    objects, size = (REGISTRY.get_sample_value(name, {"reason": reason}) or 0.0 for name in names)
    return objects, size


@of_a_folder
async def test_what_is_removed_is_counted_by_reason(world: World) -> None:
    before = {reason: counted(reason) for reason in ("expired", "orphaned", "unfinished")}
    await world.exported(keep_s=0)
    await world.put(package_key(10**12, 1, "a.zip"))
    writer = await world.begin(package_key(10**12, 1, "b.zip"))
    await world.cleaning().run()
    await asyncio.to_thread(writer.abort)
    found = {reason: counted(reason) for reason in before}
    assert {reason: found[reason][0] - before[reason][0] for reason in before} == dict.fromkeys(before, 1)
    assert found["expired"][1] - before["expired"][1] == found["orphaned"][1] - before["orphaned"][1] == 1


async def test_what_lost_attempts_have_stored_goes_and_packages_stay(world: World) -> None:
    export, package = await world.exported(keep_s=None)
    lost = await world.put(package_key(export.id, export.attempt - 1, "a.zip"))
    nobodys = await world.put(package_key(10**12, 1, "a.zip"))
    await world.cleaning().orphans()
    assert await world.keys() == [package]
    assert await world.recorded(export) == [("orphaned", lost)]
    assert nobodys != package


@of_a_folder
async def test_nothing_of_the_current_attempt_goes_even_when_its_lease_has_lapsed(world: World) -> None:
    living, silent = await world.exporting(), await world.exporting(lease_s=0)
    stored = [await world.put(package_key(each.id, each.attempt, "a.zip")) for each in (living, silent)]
    writers = [await world.begin(package_key(each.id, each.attempt, "b.zip")) for each in (living, silent)]
    begun = sorted(await world.begun())
    await world.cleaning().run()
    assert sorted(await world.keys()) == sorted(stored)
    assert sorted(await world.begun()) == begun
    for writer in writers:
        await asyncio.to_thread(writer.abort)


@of_a_folder
async def test_what_a_fenced_or_failed_attempt_was_writing_goes(world: World) -> None:
    fenced, failed = await world.exporting(lease_s=0), await world.exporting()
    first = await world.begin(package_key(fenced.id, fenced.attempt, "a.zip"))
    assert await world.people.claim(fenced, Leases(world.people.pool, "next", 60)) is not None
    second = await world.begin(package_key(failed.id, failed.attempt, "a.zip"))
    await world.people.leases.fail(failed.id, failed.attempt, "code", "reason")
    loading = await world.begin(f"{INCOMING}abc")
    await world.cleaning().unfinished()
    assert await world.begun() == []
    assert [reason for reason, _ in await world.recorded(fenced)] == ["unfinished"]
    for writer in (first, second, loading):
        await asyncio.to_thread(writer.abort)


async def test_what_is_young_stays(world: World) -> None:
    await world.put(package_key(10**12, 1, "a.zip"))
    await world.cleaning(orphan_after_s=60).run()
    assert len(await world.keys()) == 1


@of_a_folder
async def test_a_young_part_stays(world: World) -> None:
    writer = await world.begin(package_key(10**12, 1, "b.zip"))
    await world.cleaning(orphan_after_s=60).run()
    assert len(await world.begun()) == 1
    await asyncio.to_thread(writer.abort)


async def test_file_bytes_stay_and_those_of_a_broken_load_go(world: World) -> None:
    stored = await asyncio.to_thread(store_blob, world.store, [b"bytes"])
    await world.put(f"{INCOMING}abc")
    await world.cleaning().run()
    (key,) = await world.keys()
    assert key.endswith(stored.sha256)


async def test_the_log_of_finished_exports_is_kept_for_a_while_and_its_last_line_for_ever(world: World) -> None:
    export, _ = await world.exported(keep_s=None)
    running = await world.exporting()
    await world.people.pool.execute("UPDATE export_events SET created_at = now() - interval '10 days'")
    await world.cleaning(keep_events_days=9).run()
    untold = await events_of(world, export)
    assert untold == ["created", "exporting", "exported"], "no event of these was published yet"
    await begin_at_the_end(world.people.pool)
    await world.cleaning(keep_events_days=11).run()
    assert await events_of(world, export) == untold
    await world.cleaning(keep_events_days=9).run()
    assert await events_of(world, export) == ["exported"]
    assert await events_of(world, running) == ["created", "exporting"]


async def test_an_export_goes_after_its_time_with_all_that_belongs_to_it_once_its_events_are_published(
    world: World,
) -> None:
    export, key = await world.exported(keep_s=None)
    running = await world.exporting()
    pool = world.people.pool
    ids = [export.id, running.id]
    await pool.execute(
        "UPDATE content_exports SET created_at = now() - interval '10 days' WHERE id = ANY($1::bigint[])", ids
    )
    await world.remove_exports(days=11)
    await world.remove_exports(days=9)
    assert key not in await world.keys(), "the package goes first"
    assert (await events_of(world, export))[-1] == "exported", "its end has yet to go to the broker"
    await begin_at_the_end(pool)
    await world.remove_exports(days=9)
    assert [await world.people.exports.find(each.id) is None for each in (export, running)] == [True, False]
    assert await world.people.exports.receipt(export.id) is None
    assert await events_of(world, export) == []


async def test_a_report_goes_after_its_time_and_its_export_stays(world: World) -> None:
    old, young = [(await world.exported(keep_s=None))[0] for _ in range(2)]
    await world.people.pool.execute(
        "UPDATE content_exports SET created_at = now() - interval '10 days' WHERE id = $1", old.id
    )
    await prune_rows(OldReports(world.people.pool), 9, REPORTS)
    assert [await world.people.exports.receipt(each.id) is None for each in (old, young)] == [True, False]
    assert await world.people.exports.find(old.id) is not None


async def events_of(world: World, export: ContentExport) -> list[str]:
    rows = await world.people.pool.fetch(
        "SELECT data ->> 'workflow_state' AS state FROM export_events WHERE content_export_id = $1 ORDER BY id",
        export.id,
    )
    return [row["state"] for row in rows]


async def test_a_dry_run_states_all_and_changes_nothing(world: World) -> None:
    ended, expired = await world.exported(keep_s=0)
    orphan = await world.put(package_key(10**12, 1, "orphan.zip"))
    before, reported = sorted(await world.keys()), []
    retention = Retention(world.people.pool)
    await Cleaning(world.settings, retention, world.store, Lister(OldEvents(world.people.pool), reported.append)).run()
    assert sorted(await world.keys()) == before
    assert await world.recorded(ended) == []
    assert f"expired: {expired} 1 bytes" in reported
    assert f"orphaned: {orphan} 1 bytes" in reported
    assert reported[-1].startswith("events: ")


async def test_the_command_lists_what_it_would_do(world: World) -> None:
    _, expired = await world.exported(keep_s=0)
    command = [*JANITOR, "--dry-run"]
    done = await asyncio.to_thread(
        subprocess.run, command, env=environment(world), capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert f"expired: {expired} 1 bytes" in done.stdout.splitlines()
    assert expired in await world.keys()


async def test_a_janitor_that_is_killed_amid_a_removal_has_removed_nothing_and_the_next_one_does_it(
    world: World,
) -> None:
    ended, key = await world.exported(keep_s=0)
    async with blocking_lock(world.settings.database_url, "LOCK TABLE removals IN SHARE MODE") as reached:
        with janitor(world) as process:
            await reached()
            process.kill()
    found = await world.people.exports.find(ended.id)
    assert found is not None
    assert found.attachment is not None
    assert not found.attachment.purged
    assert await world.keys() == [key]
    assert await world.recorded(ended) == []
    with janitor(world):
        await until(world.keys, [])
    assert await world.recorded(ended) == [("expired", key)]


async def test_a_package_that_was_given_up_by_who_never_came_to_delete_it_goes(world: World) -> None:
    ended, key = await world.exported(keep_s=0)
    await Retention(world.people.pool).give_up([Removable("expired", key, ended.id, 1)])
    assert await world.keys() == [key]
    await world.cleaning().orphans()
    assert await world.keys() == []
    assert await world.recorded(ended) == [("expired", key), ("orphaned", key)]


def environment(world: World) -> dict[str, str]:
    """The settings of a janitor that cleans all the time, takes everything for old, and puts nothing back on a queue."""
    return {
        **os.environ,
        "DATABASE_URL": world.settings.database_url,
        "STORE_URL": world.settings.store_url,
        "SECRET_KEY": "k" * 32,
        "ORPHAN_AFTER_S": "0",
        "CLEANUP_S": "0.2",
        "SWEEP_S": "3600",
        "HTTP_PORT": str(free_port()),
    }


@contextmanager
def janitor(world: World) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        JANITOR, env=environment(world), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


async def until(look: Callable[[], Awaitable[object]], wanted: object) -> None:
    """Look until it is so."""
    for _ in range(300):
        if (found := await look()) == wanted:
            return
        await asyncio.sleep(0.05)
    assert found == wanted
