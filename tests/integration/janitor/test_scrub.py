"""A scrub of a real folder: bytes that were changed, cut off or removed are noticed, shown, and built again."""

from __future__ import annotations

import asyncio
import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.janitor.scrub import Scrub, pace_until
from shared.adapters.object_store import ObjectStore, package_key
from shared.adapters.open_store import open_store
from shared.adapters.postgres.leases import Leases, StoredPackage
from shared.adapters.postgres.packages.package_scrubs import PackageScrubs, ScrubbedPackage
from shared.contracts.api import content_export_json
from shared.domain.export import ContentExport
from shared.domain.packages.package_state import PackageState
from tests.support.gateway import NO_REMARKS
from tests.support.school import School

DATA = os.urandom(3 << 20)


class Own(PackageScrubs):
    """The packages of one export alone: other tests of the database have theirs elsewhere."""

    export_id = 0

    async def due(self, before: datetime, limit: int) -> Sequence[ScrubbedPackage]:
        return [each for each in await super().due(before, 100_000) if each.export_id == self.export_id][:limit]


@dataclass
class World:
    """An export whose package is the file `path`."""

    people: School
    store: ObjectStore
    export_id: int
    path: Path

    async def scrub(self) -> ContentExport:
        """The export after a scrub."""
        rows = Own(self.people.pool)
        rows.export_id = self.export_id
        await Scrub(rows, self.store, after_s=0).run(pace_until(asyncio.Event(), 0))
        found = await self.people.exports.find(self.export_id)
        assert found is not None
        return found


@pytest.fixture
async def world(people: School, tmp_path: Path) -> World:
    store, leases = open_store(str(tmp_path / "store")), Leases(people.pool, "w", 60)
    export = await people.claim(await people.export(await people.course(), await people.person()), leases)
    assert export is not None
    key = package_key(export.id, export.attempt, "a.zip")

    def write() -> None:
        with store.create(key) as writer:
            writer.write(DATA)

    await asyncio.to_thread(write)
    package = StoredPackage(key, "a.zip", "application/zip", len(DATA), hashlib.sha256(DATA).hexdigest(), 1)
    await leases.finish(export.id, export.attempt, [package], NO_REMARKS)
    path = store.local_path(key)
    assert path is not None
    return World(people, store, export.id, path)


def change(path: Path) -> None:
    """One byte in the middle, as a disk does."""
    with path.open("r+b") as file:
        file.seek(len(DATA) // 2)
        file.write(bytes([DATA[len(DATA) // 2] ^ 1]))


def cut(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(len(DATA) - 1)


@pytest.mark.parametrize(
    ("damage", "state"),
    [
        (lambda _: None, PackageState.INTACT),
        (change, PackageState.CHANGED),
        (cut, PackageState.CHANGED),
        (Path.unlink, PackageState.MISSING),
    ],
    ids=["intact", "one byte", "cut off", "removed"],
)
async def test_what_has_happened_to_a_package_is_noticed_and_shown(
    world: World, damage: Callable[[Path], None], state: PackageState
) -> None:
    damage(world.path)
    export = await world.scrub()
    assert export.attachment is not None
    assert export.attachment.checked_at is not None
    assert (export.workflow_state, export.attachment.state, export.is_damaged) == ("exported", state, state.is_damaged)
    shown = content_export_json(export, "http://h", lambda _: "u").attachment
    assert (getattr(shown, "package_state", None), getattr(shown, "purged", None)) == (state, None)


async def test_a_package_that_is_whole_again_is_intact(world: World) -> None:
    change(world.path)
    assert (await world.scrub()).is_damaged
    world.path.write_bytes(DATA)
    assert not (await world.scrub()).is_damaged


async def test_the_package_that_was_read_longest_ago_comes_first_and_none_twice_in_a_pass(world: World) -> None:
    await world.scrub()
    rows = PackageScrubs(world.people.pool)
    due = await rows.due(datetime.now(UTC), 100_000)
    assert due[-1].export_id == world.export_id
    checked = await world.people.pool.fetchval(
        "SELECT checked_at FROM attachments WHERE content_export_id = $1", world.export_id
    )
    assert world.export_id not in [each.export_id for each in await rows.due(checked, 100_000)]


async def test_of_a_package_that_was_given_up_meanwhile_no_damage_is_recorded(world: World) -> None:
    export = await world.people.exports.find(world.export_id)
    assert export is not None
    assert export.attachment is not None
    await world.people.pool.execute("UPDATE attachments SET purged_at = now() WHERE id = $1", export.attachment.id)
    assert await PackageScrubs(world.people.pool).record(export.attachment.id, PackageState.MISSING) is None


async def test_the_command_prints_what_is_damaged(world: World, migrated_url: str, tmp_path: Path) -> None:
    change(world.path)
    env = {"DATABASE_URL": migrated_url, "STORE_URL": str(tmp_path / "store"), "SECRET_KEY": "k" * 32}
    command = [sys.executable, "-m", "services.janitor", "--scrub", "--dry-run"]
    environment = {**os.environ, **env, "SCRUB_BYTES_PER_S": "0"}
    done = await asyncio.to_thread(subprocess.run, command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert f"changed: export {world.export_id} packages/{world.export_id}/1/a.zip" in done.stdout.splitlines()
