"""Honest requests while others misuse the service: how long they take, alone and then, and how many are refused.

`make bench ARGS=edge`, a minute or two. At once: slow connections that send a byte a second, event streams of many
tokens, bodies that inflate to a gigabyte, and honest requests at a steady rate. An honest request is measured from when it
was due, so that one that waits for another counts, too. All share the machine.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import time
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any
from urllib.parse import urlsplit

import psutil

from deploy.stack.checkout import ROOT
from shared.adapters.postgres.pool import open_pool
from shared.runtime.lifecycle import new_event_loop
from shared.runtime.open_files import raise_open_files_limit
from tests.bench.table import Line
from tests.bench.whole_path import loaded_stack
from tests.support.school import School

SLOW, STREAMS, STREAMS_OF_A_TOKEN = 1000, 2000, 50
PACKED_PER_S, HONEST_PER_S = 20, 200
SECONDS = 15.0
_HONEST_TOKENS = 10
_LATE_S = 10.0  # after the last request was due; what is not answered then counts as refused
_OPENING_S = 20.0  # how long the streams may take to open
_OPENING = 50  # connections that are made at a time
_CREATE = b'{"export_type":"qti","skip_notifications":true,"select":{"quizzes":[1]}}'
_GIB = 1 << 30


@dataclass
class Figures:
    """What honest clients met."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    busy: float = 0.0  # share of a processor that the gateway took meanwhile

    def percentile(self, share: float) -> float:
        """Milliseconds that this share of the requests took at most."""
        return sorted(self.seconds)[int(len(self.seconds) * share)] * 1000

    @property
    def refused(self) -> int:
        """Requests that were not answered with 200."""
        return self.statuses.total() - self.statuses["200"]


