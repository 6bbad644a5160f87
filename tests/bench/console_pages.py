"""1,000 open pages of exports: memory and processor of the console and of what is behind it; and a page's first byte.

`make bench ARGS=console_pages`. A page holds one event stream through the console. All services and the clients share the
machine. A page's first byte is measured beside the requests to the API that it makes.
"""

from __future__ import annotations

import asyncio
import re
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http.cookies import SimpleCookie

import aiohttp
import psutil

from tests.bench.table import MIB, Line
from tests.bench.whole_path import loaded_stack
from tests.support.client import Client
from tests.support.stack import Stack

_PEOPLE, _PAGES_EACH = 25, 40  # below the streams that a token may hold
_ROUNDS, _WARM_UP = 60, 10
_WATCHED_S = 10.0
_SERVICES = ("console", "gateway", "progress")
_CSRF = re.compile(r'name="csrf" value="(\w+)"')


@dataclass(frozen=True)
class Usage:
    """Of one process."""

    resident: int
    cpu_s: float


@dataclass(frozen=True)
class Place:
    """What is looked at: a finished export of a course, and the progress of one that waits."""

    admin: Client
    path: str  # courses/1
    finished: str
    waiting: str


def run() -> list[Line]:
    """The first byte of the page of an export, then the pages of a crowd."""
    with loaded_stack() as (stack, admin, course_id):
        done = admin.exported(course_id, "common_cartridge")
        stack.stop("qti")
        try:
            waiting = admin.create(course_id, "qti")
            tokens = [stack.token(1) for _ in range(_PEOPLE)]
            place = Place(admin, f"courses/{course_id}", str(done["id"]), waiting["progress_url"].rsplit("/", 1)[1])
            return asyncio.run(_measured(stack, place, tokens))
        finally:
            stack.start("qti")


async def _measured(stack: Stack, place: Place, tokens: list[str]) -> list[Line]:
    console = stack.system.processes.url("console")
    timeout = aiohttp.ClientTimeout(total=None)
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0), cookie_jar=aiohttp.DummyCookieJar(), timeout=timeout
    ) as session:
        cookies = [await _signed_in(session, console, token) for token in tokens]
        lines = await _first_bytes(session, console, place, cookies[0])
        url = f"{console}/console/progress/{place.waiting}/events"
        return lines + await _crowd(session, stack, url, cookies)


async def _signed_in(session: aiohttp.ClientSession, console: str, token: str) -> str:
    """The cookie of a person who has signed in."""
    async with session.get(f"{console}/console/sign-in") as answer:
        found = _CSRF.search(await answer.text())
        cookie = _cookie(answer)
    assert found is not None
    form = {"csrf": found.group(1), "token": token}
    async with session.post(
        f"{console}/console/sign-in", data=form, headers={"Cookie": cookie}, allow_redirects=False
    ) as answer:
        assert answer.status == 303, await answer.text()
        return _cookie(answer)


def _cookie(answer: aiohttp.ClientResponse) -> str:
    cookies = SimpleCookie(answer.headers["Set-Cookie"])
    return "; ".join(f"{name}={each.value}" for name, each in cookies.items())


async def _first_bytes(session: aiohttp.ClientSession, console: str, place: Place, cookie: str) -> list[Line]:
    """The page of a finished export beside its three requests to the API, of which two are sent at once."""
    at = f"{place.admin.base_url}/api/v1/{place.path}"
    token = {"Authorization": f"Bearer {place.admin.token}"}

    async def api() -> None:
        export = f"{at}/content_exports/{place.finished}"
        await _got(session, export, token)
        await asyncio.gather(_got(session, at, token), _got(session, f"{export}/report", token))

    async def page() -> None:
        url = f"{console}/console/{place.path}/exports/{place.finished}"
        async with session.get(url, headers={"Cookie": cookie}) as answer:  # its head: the first bytes
            assert answer.status == 200, answer.status

    beside, own = [], []
    for number in range(_WARM_UP + _ROUNDS):  # by turns: what else the machine does meets both alike
        api_s, page_s = await _seconds(api), await _seconds(page)
        if number >= _WARM_UP:
            beside.append(api_s)
            own.append(page_s - api_s)
    return [
        Line("the requests to the API of the page of an export", statistics.median(beside) * 1e3, "ms"),
        Line("its first byte after those, median of differences", statistics.median(own) * 1e3, "ms", aim="< 50 ms"),
    ]


async def _got(session: aiohttp.ClientSession, url: str, headers: dict[str, str]) -> None:
    async with session.get(url, headers=headers) as answer:
        assert answer.status == 200, (url, answer.status)
        await answer.read()


async def _seconds(once: Callable[[], Awaitable[None]]) -> float:
    started = time.perf_counter()
    await once()
    return time.perf_counter() - started


async def _crowd(session: aiohttp.ClientSession, stack: Stack, url: str, cookies: list[str]) -> list[Line]:
    """Open the streams, watch them for a while, and say what they cost."""
    before = {service: _usage(stack, service) for service in _SERVICES}
    streams: list[aiohttp.ClientResponse] = []
    for cookie in cookies:
        opening = (session.get(url, headers={"Cookie": cookie}) for _ in range(_PAGES_EACH))
        streams += await asyncio.gather(*opening)
    assert {stream.status for stream in streams} == {200}
    opened = {service: _usage(stack, service) for service in _SERVICES}
    await asyncio.sleep(_WATCHED_S)
    after = {service: _usage(stack, service) for service in _SERVICES}
    for stream in streams:
        stream.close()
    pages = f"{len(streams)} open pages of exports"
    lines = []
    for service in _SERVICES:
        grown = (after[service].resident - before[service].resident) / MIB
        busy = (after[service].cpu_s - opened[service].cpu_s) / _WATCHED_S * 100
        opening_s = opened[service].cpu_s - before[service].cpu_s
        lines += [
            Line(f"{pages}: memory that {service} grew by", grown, "MiB"),
            Line(f"{pages}: processor of {service} while they wait", busy, "% of a core"),
            Line(f"{pages}: processor time of {service} to open them", opening_s, "s"),
        ]
    return lines


def _usage(stack: Stack, service: str) -> Usage:
    process = psutil.Process(stack.pid(service))
    return Usage(process.memory_info().rss, sum(process.cpu_times()[:2]))
