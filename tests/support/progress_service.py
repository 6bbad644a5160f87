"""The progress service, run for a test: in this process, or as a process of its own that can be stopped and killed."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp

from deploy.stack.ports import LOOPBACK, free_port
from services.progress.__main__ import main
from shared.runtime.settings import Settings

_START_S = 20.0


@dataclass
class Service:
    """A running service."""

    url: str
    session: aiohttp.ClientSession
    stop: Callable[[], None] = lambda: None
    ops_url: str = ""  # for metrics

    def of_progress(self, progress_id: int) -> str:
        return f"{self.url}/api/v1/progress/{progress_id}"

    def events_of(self, progress_id: int) -> str:
        return f"{self.of_progress(progress_id)}/events"

    def events_in(self, route: str, context_id: int | str) -> str:
        return f"{self.url}/api/v1/{route}/{context_id}/content_exports/events"

    async def get(self, url: str, token: str | None = None, method: str = "GET", **more: object) -> Answer:
        """One request, its answer read whole."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with self.session.request(method, url, headers=headers | more.pop("headers", {}), **more) as answer:
            body = await answer.json() if answer.content_type == "application/json" and method != "HEAD" else None
            return Answer(answer.status, body, answer.headers)


@dataclass
class Answer:
    status: int
    json: object
    headers: object


def settings_for(database_url: str, **more: object) -> Settings:
    """Settings with a free port."""
    more = {"streams_per_token": 10_000, "waits_per_token": 10_000, **more}  # what is limited is tested on its own
    return Settings(
        database_url=database_url, secret_key=("a-key",), http_port=free_port(), ops_port=free_port(), **more
    )


def _ops_url(settings: Settings) -> str:
    return f"http://{LOOPBACK}:{settings.ops_port}"


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Service]:
    """The service in this process."""
    stopping = asyncio.Event()
    task = asyncio.create_task(main(settings, stopping))
    try:
        async with _session() as session:
            service = Service(f"http://{LOOPBACK}:{settings.http_port}", session, stopping.set, _ops_url(settings))
            await ready(service, task.done)
            yield service
            stopping.set()
            await asyncio.wait_for(task, 10)
    finally:
        task.cancel()


class Process:
    """The service as a process, under one address through restarts."""

    def __init__(self, settings: Settings) -> None:
        self.url, self.ops_url = f"http://{LOOPBACK}:{settings.http_port}", _ops_url(settings)
        self._env = {
            **os.environ,
            "DATABASE_URL": settings.database_url,
            "SECRET_KEY": "a-key-of-the-tests-of-32-bytes-or-more",
            "HTTP_HOST": LOOPBACK,
            "HTTP_PORT": str(settings.http_port),
            "OPS_PORT": str(settings.ops_port),
            "SSE_COMMENT_S": str(settings.sse_comment_s),
            "STREAMS_PER_TOKEN": str(settings.streams_per_token),
            "LOG_LEVEL": "WARNING",
        }
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, session: aiohttp.ClientSession) -> Service:
        process = await asyncio.create_subprocess_exec(sys.executable, "-m", "services.progress", env=self._env)
        self._process = process
        service = Service(self.url, session, ops_url=self.ops_url)
        await ready(service, lambda: process.returncode is not None)
        return service

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    async def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Signal it and wait for its end; its exit status."""
        assert self._process is not None
        if self._process.returncode is None:
            self._process.send_signal(number)
        return await asyncio.wait_for(self._process.wait(), 15)


async def ready(service: Service, has_ended: Callable[[], bool]) -> None:
    """Wait until the service is ready."""
    async with asyncio.timeout(_START_S):
        while True:
            assert not has_ended(), "the service has ended"
            try:
                if (await service.get(f"{service.url}/readyz")).status == 200:
                    return
            except aiohttp.ClientConnectionError:
                pass
            await asyncio.sleep(0.05)


def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0), timeout=aiohttp.ClientTimeout(total=None, connect=5)
    )


client_session = _session
