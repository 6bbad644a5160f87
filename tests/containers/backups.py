"""A backup of a running system under load, restored into an empty one: every export, package and event byte for byte."""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from threading import Event, Thread
from typing import Any

import httpx2

from tests.containers.operators import make, refused
from tests.containers.project import TYPES, Project
from tests.support.client import Client

FINISHED = 30  # exports, before the backup


@dataclass(frozen=True)
class Backup:
    """The folder, and what the system held that is in it."""

    folder: Path
    token: str
    course: int
    finished: dict[int, tuple[dict[str, Any], str]]  # export and SHA-256 of its package as downloaded, by id
    events: list[str]  # those that were there when the backup began


def back_up(running: Project, client: Client, course: int) -> Backup:
    """Take a backup while exports are asked for without a pause."""
    asked = [client.create(course, TYPES[number % len(TYPES)]) for number in range(FINISHED)]
    done = [client.finished(each) for each in asked]
    finished = {each["id"]: (_same(each), _downloaded(each)) for each in done}
    events = _events(client)
    folder = Path(mkdtemp()) / "backup"
    with _load(client, course) as created:
        started = time.monotonic()
        make(running, "backup", f"OUT={folder}")
        running.note("backup under load", f"{time.monotonic() - started:.1f} s, {_size_mb(folder):.1f} MB")
    assert len(created) > len(TYPES), "exports were created while the backup was taken"
    for each in created:
        assert client.finished(each)["workflow_state"] == "exported"
    return Backup(folder, client.token, course, finished, events)


def restored(empty: Project, backup: Backup) -> None:
    """Restore into the database and the store of a project without processes; then start them, and compare by HTTP."""
    try:
        empty.start_server("postgres")
        started = time.monotonic()
        make(empty, "restore", f"FROM={backup.folder}")
        empty.note("restore", f"{time.monotonic() - started:.1f} s")
        refused(empty, "restore", f"FROM={backup.folder}", sentence="the database is not empty")
    finally:
        shutil.rmtree(backup.folder.parent)
    empty.up()
    client = Client(empty.url, backup.token)
    for export_id, (export, digest) in backup.finished.items():
        shown = client.show(backup.course, export_id)
        assert _same(shown) == export
        assert _downloaded(shown) == digest
    assert _events(client)[: len(backup.events)] == backup.events
    listed = client.http.get(f"/api/v1/courses/{backup.course}/content_exports?per_page=100").json()
    under_way = [each for each in listed if each["id"] > max(backup.finished)]
    assert under_way, "exports that were asked for during the backup"
    for each in under_way:
        assert client.finished(each)["workflow_state"] == "exported"
    same = f"{len(backup.finished)} exports, their packages and {len(backup.events)} events are byte for byte the same"
    empty.note("restored", f"{same}; {len(under_way)} exports of the load ended exported")


@contextmanager
def _load(client: Client, course: int) -> Iterator[list[dict[str, Any]]]:
    """Exports, one after another, during the block."""
    created: list[dict[str, Any]] = []
    enough = Event()

    def create() -> None:
        own = Client(client.base_url, client.token)
        while not enough.wait(0.2):
            created.append(own.create(course, TYPES[len(created) % len(TYPES)]))

    thread = Thread(target=create)
    thread.start()
    try:
        yield created
    finally:
        enough.set()
        thread.join()


def _same(export: dict[str, Any]) -> dict[str, Any]:
    """An export without the addresses, which have the port and a signature with a time."""
    attachment = {name: value for name, value in export["attachment"].items() if not name.endswith("url")}
    return {**{name: value for name, value in export.items() if not name.endswith("url")}, "attachment": attachment}


def _downloaded(export: dict[str, Any]) -> str:
    answer = httpx2.get(export["attachment"]["url"], trust_env=False)
    assert answer.status_code == 200, answer.text
    return hashlib.sha256(answer.content).hexdigest()


def _events(client: Client) -> list[str]:
    """The log of events of all exports from its beginning, as it is on the wire: a CloudEvent a line."""
    answer = client.http.get("/api/v1/content_exports/events", headers={"Accept": "application/x-ndjson"})
    assert answer.status_code == 200, answer.text
    return answer.text.replace(client.base_url, "").splitlines()


def _size_mb(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.iterdir()) / 1e6
