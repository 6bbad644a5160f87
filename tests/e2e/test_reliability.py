"""Exports survive the loss of workers, broker and database."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.support.client import Client
from tests.support.stack import Stack

MIB = 1 << 20


@pytest.fixture(scope="module")
def heavy(load: Callable[[Path], dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> int:
    """A course of 300 MiB of text, which takes seconds to deflate on any machine."""
    folder = tmp_path_factory.mktemp("heavy")
    (folder / "files").mkdir()
    (folder / "course.json").write_text(json.dumps({"id": 1, "name": "Heavy"}))
    for number in range(6):
        (folder / "files" / f"{number}.txt").write_bytes(os.urandom(MIB // 2).hex().encode() * 50)
    return int(load(folder)["course_id"])


def wait_for(condition: Callable[[], bool], state: Callable[[], object], seconds: float = 30.0) -> None:
    """Return once the condition holds. Raises AssertionError with the `state` of things after the time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, state()
        time.sleep(0.02)


def begun(stack: Stack, admin: Client, course: int) -> dict[str, Any]:
    """A new export of this course whose package is being written."""
    export = admin.create(course, "common_cartridge")
    wait_for(lambda: bool(parts(stack)), lambda: admin.show(course, export["id"]))
    return export


def parts(stack: Stack) -> list[str]:
    """The packages that are being written: loads that others killed may have left parts of blobs."""
    return [str(path) for path in (Path(stack.store_url) / "packages").rglob("*.part")]


def test_requests_are_taken_while_rabbitmq_is_down_and_built_once_it_is_back(
    stack: Stack, admin: Client, sample: int
) -> None:
    stack.stop_broker()
    try:
        wanted = [admin.create(sample, "qti") for _ in range(10)]
    finally:
        stack.start_broker()
    assert {export["workflow_state"] for export in wanted} == {"created"}
    assert {admin.finished(export)["workflow_state"] for export in wanted} == {"exported"}


def test_an_export_whose_worker_is_killed_is_finished_by_another_attempt(
    stack: Stack, admin: Client, heavy: int, tmp_path: Path
) -> None:
    export = begun(stack, admin, heavy)
    stack.kill("cartridge")
    stack.start("cartridge")
    done = admin.finished(export)
    assert done["workflow_state"] == "exported"
    packages = [path for path in Path(stack.store_url).glob(f"packages/{export['id']}/**/*") if path.is_file()]
    assert len(packages) == 1
    assert packages[0].parent.name == "2", "the package is the second attempt's"
    assert parts(stack) == []
    admin.download(done, tmp_path / "package.imscc")


def test_a_worker_that_is_asked_to_stop_hands_back_or_finishes_and_leaves_no_parts(
    stack: Stack, admin: Client, heavy: int
) -> None:
    export = begun(stack, admin, heavy)
    assert stack.stop("cartridge") == 0
    assert parts(stack) == []
    stack.start("cartridge")
    assert admin.finished(export)["workflow_state"] == "exported"


def test_cancelling_stops_the_work_and_removes_its_parts(stack: Stack, admin: Client, heavy: int) -> None:
    export = begun(stack, admin, heavy)
    answer = admin.http.post(f"{export['progress_url']}/cancel", json={"message": "not needed"})
    assert (answer.status_code, answer.json()["workflow_state"]) == (200, "failed")
    wait_for(lambda: parts(stack) == [], lambda: parts(stack))
    shown = admin.show(heavy, export["id"])
    assert shown["workflow_state"] == "failed"
    assert shown["error"]["message"] == "not needed"
    assert "attachment" not in shown
    assert not list(Path(stack.store_url).glob(f"packages/{export['id']}/**/*.imscc"))


def test_a_stream_goes_on_without_gap_or_repeat_when_the_progress_service_is_killed(
    stack: Stack, admin: Client, heavy: int
) -> None:
    export = admin.create(heavy, "common_cartridge")
    seen: list[tuple[int, str]] = []
    reading = threading.Thread(target=follow, args=(admin, export, seen))
    reading.start()
    wait_for(lambda: len(seen) > 2, lambda: (seen, admin.show(heavy, export["id"])))
    stack.kill("progress")
    stack.start("progress")
    reading.join()
    ids = [event_id for event_id, _ in seen]
    assert ids == sorted(set(ids))
    states = [state for _, state in seen]
    assert states[-1] == "exported"
    logged = [
        row["id"]
        for row in stack.query("SELECT id FROM export_events WHERE content_export_id = $1 ORDER BY id", export["id"])
    ]
    assert ids == [event_id for event_id in logged if event_id >= ids[0]]


def follow(client: Client, export: dict[str, Any], seen: list[tuple[int, str]]) -> None:
    """Read the stream as a browser's EventSource does: on every break again, from the last id."""
    deadline = time.monotonic() + 60
    while not (seen and seen[-1][1] in ("exported", "failed")):
        assert time.monotonic() < deadline
        headers = {"Last-Event-ID": str(seen[-1][0])} if seen else {}
        try:
            with client.http.stream("GET", f"{export['progress_url']}/events", headers=headers) as answer:
                if answer.status_code != 200:
                    time.sleep(0.1)
                    continue
                event_id = 0
                for line in answer.iter_lines():
                    if line.startswith("id:"):
                        event_id = int(line[3:])
                    if line.startswith("data:"):
                        seen.append((event_id, json.loads(line[5:])["workflow_state"]))
        except httpx2.TransportError:
            time.sleep(0.1)
