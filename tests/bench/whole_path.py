"""How long an export takes through the whole path, and what memory the services come to."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from tests.bench.table import MIB, Line
from tests.support.client import Client
from tests.support.servers import session_servers
from tests.support.stack import Stack, running_stack

EXPORTS = 60
PAGES = 40
FILES = 10


def course(folder: Path) -> Path:
    """A course of 50 objects: pages of some kB that link to each other, and small files."""
    (folder / "files").mkdir(parents=True)
    (folder / "course.json").write_text(json.dumps({"id": 1, "name": "Fifty objects"}))
    text = "<p>The tide rises and falls twice in a lunar day.</p>" * 60
    pages = [
        {
            "id": n,
            "title": f"Page {n}",
            "url": f"page-{n}",
            "published": True,
            "body": f'{text}<a href="/courses/1/pages/page-{n % PAGES + 1}">on</a>',
        }
        for n in range(1, PAGES + 1)
    ]
    (folder / "pages.json").write_text(json.dumps(pages))
    for number in range(FILES):
        (folder / "files" / f"{number}.txt").write_text(text * 5)
    return folder


@contextmanager
def loaded_stack() -> Iterator[tuple[Stack, Client, int]]:
    """The running system with that course in it."""
    with TemporaryDirectory() as folder, session_servers() as servers, running_stack(servers) as stack:
        printed = stack.cli("load", str(course(Path(folder) / "course"))).stdout
        yield stack, Client(stack.base_url, stack.token(1, "--site-admin")), json.loads(printed)["course_id"]


def latency(client: Client, course_id: int) -> float:
    """Seconds from the request to `exported`, as reported by the event stream."""
    started = time.perf_counter()
    export = client.create(course_id, "common_cartridge")
    with client.http.stream("GET", f"{export['progress_url']}/events") as stream:
        for line in stream.iter_lines():
            if line.startswith("data:") and json.loads(line[5:])["workflow_state"] == "exported":
                return time.perf_counter() - started
    raise RuntimeError("the stream ended before the export had")


def run() -> list[Line]:
    """One export after another, then the memory of the services."""
    with loaded_stack() as (stack, client, course_id):
        for _ in range(5):
            latency(client, course_id)
        seconds = sorted(latency(client, course_id) for _ in range(EXPORTS))
        lines = [
            Line("export of 50 objects, request to `exported`, p50", statistics.median(seconds) * 1000, "ms"),
            Line("the same, p99", seconds[int(len(seconds) * 0.99)] * 1000, "ms"),
        ]
        for service in ("gateway", "relay", "cartridge", "progress"):
            resident = psutil.Process(stack.pid(service)).memory_info().rss / MIB
            lines.append(Line(f"resident memory of the {service} after that", resident, "MiB"))
    return lines
