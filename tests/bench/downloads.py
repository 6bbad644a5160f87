"""What ten downloads at once do to the rest of the API: `make bench ARGS=downloads`.

A package of 2 GB, ten clients that take it as fast as they can from one gateway, and one that asks for `show` all the
while. Everything shares the machine: the gateway, PostgreSQL, the ten clients (curl) and the one that measures.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2

from tests.bench.media_course import media_course
from tests.bench.packaging import roomy
from tests.bench.table import MIB, Line
from tests.support.client import Client

CLIENTS = 10
SIZE = 2 * 1024 * MIB
ROUNDS = 3  # of ten downloads each: a hundredth of the answers must be more than a few
ALONE_S = 10
PAUSE_S = 0.01  # between two requests of the client that measures


def shows(client: Client, export: dict[str, Any], until: threading.Event) -> list[float]:
    """Seconds of each `show`, one after another."""
    path, seconds = f"/api/v1/courses/{export['course_id']}/content_exports/{export['id']}", []
    while not until.is_set():
        started = time.perf_counter()
        answer = client.http.get(path)
        seconds.append(time.perf_counter() - started)
        assert answer.status_code == httpx2.codes.OK
        time.sleep(PAUSE_S)
    return sorted(seconds)


async def take(url: str, clients: int) -> None:
    """Download with that many clients at once; each must come to its end."""
    command = ["curl", "--silent", "--show-error", "--fail", "--output", os.devnull, url]
    running = [await asyncio.create_subprocess_exec(*command) for _ in range(clients)]
    assert [await each.wait() for each in running] == [0] * clients


def run(base: Path | None = None) -> list[Line]:
    """The rate of one download beside `cat`, of ten, and what `show` takes meanwhile and alone."""
    with (
        tempfile.TemporaryDirectory(prefix="bench-", dir=base or roomy()) as name,
        media_course(Path(name), [SIZE // MIB]) as world,
    ):
        client = world.admin
        export = client.finished(client.create(world.course_id, "zip"), patience_s=300)
        url = export["attachment"]["url"]
        quiet = _shows_while(client, export, lambda: time.sleep(ALONE_S))
        (package,) = world.packages()
        cat = _timed(lambda: _cat(package))
        one = _timed(lambda: asyncio.run(take(url, 1)))
        started = time.perf_counter()
        busy = _shows_while(client, export, lambda: [asyncio.run(take(url, CLIENTS)) for _ in range(ROUNDS)])
        ten = (time.perf_counter() - started) / ROUNDS
        rss = world.campus.stack.peak_rss("gateway") / MIB
    return [
        Line("one download of 2 GB", SIZE / 1e6 / one, "MB/s", "cat into a pipe", cat / one),
        Line(f"{CLIENTS} downloads of it at once, together", CLIENTS * SIZE / 1e6 / ten, "MB/s"),
        Line("show alone, p99", _p99(quiet), "ms"),
        Line(f"show during the {CLIENTS} downloads, p50", busy[len(busy) // 2] * 1000, "ms"),
        Line(f"show during the {CLIENTS} downloads, p99", _p99(busy), "ms", "", None, "< 50 ms"),
        Line("peak memory of the gateway", rss, "MiB", "", None, "< 150 MiB"),
    ]


def _shows_while(client: Client, export: dict[str, Any], work: Callable[[], object]) -> list[float]:
    done, found = threading.Event(), []
    asking = threading.Thread(target=lambda: found.extend(shows(client, export, done)))
    asking.start()
    try:
        work()
    finally:
        done.set()
        asking.join()
    return found


def _cat(package: Path) -> None:
    """Through a pipe, since `cat` onto the null device would move nothing."""
    with subprocess.Popen(["cat", package], stdout=subprocess.PIPE) as cat:
        subprocess.run(["cat"], stdin=cat.stdout, stdout=subprocess.DEVNULL, check=True)


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _p99(seconds: list[float]) -> float:
    return seconds[int(len(seconds) * 0.99)] * 1000
