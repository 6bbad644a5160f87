"""Requests go on while every process is killed and both servers are restarted: no export is lost or created twice."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest

from deploy.stack.service_processes import SERVICES
from tests.support.client import Client
from tests.support.stack import Stack

CLIENTS = 3
PAUSE_S = 0.15  # between two requests of a client
TYPES = ("common_cartridge", "qti", "zip")


@pytest.fixture(scope="module")
def course(load: Callable[[Path], dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> int:
    """A small one, with something for every type of export."""
    folder = tmp_path_factory.mktemp("small")
    (folder / "files").mkdir()
    (folder / "files" / "notes.txt").write_text("high water at six")
    (folder / "course.json").write_text(json.dumps({"id": 1, "name": "Small"}))
    (folder / "quizzes.json").write_text(json.dumps([{"id": 1, "title": "One quiz"}]))
    return int(load(folder)["course_id"])


def create(admin: Client, course: int, export_type: str, until: float) -> dict[str, Any]:
    """Ask as a careful client does: under one key, again and again until there is an answer."""
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    while True:
        try:
            answer = admin.http.post(
                f"/api/v1/courses/{course}/content_exports", json={"export_type": export_type}, headers=headers
            )
        except httpx2.TransportError:
            answer = None
        if answer is not None and answer.status_code == 200:
            return dict(answer.json())
        assert answer is None or answer.status_code == 503, answer.text
        assert time.monotonic() < until, "no answer"
        time.sleep(0.1)


def a_client(admin: Client, course: int, over: threading.Event) -> list[dict[str, Any]]:
    """Exports of every type in turn, until it is over."""
    asked: list[dict[str, Any]] = []
    own = Client(admin.base_url, admin.token)
    while not over.is_set():
        asked.append(create(own, course, TYPES[len(asked) % len(TYPES)], time.monotonic() + 60))
        time.sleep(PAUSE_S)
    return asked


def test_whatever_is_killed_or_restarted_under_load_every_request_ends_in_one_whole_package(
    stack: Stack, admin: Client, course: int, tmp_path: Path
) -> None:
    over, began = threading.Event(), datetime.now(UTC).isoformat()
    with ThreadPoolExecutor(CLIENTS) as clients:
        asking = [clients.submit(a_client, admin, course, over) for _ in range(CLIENTS)]
        try:
            for service in SERVICES:
                stack.kill(service.name)
                stack.start(service.name)
            pids = {service.name: stack.pid(service.name) for service in SERVICES}
            stack.restart_database(down_s=1.0)
            stack.stop_broker()
            stack.start_broker()
            time.sleep(1)
        finally:
            over.set()
        exports = [export for client in asking for export in client.result()]

    done = [admin.finished(export, 120) for export in exports]
    assert {export["workflow_state"] for export in done} == {"exported"}
    assert all(stack.system.processes.children[name].running() for name in pids)
    assert {name: stack.pid(name) for name in pids} == pids, "a server that is away ends no process"

    crashes = [line for name in pids for line in stack.logged(name, level="error") if line["timestamp"] > began]
    assert not crashes, "servers that are away, and neighbours that die, are foreseen"

    ids = [export["id"] for export in exports]
    assert len(set(ids)) == len(ids) > 20
    rows = stack.query("SELECT id FROM content_exports WHERE context_id = $1 AND context_type = 'Course'", course)
    assert sorted(row["id"] for row in rows) == sorted(ids), "a key makes one export, whatever becomes of the answer"
    received = stack.query(
        "SELECT content_export_id AS id, array_agg(data ->> 'workflow_state' ORDER BY id) AS states FROM export_events"
        " WHERE content_export_id = ANY ($1) AND name = 'content_export.state' GROUP BY content_export_id",
        ids,
    )
    assert [row["states"] for row in received] == [["created", "exporting", "exported"]] * len(ids)
    for export in done:
        packages = [path for path in Path(stack.store_url, "packages", str(export["id"])).rglob("*") if path.is_file()]
        assert len(packages) == 1
        assert packages[0].stat().st_size == export["attachment"]["size"]
    digests = {(export["export_type"], export["attachment"]["sha256"]) for export in done}
    assert len(digests) == len({export["export_type"] for export in done}), "same content, same bytes, each time"
