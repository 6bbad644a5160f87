"""Create and show requests a second of one gateway process, beside handlers that do nothing, in the same run.

Each create is answered after its transaction has committed, each request's token is checked. The client is one process
of plain sockets, 32 connections that each wait for an answer before they ask again; turns of both servers alternate.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

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
def bare_server() -> Iterator[str]:
    """The handlers that do nothing, in a process of their own."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "tests.bench.bare_http", str(port)])
    try:
        time.sleep(1.5)
        yield f"http://{LOOPBACK}:{port}"
    finally:
        process.terminate()
        process.wait()


def run() -> list[Line]:
    """Turns of both servers by turns: medians of requests a second, p99 over all turns."""
    os.environ |= {"RATE_LIMIT_PER_S": "1e9", "RATE_LIMIT_BURST": "1e9"}  # one token asks for all
    with loaded_stack() as (stack, client, course_id), bare_server() as bare:
        for worker in ("qti", "cartridge", "zip", "janitor"):  # what is measured is the gateway, and who carries on
            stack.stop(worker)
        ids = [client.create(course_id, "qti")["id"] for _ in range(200)]
        lines = []
        for name, ask, aim in (
            ("create", lambda: creates(course_id, client.token), ">= 0.4"),
            ("show", lambda: shows(course_id, client.token, ids), ">= 0.5"),
        ):
            ours, limit, slow = _turns(stack.base_url, bare, ask)
            lines.append(
                Line(
                    f"{name}, one gateway process",
                    ours,
                    "requests/s",
                    f"{limit:,.0f} by a bare handler",
                    ours / limit,
                    aim,
                )
            )
            lines.append(Line(f"{name}, p99", slow * 1000, "ms"))
        stack.stop_broker()
        try:
            _, _, slow = _turns(stack.base_url, bare, lambda: creates(course_id, client.token))
        finally:
            stack.start_broker()
        return [*lines, Line("create while RabbitMQ is stopped, p99", slow * 1000, "ms")]


def _turns(ours: str, bare: str, ask: Callable[[], Iterator[bytes]]) -> tuple[float, float, float]:
    """(requests a second of ours, of the bare handlers, our p99 in seconds)."""
    rates: dict[str, list[float]] = {ours: [], bare: []}
    every: list[float] = []
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        for _ in range(TURNS):
            for url in (ours, bare):
                seconds = runner.run(load(url, ask()))
                rates[url].append(len(seconds) / SECONDS)
                every += seconds if url == ours else []
    return statistics.median(rates[ours]), statistics.median(rates[bare]), sorted(every)[int(len(every) * 0.99)]
