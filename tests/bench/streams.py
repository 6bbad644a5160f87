"""One event to many open streams: how long from the commit to the last client, and what a stream costs.

`make bench ARGS=streams`. Servers, clients and PostgreSQL share the machine; the clients are one process
of plain sockets. The clock starts before the statement that commits, and stops as the event reaches a client. The same
is measured of the barest server (tests/bench/bare_streams.py), which gets its event in an HTTP request and has no database.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

import aiohttp
import psutil

from deploy.stack.ports import LOOPBACK, free_port
from services.progress.frames import frame
from shared.adapters.postgres.migrate import migrate
from shared.adapters.postgres.pool import open_pool
from shared.runtime.lifecycle import new_event_loop
from tests.bench.table import Line
from tests.support.events import a_completion
from tests.support.progress_service import Process, client_session, settings_for
from tests.support.school import School
from tests.support.servers import session_servers

_ROUNDS, _WARM_UP = 33, 3
_PATIENCE_S = 60.0
_OPENING = 50  # connections that are made at a time


@dataclass(frozen=True)
class Figures:
    """Of one server."""

    p50_s: float
    p99_s: float
    cpu_s: float  # for one event to one stream
    bytes_each: float
    opened_each_s: float


class Crowd:
    """All clients: when each received an event, and a wait for all of them."""

    def __init__(self) -> None:
        self.arrivals: list[float] = []
        self._expected = 0
        self._all_received: asyncio.Future[None] | None = None

    def received(self, events: int) -> None:
        """A client has got so many events."""
        self.arrivals += [time.perf_counter()] * events
        if self._all_received is not None and len(self.arrivals) >= self._expected and not self._all_received.done():
            self._all_received.set_result(None)

    def expect(self, events: int) -> asyncio.Future[None]:
        """Forget the events so far; the future is done when so many events have arrived."""
        self.arrivals, self._expected = [], events
        self._all_received = asyncio.get_running_loop().create_future()
        return self._all_received


class Client(asyncio.Protocol):
    """An open stream."""

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd

    def data_received(self, data: bytes) -> None:
        self._crowd.received(data.count(b"\ndata: "))


def run(streams: int = 1000) -> list[Line]:
    """The lines of the table: our figures, and how many times the barest server's they are."""
    with session_servers() as servers, servers.database() as url, asyncio.Runner(loop_factory=new_event_loop) as runner:
        bare = runner.run(_bare(streams))
        ours = runner.run(_ours(url, streams))
    beside = "a server that only writes"
    received = f"one event to {streams} streams, commit to client"
    return [
        Line(f"{received}, p50", ours.p50_s * 1e3, "ms", beside, ours.p50_s / bare.p50_s),
        Line(f"{received}, p99", ours.p99_s * 1e3, "ms", beside, ours.p99_s / bare.p99_s, "< 100 ms"),
        Line("processor time for an event and a stream", ours.cpu_s * 1e6, "us", beside, ours.cpu_s / bare.cpu_s),
        Line("memory of an open stream", ours.bytes_each / 1024, "KiB", beside, ours.bytes_each / bare.bytes_each),
        Line("streams opened", ours.opened_each_s, "/s", beside, ours.opened_each_s / bare.opened_each_s),
    ]


async def _ours(database_url: str, streams: int) -> Figures:
    await migrate(database_url)
    process = Process(settings_for(database_url, sse_comment_s=600))
    async with client_session() as session, open_pool(database_url, size=2) as pool:
        service = await process.start(session)
        try:
            school = School(pool)
            admin = await school.person(site_admin=True)
            export = await school.export(await school.course(), admin)
            await school.start(export)
            url = f"{service.events_of(export.progress_id)}?access_token={admin.token}"

            async def send(number: int) -> None:
                await school.leases.report(export.id, 1, float(number))

            return await _measure(urlsplit(url), process.pid, send, streams)
        finally:
            await process.end()


async def _bare(streams: int) -> Figures:
    port = free_port()
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.bench.bare_streams", str(port))
    data = frame(a_completion(10_000, 42.0, course_id=12, user_id=4))
    try:
        async with client_session() as session:

            async def send(number: int) -> None:
                async with session.post(f"http://{LOOPBACK}:{port}/send", data=data) as answer:
                    await answer.read()

            await _answers(send)
            return await _measure(urlsplit(f"http://{LOOPBACK}:{port}/events"), process.pid, send, streams)
    finally:
        process.kill()
        await process.wait()


async def _answers(send: Callable[[int], Awaitable[None]]) -> None:
    for _ in range(200):
        try:
            return await send(0)
        except aiohttp.ClientConnectionError:
            await asyncio.sleep(0.05)
    raise TimeoutError("the bare server does not answer")


async def _measure(url: SplitResult, pid: int, send: Callable[[int], Awaitable[None]], streams: int) -> Figures:
    """Open the streams of a server and send events to them again and again."""
    process, crowd = psutil.Process(pid), Crowd()
    memory, started = process.memory_info().rss, time.perf_counter()
    await _open(crowd, url, streams)
    opened_s, memory = time.perf_counter() - started, process.memory_info().rss - memory
    cpu = process.cpu_times()
    seconds = [s for number in range(1, _ROUNDS + 1) for s in await _received(crowd, send, streams, number)]
    cpu_s = sum(process.cpu_times()[:2]) - sum(cpu[:2])
    measured = sorted(seconds[_WARM_UP * streams :])
    return Figures(
        p50_s=statistics.median(measured),
        p99_s=measured[int(len(measured) * 0.99)],
        cpu_s=cpu_s / len(seconds),
        bytes_each=memory / streams,
        opened_each_s=streams / opened_s,
    )


async def _open(crowd: Crowd, url: SplitResult, streams: int) -> None:
    """Open streams until each has its first event."""
    request = f"GET {url.path}?{url.query} HTTP/1.1\r\nHost: {url.netloc}\r\n\r\n".encode()
    connect = asyncio.get_running_loop().create_connection
    for start in range(0, streams, _OPENING):
        some = min(_OPENING, streams - start)
        all_received = crowd.expect(some)
        made = await asyncio.gather(*(connect(lambda: Client(crowd), url.hostname, url.port) for _ in range(some)))
        for transport, _ in made:
            transport.write(request)
        await asyncio.wait_for(all_received, _PATIENCE_S)


async def _received(crowd: Crowd, send: Callable[[int], Awaitable[None]], streams: int, number: int) -> list[float]:
    """One event to all; the seconds it took to each."""
    all_received = crowd.expect(streams)
    started = time.perf_counter()
    await send(number)
    await asyncio.wait_for(all_received, _PATIENCE_S)
    return [arrived - started for arrived in crowd.arrivals]
