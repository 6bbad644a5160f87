"""Exports a second of a course of one page, everything durable, with 1, 2 and 4 workers; and their time at a part of that rate."""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from deploy.stack.ports import free_port
from shared.adapters.postgres.content_exports import ContentExports
from shared.adapters.postgres.pool import Pool, open_pool
from shared.domain.export import Context, ContextType, ExportRequest, ExportType
from shared.domain.export_settings import ExportSettings
from tests.bench.table import Line
from tests.support.servers import session_servers
from tests.support.stack import Stack, running_stack

EXPORTS = 600
LATENCY_S = 10.0  # of exports at a fixed rate
PARTS = (0.2, 0.5, 0.8)
OWNERS = 50  # each has a few in flight at most
SLOTS = 4  # of a worker: while one export waits for the disk, another is packed
COMMITS = 300

_ENDED = """
SELECT count(*) FILTER (WHERE workflow_state = 'exported') AS exported,
       extract(epoch FROM max(finished_at) - min(started_at))::float8 AS seconds
  FROM content_exports WHERE id > $1
"""
_TIMES = "SELECT extract(epoch FROM finished_at - created_at)::float8 AS seconds FROM content_exports WHERE id > $1"


def run() -> list[Line]:
    """The rates with more and more workers, then the times at parts of the rate of two."""
    lines = []
    with TemporaryDirectory() as folder, session_servers() as servers:
        for workers in (1, 2, 4):
            with running_stack(servers, SLOTS=str(SLOTS)) as stack, _more_workers(stack, workers - 1):
                lines += asyncio.run(_measured(stack, _course(stack, Path(folder) / str(workers)), workers))
    return lines


def _course(stack: Stack, folder: Path) -> int:
    """The id of a loaded course with one page."""
    folder.mkdir()
    (folder / "course.json").write_text(json.dumps({"id": 1, "name": "One page"}))
    page = {
        "id": 1,
        "title": "Tides",
        "url": "tides",
        "published": True,
        "body": "<p>The tide rises twice a day.</p>" * 20,
    }
    (folder / "pages.json").write_text(json.dumps([page]))
    return int(json.loads(stack.cli("load", str(folder)).stdout)["course_id"])


@contextmanager
def _more_workers(stack: Stack, count: int) -> Iterator[None]:
    """So many further workers for cartridges beside the one of the stack."""
    with ExitStack() as running:
        for _ in range(count):
            env = {**stack.system.processes.env, "HTTP_PORT": str(free_port()), "OPS_PORT": "0"}
            worker = subprocess.Popen(
                [sys.executable, "-m", "services.cartridge"],
                env=env,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            running.callback(worker.wait)
            running.callback(worker.terminate)
        yield


async def _measured(stack: Stack, course_id: int, workers: int) -> list[Line]:
    async with open_pool(stack.database_url, size=8) as pool:
        owners = await pool.fetch(
            "INSERT INTO users (site_admin) SELECT true FROM generate_series(1, $1) RETURNING id", OWNERS
        )
        requests = _Requests(pool, course_id, [row["id"] for row in owners])
        commits = await _commits(pool)
        await requests.at_once(50)  # everything has been used once
        rate = await requests.at_once(EXPORTS)
        beside = f"commits of one row, one after another, {commits:,.0f}/s"
        lines = [
            Line(
                f"exports of one page, {workers} worker(s)", rate, "exports/s", beside, rate / commits, ">= 150 with 2"
            )
        ]
        for part in PARTS if workers == 2 else ():
            seconds = await requests.at_rate(rate * part)
            name = f"created to exported at {part:.0%} of that rate"
            lines.append(Line(f"{name}, p50", statistics.median(seconds) * 1000, "ms"))
            lines.append(Line(f"{name}, p99", seconds[int(len(seconds) * 0.99)] * 1000, "ms"))
    return lines


class _Requests:
    """Requests by many owners for exports of one course."""

    def __init__(self, pool: Pool, course_id: int, owners: list[int]) -> None:
        self._pool = pool
        self._owners = owners
        self._exports = ContentExports(pool)
        self._context = Context(ContextType.COURSE, course_id)

    async def at_once(self, count: int) -> float:
        """Exports a second, where so many wait at the beginning."""
        last = await self._last()
        await asyncio.gather(*(self._create(number) for number in range(count)))
        return count / await self._until_exported(last, count)

    async def at_rate(self, rate: float) -> list[float]:
        """The seconds from request to end of each, in order, at so many a second."""
        last, began = await self._last(), time.monotonic()
        count = int(rate * LATENCY_S)
        for number in range(count):
            await asyncio.sleep(max(0.0, began + number / rate - time.monotonic()))
            await self._create(number)
        await self._until_exported(last, count)
        return sorted(row["seconds"] for row in await self._pool.fetch(_TIMES, last))

    async def _create(self, number: int) -> None:
        owner = self._owners[number % OWNERS]
        await self._exports.create(
            ExportRequest(self._context, owner, ExportType.COMMON_CARTRIDGE, ExportSettings(), "bench", cost_s=0.1)
        )

    async def _last(self) -> int:
        return int(await self._pool.fetchval("SELECT coalesce(max(id), 0) FROM content_exports"))

    async def _until_exported(self, after: int, count: int) -> float:
        """Seconds between the first beginning and the last end."""
        while True:
            [row] = await self._pool.fetch(_ENDED, after)
            if row["exported"] == count:
                return float(row["seconds"])
            await asyncio.sleep(0.1)


async def _commits(pool: Pool) -> float:
    """Durable commits a second of one connection."""
    async with pool.acquire() as db:
        await db.execute("CREATE TABLE IF NOT EXISTS bench_commits (n integer)")
        began = time.perf_counter()
        for number in range(COMMITS):
            await db.execute("INSERT INTO bench_commits VALUES ($1)", number)
        return COMMITS / (time.perf_counter() - began)
