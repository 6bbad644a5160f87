"""One owner queues ten large zips and 1,500 small exports; the small exports of another start at once, of every type."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.chaos.background import background
from tests.chaos.clients import TYPES, Caller
from tests.chaos.figures import Row, percentile
from tests.support.campus import Campus, write_folder
from tests.support.stack import Stack

AT_ONCE = 20  # requests of the first owner
WITHIN_S = 5.0  # p95 of the wait until a worker has the export
MIB = 1 << 20
_BYTES_PER_S = 50_000_000  # what the estimate of an export's seconds divides its bytes by


@dataclass(frozen=True)
class Queue:
    """What the first owner queues, and how many exports of each type the other one requests meanwhile."""

    large: int = 10
    large_mib: int = 2048
    small: int = 1500
    newcomers: int = 20

    def settings(self) -> dict[str, str]:
        """Two slots, as two workers have; the large zips count as large, however small the run is."""
        return {"SLOTS": "2", "LARGE_EXPORT_S": f"{min(10.0, 0.9 * self.large_mib * MIB / _BYTES_PER_S):.2f}"}


def run(stack: Stack, queue: Queue, folder: Path) -> list[Row]:
    """A row for each type: the waits of the other owner's exports. Raises AssertionError if the queue was empty too early."""
    campus = Campus(stack)
    small = campus.load(write_folder(folder / "small", *_small_course()))
    large = campus.load(_large_course(folder / "large", queue.large_mib))
    first, other = (Caller(stack.base_url, stack.token(user, "--site-admin")) for user in (9001, 9002))
    with background() as loop:
        print(f"queueing {queue.large} zips of {queue.large_mib} MiB and {queue.small} small exports ...", flush=True)
        loop.call(_queue(first, large, small, queue), 1200)
        print(f"another owner requests {queue.newcomers} of each type ...", flush=True)
        ids = loop.call(_request_in_turn(other, small, queue.newcomers), 1200)
    assert _unfinished(stack, large) > 0, "the large zips were done before the end: use larger ones"
    assert _unfinished(stack, small) > 0, "the small exports were done before the end: queue more"
    name = f"behind {queue.large} zips of {queue.large_mib:,} MiB and {queue.small:,} small exports"
    waits = {each: _waits(stack, each, ids) for each in TYPES}
    return [
        Row(f"{each} {name}", len(found), recoveries=found, runs=1, failed=_late(found))
        for each, found in waits.items()
    ]


def _late(waits: Sequence[float]) -> int:
    return int(percentile(waits, 0.95) > WITHIN_S)


async def _queue(caller: Caller, large: int, small: int, queue: Queue) -> None:
    """All requests of the first owner, the large ones first."""
    wanted = [(large, "zip")] * queue.large + [(small, TYPES[number % len(TYPES)]) for number in range(queue.small)]
    requests = iter(wanted)

    async def create_on() -> None:
        async with caller.session() as session:
            for course, export_type in requests:
                await caller.create(session, course, export_type)

    await asyncio.gather(*(create_on() for _ in range(AT_ONCE)))


async def _request_in_turn(caller: Caller, course: int, times: int) -> list[int]:
    """One export of each type at a time; each is finished before the next round."""
    async with caller.session() as session:
        for _ in range(times):
            exports = [await caller.create(session, course, export_type) for export_type in TYPES]
            await asyncio.gather(*(caller.finished(session, export) for export in exports))
    return [export_id for request in caller.requests for export_id in request.export_ids]


def _unfinished(stack: Stack, course: int) -> int:
    statement = "SELECT count(*) AS n FROM content_exports WHERE context_id = $1 AND finished_at IS NULL"
    return int(stack.query(statement, course)[0]["n"])


def _waits(stack: Stack, export_type: str, ids: Sequence[int]) -> list[float]:
    """Seconds from the request of each export until a worker had it."""
    statement = (
        "SELECT extract(epoch FROM started_at - created_at)::float8 AS wait FROM content_exports"
        " WHERE export_type = $1 AND id = ANY ($2)"
    )
    return [row["wait"] for row in stack.query(statement, export_type, ids)]


def _small_course() -> tuple[dict[str, Any], dict[str, bytes]]:
    documents = {"course": {"id": 1, "name": "Small"}, "quizzes": [{"id": 1, "title": "One quiz"}]}
    return documents, {"notes.txt": b"high water at six"}


def _large_course(folder: Path, mib: int) -> Path:
    """A course with one sparse file."""
    write_folder(folder, {"course": {"id": 2, "name": "Large"}})
    (folder / "files").mkdir()
    with (folder / "files" / "lecture.mp4").open("wb") as file:
        file.truncate(mib * MIB)
    return folder
