"""Two gateways behind a real proxy are restarted in turn while clients work: no request fails."""

from __future__ import annotations

import asyncio
import hashlib
import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from yarl import URL

from shared.contracts.events import STATE
from tests.support.campus import Campus, write_folder
from tests.support.client import Client
from tests.support.proxy import DRAIN_S, HAPROXY, SERVED_BY, Gateways, gateways_behind_a_proxy, readiness
from tests.support.sse import open_stream
from tests.support.stack import STOP_GRACE_S, Stack

pytestmark = pytest.mark.skipif(HAPROXY is None, reason="needs HAProxy: apt-get install haproxy")

MIB = 1 << 20
SIZE = 48 * MIB  # far more than the buffers of both connections hold
CLIENTS = 8
PAUSE_S = 0.05  # of a client between two requests
CREATE_EVERY = 40  # requests of a client
DOWNLOAD_S = DRAIN_S + 3.0  # it goes on after the port of its gateway has closed


@pytest.fixture(scope="module")
def gateways(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateways]:
    with gateways_behind_a_proxy(stack, tmp_path_factory.mktemp("rolling")) as running:
        yield running


@pytest.fixture(scope="module")
def export(campus: Campus, admin: Client, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A finished export whose package takes a while to download."""
    folder = tmp_path_factory.mktemp("media")
    course = campus.load(write_folder(folder, {"course": {"id": 1, "name": "Rolling"}}, {"a.mp4": os.urandom(SIZE)}))
    return admin.exported(course, "zip")


@dataclass
class Load:
    """Clients that ask one question after another, each on a connection of its own."""

    gateways: Gateways
    token: str
    course: int
    exports: str = field(init=False)
    answers: int = 0
    created: list[int] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.exports = f"{self.gateways.url}/api/v1/courses/{self.course}/content_exports"

    async def client(self, shown: int) -> None:
        headers = {"Authorization": f"Bearer {self.token}"}
        async with aiohttp.ClientSession(headers=headers, timeout=aiohttp.ClientTimeout(30)) as session:
            number = 0
            while not self.stopping.is_set():
                number += 1
                try:
                    await self._one(session, number, shown)
                except (aiohttp.ClientError, OSError) as error:
                    self.failures.append(f"{type(error).__name__}: {error}")
                await asyncio.sleep(PAUSE_S)

    async def _one(self, session: aiohttp.ClientSession, number: int, shown: int) -> None:
        creates = number % CREATE_EVERY == 0
        url = self.exports if creates or number % 2 else f"{self.exports}/{shown}"
        body = {"json": {"export_type": "qti"}} if creates else {}
        async with session.request("POST" if creates else "GET", url, **body) as answer:
            content = await answer.json()
        self.answers += 1
        if answer.status != 200:
            self.failures.append(f"{answer.status} of {answer.headers.get(SERVED_BY)}: {content}")
        elif creates:
            self.created.append(content["id"])


@asynccontextmanager
async def under_load(load: Load, shown: int) -> AsyncIterator[None]:
    clients = [asyncio.create_task(load.client(shown)) for _ in range(CLIENTS)]
    try:
        yield
    finally:
        load.stopping.set()
        await asyncio.gather(*clients)


async def downloaded_slowly(session: aiohttp.ClientSession, url: str, name: str, begun: asyncio.Event) -> str:
    """The SHA-256 of what this gateway sends, taken so slowly that it lasts DOWNLOAD_S."""
    async with _answer_of(session, url, name) as answer:
        begun.set()
        digest, received, start = hashlib.sha256(), 0, time.monotonic()
        async for chunk in answer.content.iter_chunked(1 << 18):
            digest.update(chunk)
            received += len(chunk)
            await asyncio.sleep(max(0.0, start + DOWNLOAD_S * received / SIZE - time.monotonic()))
    return digest.hexdigest()


@asynccontextmanager
async def _answer_of(session: aiohttp.ClientSession, url: str, name: str) -> AsyncIterator[aiohttp.ClientResponse]:
    """The answer of this gateway: the proxy chooses, so that it may take some requests."""
    for _ in range(50):
        async with session.get(url) as answer:
            assert answer.status == 200
            if answer.headers[SERVED_BY] == name:
                yield answer
                return
            answer.close()
    pytest.fail(f"no request reached the gateway {name!r}")


@dataclass
class Following:
    """Follows the exports of the course as an EventSource does: after the end of a stream it comes back."""

    load: Load
    seen: list[int] = field(default_factory=list)
    ends: list[str] = field(default_factory=list)  # the gateway of each stream that has ended

    async def run(self, session: aiohttp.ClientSession) -> None:
        last: str | None = None
        while True:
            async with open_stream(session, f"{self.load.exports}/events", self.load.token, last) as stream:
                try:
                    while True:
                        self.seen.append(int((await stream.next(60)).id))
                        last = stream.parser.last_event_id
                except EOFError:
                    self.ends.append(stream.answer.headers[SERVED_BY])


async def restarted(gateways: Gateways, name: str) -> None:
    """Stop a gateway as an operator does and start it again; meanwhile it says what the proxy needs to know."""
    child, url = gateways.children[name], gateways.direct_url(name)
    child.ask_to_stop()
    await asyncio.sleep(DRAIN_S / 2)
    assert await asyncio.to_thread(readiness, url) == 503
    async with aiohttp.ClientSession() as direct, direct.get(f"{url}/healthz") as answer:
        assert (answer.status, answer.headers["Connection"]) == (200, "close")
    await asyncio.sleep(DRAIN_S / 2 + 0.5)
    assert await asyncio.to_thread(readiness, url) == 0, "the port is still open"
    assert child.running(), "a download was in flight"
    assert await asyncio.to_thread(child.wait, STOP_GRACE_S) == 0
    gateways.start(name)
    await asyncio.sleep(1.0)  # until the proxy has noticed


def test_no_request_fails_while_two_gateways_are_restarted_in_turn_under_load(
    gateways: Gateways, stack: Stack, campus: Campus, export: dict[str, Any]
) -> None:
    course = campus.load(write_folder(gateways.folder / "course", {"course": {"id": 2, "name": "Small"}}))
    token = stack.token(1, "--site-admin")
    load = Load(gateways, token, course)
    following = Following(load)
    shown = Client(gateways.url, token).create(course, "qti")["id"]
    asyncio.run(_restart_both(following, shown, export["attachment"]))
    assert load.failures == []
    assert load.answers > 500
    assert following.ends, "no restart has ended a stream"
    _assert_complete(stack, course, following.seen, len(load.created))


async def _restart_both(following: Following, shown: int, attachment: dict[str, Any]) -> None:
    load, gateways = following.load, following.load.gateways
    url = gateways.url + URL(attachment["url"]).path_qs
    async with aiohttp.ClientSession() as session:
        events = asyncio.create_task(following.run(session))
        async with under_load(load, shown):
            await asyncio.sleep(1.0)
            for name in gateways.ports:
                begun = asyncio.Event()
                download = asyncio.create_task(downloaded_slowly(session, url, name, begun))
                await begun.wait()
                await restarted(gateways, name)
                assert await download == attachment["sha256"]
        await asyncio.sleep(3.0)  # until the last exports have finished
        assert not events.done(), events
        events.cancel()


def _assert_complete(stack: Stack, course: int, seen: list[int], created: int) -> None:
    """Each state of each export was seen once, in order, across the ends of streams."""
    rows = stack.query("SELECT id FROM export_events WHERE context_id = $1 AND name = $2 ORDER BY id", course, STATE)
    states = [row["id"] for row in rows]
    assert created > 0
    assert sorted(set(seen)) == seen, "an event came twice, or out of order"
    assert set(states[states.index(seen[0]) :]) <= set(seen), "a state was lost"


def test_the_gateways_have_logged_no_error(gateways: Gateways) -> None:
    for name in gateways.ports:
        assert '"level": "error"' not in gateways.log(name).read_text()