@dataclass(frozen=True)
class Target:
    """Where all of them go."""

    host: str
    port: int
    exports: str  # the path of the exports of a course
    shown: int
    events: str  # the path of a stream of another course, where nothing happens

    def head(self, method: str, path: str, token: str, *headers: str) -> bytes:
        """The head of a request; without a token where that is empty."""
        rights = (f"Authorization: Bearer {token}",) if token else ()
        return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: bench", *rights, *headers, "", ""]).encode()

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection."""
        return await asyncio.open_connection(self.host, self.port)


def run() -> list[Line]:
    """The lines of the table."""
    raise_open_files_limit()
    with loaded_stack() as (stack, client, course_id), asyncio.Runner(loop_factory=new_event_loop) as runner:
        exports = f"/api/v1/courses/{course_id}/content_exports"
        quiet = json.loads(stack.cli("load", str(ROOT / "deploy" / "sample")).stdout)["course_id"]
        events, where = f"/api/v1/courses/{quiet}/content_exports/events", urlsplit(stack.base_url)
        shown = client.create(course_id, "qti")["id"]
        target = Target(str(where.hostname), int(where.port or 0), exports, shown, events)
        alone, misused, held = runner.run(_measure(target, stack.database_url, stack.pid("gateway")))
    crowd = f"{SLOW} slow connections, {held} streams, {PACKED_PER_S} packed bodies/s"
    beside = f"{HONEST_PER_S}/s alone: p99 {alone.percentile(0.99):.1f} ms"
    ratio = misused.percentile(0.99) / alone.percentile(0.99)
    return [
        Line(f"honest requests among {crowd}, p50", misused.percentile(0.5), "ms"),
        Line("the same, p99", misused.percentile(0.99), "ms", beside, ratio),
        Line("the same, share of a processor that the gateway took", misused.busy, ""),
        Line(f"the same, refused of {misused.statuses.total()}", misused.refused, "requests", aim="0"),
    ]


async def _measure(target: Target, database_url: str, gateway: int) -> tuple[Figures, Figures, int]:
    async with open_pool(database_url, size=2) as pool:
        school = School(pool)
        tokens = [(await school.person(site_admin=True)).token for _ in range(STREAMS // STREAMS_OF_A_TOKEN)]
    honest = tokens[:_HONEST_TOKENS]
    alone = await _honest(target, honest)
    async with _misuse_elsewhere(target, tokens) as held:
        cpu_s, start = psutil.Process(gateway).cpu_times(), time.perf_counter()
        misused = await _honest(target, honest)
        now = psutil.Process(gateway).cpu_times()
        misused.busy = (now.user + now.system - cpu_s.user - cpu_s.system) / (time.perf_counter() - start)
        return alone, misused, held.value


@asynccontextmanager
async def _misuse_elsewhere(target: Target, tokens: list[str]) -> AsyncIterator[Any]:
    """All misuse, by a process of its own; gives the number of its open streams, once all are open or time is over."""
    spawn = multiprocessing.get_context("spawn")
    held = spawn.Value("i", 0)
    process = spawn.Process(target=_misuse, args=(target, tokens, held), daemon=True)
    process.start()
    try:
        until = time.perf_counter() + _OPENING_S
        while held.value < STREAMS and time.perf_counter() < until:  # noqa: ASYNC110  (another process counts)
            await asyncio.sleep(0.1)
        yield held
    finally:
        process.kill()
        process.join()


def _misuse(target: Target, tokens: list[str], held: Any) -> None:
    raise_open_files_limit()
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(_all_misuse(target, tokens, held))


async def _all_misuse(target: Target, tokens: list[str], held: Any) -> None:
    packer = zlib.compressobj(9)
    block = b"a" * (1 << 24)
    bomb = b"".join(packer.compress(block) for _ in range(_GIB // len(block))) + packer.flush()
    slow = (_slow(target, number) for number in range(SLOW))
    await asyncio.gather(_open_streams(target, tokens, held), _packed(target, bomb), *slow)


async def _honest(target: Target, tokens: list[str]) -> Figures:
    """Requests at a steady rate for SECONDS: half of them show, most others list, every twentieth creates."""
    figures, pool, running = Figures(), asyncio.LifoQueue[Any](), set()
    requests, start = _requests(target, tokens), time.perf_counter()
    for number in range(int(HONEST_PER_S * SECONDS)):
        due = start + number / HONEST_PER_S
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        task = asyncio.create_task(_one(target, next(requests), due, figures, pool))
        running.add(task)
        task.add_done_callback(running.discard)
    late = (await asyncio.wait(running, timeout=_LATE_S))[1] if running else set()
    for task in late:
        task.cancel()
    figures.statuses["late"] = len(late)
    while not pool.empty():
        pool.get_nowait()[1].close()
    return figures


def _requests(target: Target, tokens: list[str]) -> Iterator[bytes]:
    for number, token in enumerate(cycle(tokens)):
        if number % 20 == 19:
            length = f"Content-Length: {len(_CREATE)}"
            yield target.head("POST", target.exports, token, "Content-Type: application/json", length) + _CREATE
        else:
            yield target.head("GET", f"{target.exports}/{target.shown}" if number % 2 else target.exports, token)


async def _one(target: Target, request: bytes, due: float, figures: Figures, pool: asyncio.LifoQueue[Any]) -> None:
    """One request on an idle connection, or on a new one where none is idle."""
    try:
        reader, writer = await target.connect() if pool.empty() else pool.get_nowait()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0]))
    except (OSError, asyncio.IncompleteReadError) as error:
        figures.statuses[type(error).__name__] += 1
        return
    figures.seconds.append(time.perf_counter() - due)
    figures.statuses[head.split()[1].decode()] += 1
    pool.put_nowait((reader, writer))


async def _slow(target: Target, number: int) -> None:
    """A head, or a body after a head, that comes a byte a second; another connection once this one is ended."""
    begun = target.head("POST", target.exports, "", "Content-Length: 1000") if number % 2 else b"GET /"
    await asyncio.sleep(number / SLOW * 4)
    while True:
        try:
            _, writer = await target.connect()
            writer.write(begun)
            while not writer.is_closing():
                writer.write(b"x")
                await asyncio.sleep(1.0)
        except OSError:
            await asyncio.sleep(0.1)


async def _packed(target: Target, bomb: bytes) -> None:
    """Bodies that inflate to a gigabyte, without a token, at a steady rate."""
    headers = ("Content-Type: application/json", "Content-Encoding: deflate", f"Content-Length: {len(bomb)}")
    head = target.head("POST", target.exports, "", *headers)
    async with asyncio.TaskGroup() as sending:
        while True:
            sending.create_task(_send(target, head + bomb))
            await asyncio.sleep(1 / PACKED_PER_S)


async def _send(target: Target, request: bytes) -> None:
    try:
        async with asyncio.timeout(10):
            reader, writer = await target.connect()
            writer.write(request)
            await reader.read(1024)
            writer.close()
    except (OSError, TimeoutError):
        pass


async def _open_streams(target: Target, tokens: list[str], held: Any) -> None:
    """Streams of all exports of a course, read for ever."""
    room = asyncio.Semaphore(_OPENING)

    async def follow(token: str) -> None:
        async with room:
            reader, writer = await target.connect()
            writer.write(target.head("GET", target.events, token))
            await reader.readuntil(b"\r\n\r\n")
        held.value += 1
        while await reader.read(1 << 16):
            pass
        held.value -= 1
        writer.close()

    await asyncio.gather(*(follow(token) for token in tokens for _ in range(STREAMS_OF_A_TOKEN)))
