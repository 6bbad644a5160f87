"""How often the true end of an export lies within the range that it was estimated with, of 500 exports of the whole system."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

import asyncpg

from tests.bench.table import Line
from tests.bench.whole_path import loaded_stack
from tests.support.client import Client

EXPORTS = 500
TYPES = ("common_cartridge", "zip")
PRIORITIES = ("interactive", "normal", "bulk")
PATIENCE_S = 300.0


class Expected(NamedTuple):
    """What an answer said of the end of an export."""

    export_id: int
    at: float  # when, in seconds since the epoch
    earliest: float
    latest: float


def waits(rng: random.Random) -> Iterator[float]:
    """Seconds before each create: some exports now and then, as many at once, then about what the workers can build."""
    for number in range(EXPORTS):
        yield (
            rng.expovariate(8.0)
            if number < EXPORTS // 5
            else 0.0
            if number < EXPORTS * 3 // 5
            else rng.expovariate(20.0)
        )


def expected_of(shown: dict[str, Any]) -> list[Expected]:
    """Empty for an export that has ended."""
    estimate = shown.get("estimate") or {}
    if "ends_at" not in estimate:
        return []
    times = (datetime.fromisoformat(estimate[name]).timestamp() for name in ("ends_earliest", "ends_latest"))
    return [Expected(shown["id"], time.time(), *times)]


def requested(client: Client, course_id: int) -> list[Expected]:
    """The estimates of all creates, and of shows of exports that were created shortly before."""
    rng, ids, expected = random.Random(15), [], []
    for wait in waits(rng):
        time.sleep(wait)
        created = client.create(course_id, rng.choice(TYPES), priority=rng.choice(PRIORITIES))
        ids.append(created["id"])
        expected += expected_of(created)
        expected += expected_of(client.show(course_id, rng.choice(ids[-100:])))
    return expected


async def ends(database_url: str) -> dict[int, float]:
    """The true ends, once all exports have one."""
    db = await asyncpg.connect(database_url)
    try:
        for _ in range(int(PATIENCE_S)):
            if not await db.fetchval("SELECT count(*) FROM content_exports WHERE finished_at IS NULL"):
                break
            await asyncio.sleep(1.0)
        rows = await db.fetch("SELECT id, extract(epoch FROM finished_at)::float8 AS ended FROM content_exports")
    finally:
        await db.close()
    return {row["id"]: row["ended"] for row in rows}


def run() -> list[Line]:
    """All exports, then the shares."""
    with loaded_stack() as (stack, client, course_id):
        expected = requested(client, course_id)
        ended = asyncio.run(ends(stack.database_url))
    early = sum(ended[each.export_id] < each.earliest for each in expected)
    late = sum(ended[each.export_id] > each.latest for each in expected)
    widths = sorted(each.latest - each.earliest for each in expected)
    count = len(expected)
    return [
        Line(
            "ends within the estimated range, of 500 exports", 100 * (count - early - late) / count, "%", aim="80 to 99"
        ),
        Line("ends before it", 100 * early / count, "%"),
        Line("ends after it", 100 * late / count, "%"),
        Line(f"width of the range, of {count} estimates", widths[count // 2], "s"),
    ]
