"""A backup of a system that works meanwhile, restored into an empty one: every row and every byte is there."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest

from deploy.backup.backup import BackupFailed, put_back, take
from deploy.verbs.places import native_places
from shared.adapters.open_store import open_store
from tests.support.client import Client
from tests.support.stack import Stack


@contextmanager
def exporting(admin: Client, course: int) -> Iterator[None]:
    """Exports are requested, one after another, during the block; at least one has begun before it."""
    begun, ended = threading.Event(), threading.Event()

    def export() -> None:
        while not ended.is_set():
            admin.create(course, "zip")
            begun.set()
            ended.wait(0.02)

    thread = threading.Thread(target=export)
    thread.start()
    try:
        assert begun.wait(30)
        yield
    finally:
        ended.set()
        thread.join()


async def exports_and_packages(database_url: str) -> tuple[set[int], list[asyncpg.Record]]:
    db = await asyncpg.connect(database_url)
    try:
        exports = {row["id"] for row in await db.fetch("SELECT id FROM content_exports")}
        return exports, await db.fetch("SELECT key, sha256 FROM attachments WHERE purged_at IS NULL")
    finally:
        await db.close()


def test_a_backup_under_load_comes_back_with_every_export_package_and_event(
    stack: Stack, admin: Client, sample: int, tmp_path: Path
) -> None:
    before = admin.exported(sample, "common_cartridge")
    with exporting(admin, sample):
        said = take(native_places(stack.database_url, stack.store_url), tmp_path / "backup")
    assert "rows of" in said
    with stack.servers.database() as empty:
        places = native_places(empty, str(tmp_path / "store"))
        assert "are as they were" in put_back(places, tmp_path / "backup")
        exports, packages = asyncio.run(exports_and_packages(empty))
        assert before["id"] in exports
        store = open_store(str(tmp_path / "store"))
        for package in packages:
            data = b"".join(map(bytes, store.open(package["key"])))
            assert hashlib.sha256(data).hexdigest() == package["sha256"]
        with pytest.raises(BackupFailed, match="the database is not empty"):
            put_back(places, tmp_path / "backup")
