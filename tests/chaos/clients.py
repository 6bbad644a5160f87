"""Careful clients over HTTP: they create exports under keys, repeat, cancel, delete and download, whatever is killed."""

from __future__ import annotations

import asyncio
import hashlib
import random
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.chaos.invariants import STUCK_S, Requested, Violation

TYPES = ("common_cartridge", "qti", "zip")
FATES = {"kept": 70, "cancelled": 12, "deleted": 10, "repeated": 8}  # weights
DOWNLOADED = 0.1  # the share of kept exports whose package is downloaded
PAUSE_S = 0.15
ANSWER_S = STUCK_S  # how long a client tries for an answer
AGAIN = frozenset({429, 503})  # answers that ask to try again
BEHIND_A_PROXY = AGAIN | {502, 504}  # those of a proxy whose gateway ends in the middle of an answer, too


@dataclass
class Caller:
    """A user with a token. `violations` are answers that no fault excuses."""

    base_url: str
    token: str
    again: frozenset[int] = AGAIN
    requests: list[Requested] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)

    def session(self) -> aiohttp.ClientSession:
        headers = {"Authorization": f"Bearer {self.token}"}
        return aiohttp.ClientSession(headers=headers, timeout=aiohttp.ClientTimeout(20))

    async def answer(self, session: aiohttp.ClientSession, method: str, path: str, **options: Any) -> dict[str, Any]:
        """The answer to a request that is repeated until it has one. Raises AssertionError where none comes in time."""
        ends_at, url = time.monotonic() + ANSWER_S, path if path.startswith("http") else self.base_url + path
        while True:
            try:
                async with session.request(method, url, **options) as answer:
                    if answer.status == 200:
                        return dict(await answer.json())
                    if answer.status not in self.again:
                        self._note(f"{method} {path} is answered {answer.status}: {await answer.text()}")
            except (aiohttp.ClientError, OSError, TimeoutError):
                pass
            assert time.monotonic() < ends_at, f"{method} {path} has no answer after {ANSWER_S:.0f} s"
            await asyncio.sleep(PAUSE_S)

    async def create(
        self, session: aiohttp.ClientSession, course: int, export_type: str, times: int = 1
    ) -> dict[str, Any]:
        """Create an export under one key, by so many requests at once."""
        options = {"json": {"export_type": export_type}, "headers": {"Idempotency-Key": str(uuid.uuid4())}}
        path = f"/api/v1/courses/{course}/content_exports"
        answers = await asyncio.gather(*(self.answer(session, "POST", path, **options) for _ in range(times)))
        ids = frozenset(int(answer["id"]) for answer in answers)
        self.requests.append(Requested(options["headers"]["Idempotency-Key"], ids))
        return answers[0]

    async def finished(self, session: aiohttp.ClientSession, export: dict[str, Any]) -> None:
        """Wait until the export has ended."""
        while True:
            progress = await self.answer(session, "GET", export["progress_url"])
            if progress["workflow_state"] not in {"queued", "running"}:
                return
            await asyncio.sleep(PAUSE_S)

    def fated(self, fate: str) -> None:
        """Note what the last request of this task became."""
        last = self.requests[-1]
        self.requests[-1] = Requested(last.key, last.export_ids, fate)

    def _note(self, text: str) -> None:
        self.violations.append(Violation("answers", None, text))


@dataclass
class Clients:
    """Clients that share a number of exports to create, which is raised as the run goes on."""

    callers: Sequence[Caller]
    courses: Sequence[int]
    seed: int
    permits: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    async def run(self, exports: int) -> None:
        """Create so many exports in all, and see each to its end."""
        numbers = iter(range(exports))
        await asyncio.gather(*(self._client(caller, numbers, place) for place, caller in enumerate(self.callers)))

    def permit(self, exports: int) -> None:
        """Let clients create so many further exports. Call it in the loop."""
        for _ in range(exports):
            self.permits.release()

    async def _client(self, caller: Caller, numbers: Any, place: int) -> None:
        chance = random.Random(f"{self.seed} {place}")
        async with caller.session() as session:
            for _ in numbers:
                await self.permits.acquire()
                await asyncio.sleep(chance.random() * PAUSE_S)
                await self._one(caller, session, chance)

    async def _one(self, caller: Caller, session: aiohttp.ClientSession, chance: random.Random) -> None:
        course, export_type = chance.choice(self.courses), chance.choice(TYPES)
        (fate,) = chance.choices(list(FATES), list(FATES.values()))
        export = await caller.create(session, course, export_type, times=2 if fate == "repeated" else 1)
        if fate == "cancelled":
            caller.fated(fate)
            await asyncio.sleep(chance.random() * PAUSE_S)
            await caller.answer(session, "POST", f"{export['progress_url']}/cancel")
        await caller.finished(session, export)
        shown = f"/api/v1/courses/{course}/content_exports/{export['id']}"
        if fate == "deleted":
            caller.fated(fate)
            await caller.answer(session, "DELETE", shown)
        elif fate == "kept" and chance.random() < DOWNLOADED:
            await self._download(caller, session, shown)

    async def _download(self, caller: Caller, session: aiohttp.ClientSession, shown: str) -> None:
        """Download a package, once: the bytes that come are those of the export, or the connection breaks."""
        attachment = (await caller.answer(session, "GET", shown)).get("attachment")
        if attachment is None:
            return  # expected_ends reports it
        try:
            async with session.get(attachment["url"]) as answer:
                body = await answer.read()
        except (aiohttp.ClientError, OSError, TimeoutError):
            return
        if answer.status == 200 and hashlib.sha256(body).hexdigest() != attachment["sha256"]:
            caller.violations.append(Violation("sha256", None, f"{shown} is downloaded with other bytes"))
