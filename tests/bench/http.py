"""Create and show requests a second of one gateway process, beside handlers that do nothing, in the same run.

Each create is answered after its transaction has committed, each request's token is checked. Both servers are one process
of aiohttp on the same event loop. The client is one process of plain sockets, 32 connections that each wait for an answer
before they ask again; it takes a third of what the bare handler does, so that it is no limit. Turns of both alternate.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import psutil

from deploy.stack.ports import LOOPBACK, free_port
from shared.runtime.lifecycle import new_event_loop
from tests.bench.table import Line
from tests.bench.whole_path import loaded_stack

CONNECTIONS = 32
SECONDS = 3.0
TURNS = 5


class Connection(asyncio.Protocol):
    """Asks, waits for the whole answer, asks again, until the time is over."""

    def __init__(self, ask: Iterator[bytes], until: float, seconds: list[float]) -> None:
        self._ask, self._until, self._seconds = ask, until, seconds
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._got = b""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # streams have these
        self._transport = transport
        self._next()

    def _next(self) -> None:
        self._got, self._asked = b"", time.perf_counter()
        if self._asked >= self._until:
            self._transport.close()
            self.ended.set_result(None)
            return
        self._transport.write(next(self._ask))

    def data_received(self, data: bytes) -> None:
        self._got += data
        head, _, body = self._got.partition(b"\r\n\r\n")
        if not body or len(body) < int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0]):
            return
        assert head.startswith(b"HTTP/1.1 200"), head
        self._seconds.append(time.perf_counter() - self._asked)
        self._next()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_exception(error or ConnectionError("the server hung up"))


async def load(url: str, ask: Iterator[bytes]) -> list[float]:
    """Seconds of each answer in one turn."""
    seconds: list[float] = []
    host, port, until = urlsplit(url).hostname, urlsplit(url).port, time.perf_counter() + SECONDS
    loop = asyncio.get_running_loop()
    made = [
        await loop.create_connection(lambda: Connection(ask, until, seconds), host, port) for _ in range(CONNECTIONS)
    ]
    await asyncio.gather(*(connection.ended for _, connection in made))
    return seconds


def creates(course_id: int, token: str) -> Iterator[bytes]:
    """The same create again and again. A selection of nothing keeps the workers' share of the machine small."""
    body = b'{"export_type":"qti","skip_notifications":true,"select":{"quizzes":[1]}}'
    request = (
        f"POST /api/v1/courses/{course_id}/content_exports HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body
    while True:
        yield request


def shows(course_id: int, token: str, ids: list[int]) -> Iterator[bytes]:
    """Show one export after another."""
    while True:
        for export_id in ids:
            yield (
                f"GET /api/v1/courses/{course_id}/content_exports/{export_id} HTTP/1.1\r\nHost: bench\r\n"
                f"Authorization: Bearer {token}\r\n\r\n"
            ).encode()


@contextmanager
def bare_server() -> Iterator[Server]:
    """The handlers that do nothing, in a process of their own."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "tests.bench.bare_http", str(port)])
    try:
        time.sleep(1.5)
        yield Server(f"http://{LOOPBACK}:{port}", process.pid)
    finally:
        process.terminate()
        process.wait()


@dataclass(frozen=True)
class Server:
    """One process that answers."""

    url: str
    pid: int

    def cpu_s(self) -> float:
        """Seconds of a processor that it has used so far."""
        used = psutil.Process(self.pid).cpu_times()
        return float(used.user + used.system)


@dataclass(frozen=True)
class Turns:
    """What the turns of one server came to: medians, and the latency of all answers."""

    rate: float  # requests a second
    cpu_us: float  # of one request, in the server's process
    p99_ms: float


def run() -> list[Line]:
    """The gateway and the bare handlers by turns, alone; then creates with the relay at work, and without a broker."""
    os.environ |= {"RATE_LIMIT_PER_S": "1e9", "RATE_LIMIT_BURST": "1e9"}  # one token asks for all
    with loaded_stack() as (stack, client, course_id), bare_server() as bare:
        for worker in ("qti", "cartridge", "zip", "janitor"):
            stack.stop(worker)
        gateway = Server(stack.base_url, stack.pid("gateway"))
        ids = [client.create(course_id, "qti")["id"] for _ in range(200)]
        shown, made = lambda: shows(course_id, client.token, ids), lambda: creates(course_id, client.token)
        stack.stop("relay")  # what it takes from the machine goes on after a turn, and would slow the next one's server
        lines = _beside("show", *by_turns((gateway, bare), shown), ">= 0.5")
        lines += _beside("create", *by_turns((gateway, bare), made), ">= 0.4")
        stack.start("relay")
        (busy,) = by_turns((gateway,), made)
        lines.append(Line("create while the relay sends, p99", busy.p99_ms, "ms", f"{busy.rate:,.0f} requests/s"))
        stack.stop_broker()
        try:
            (alone,) = by_turns((gateway,), made)
        finally:
            stack.start_broker()
        return [
            *lines,
            Line("create while RabbitMQ is stopped, p99", alone.p99_ms, "ms", f"{alone.rate:,.0f} requests/s"),
        ]


def _beside(name: str, ours: Turns, bare: Turns, aim: str) -> list[Line]:
    limit = f"{bare.rate:,.0f} by a bare handler"
    return [
        Line(f"{name}, one gateway process", ours.rate, "requests/s", limit, ours.rate / bare.rate, aim),
        Line(
            f"{name}, processor time of the process",
            ours.cpu_us,
            "µs/request",
            f"{bare.cpu_us:,.0f} of a bare handler",
            bare.cpu_us / ours.cpu_us,
        ),
        Line(f"{name}, p99", ours.p99_ms, "ms", f"{bare.p99_ms:.3g} of a bare handler"),
    ]


def by_turns(servers: Sequence[Server], ask: Callable[[], Iterator[bytes]]) -> list[Turns]:
    """Each server in turn, after a turn that does not count."""
    turns: dict[Server, list[tuple[float, float]]] = {server: [] for server in servers}
    seconds: dict[Server, list[float]] = {server: [] for server in servers}
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        for turn in range(TURNS + 1):
            for server in servers:
                before = server.cpu_s()
                answers = runner.run(load(server.url, ask()))
                if turn:
                    cpu_us = (server.cpu_s() - before) / len(answers) * 1e6
                    turns[server].append((len(answers) / SECONDS, cpu_us))
                    seconds[server] += answers
    return [_summed(turns[server], sorted(seconds[server])) for server in servers]


def _summed(turns: Sequence[tuple[float, float]], seconds: Sequence[float]) -> Turns:
    rates, costs = zip(*turns, strict=True)
    return Turns(statistics.median(rates), statistics.median(costs), seconds[int(len(seconds) * 0.99)] * 1000)
