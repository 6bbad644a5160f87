"""A reader of server-sent events by the letter of the HTML Living Standard (9.2.6), and a client that goes on."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp


@dataclass(frozen=True)
class Received:
    """An event as a browser would dispatch it."""

    id: str
    name: str
    text: str

    @property
    def data(self) -> dict[str, Any]:
        parsed: dict[str, Any] = json.loads(self.text)
        return parsed

    @property
    def state(self) -> str:
        state: str = self.data["workflow_state"]
        return state


@dataclass
class Parser:
    """Bytes in, events out; keeps what an EventSource keeps."""

    last_event_id: str = ""
    retry_ms: int | None = None
    comments: int = 0
    _rest: bytes = b""
    _fields: dict[str, list[str]] = field(default_factory=dict)
    _id: str = ""

    def feed(self, data: bytes) -> Iterator[Received]:
        """Take bytes; give the events that are complete with them. Only LF ends lines here, as the service writes them."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            yield from self._line(line.decode("utf-8"))

    def _line(self, line: str) -> Iterator[Received]:
        if not line:
            yield from self._dispatch()
        elif line.startswith(":"):
            self.comments += 1
        else:
            name, _, value = line.partition(":")
            self._field(name, value.removeprefix(" "))

    def _field(self, name: str, value: str) -> None:
        if name == "id" and "\0" not in value:
            self._id = value
        elif name == "retry" and value.isascii() and value.isdigit():
            self.retry_ms = int(value)
        elif name in ("event", "data"):
            self._fields.setdefault(name, []).append(value)

    def _dispatch(self) -> Iterator[Received]:
        self.last_event_id = self._id
        fields, self._fields = self._fields, {}
        if "data" in fields:
            yield Received(self._id, fields.get("event", ["message"])[-1], "\n".join(fields["data"]))


class Stream:
    """An open stream; its events until the server ends it."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self.answer = answer
        self.parser = Parser()
        self._ready: deque[Received] = deque()

    async def next(self, timeout_s: float = 10.0) -> Received:
        """The next event. Raises TimeoutError where none comes, after which the stream may be read on; EOFError at its end."""
        async with asyncio.timeout(timeout_s):
            while not self._ready:
                chunk = await self.answer.content.readany()
                if not chunk:
                    raise EOFError
                self._ready.extend(self.parser.feed(chunk))
        return self._ready.popleft()

    async def rest(self, timeout_s: float = 10.0) -> list[Received]:
        """All events up to the end, which has to come in time."""
        events = []
        async with asyncio.timeout(timeout_s):
            while True:
                try:
                    events.append(await self.next(timeout_s))
                except EOFError:
                    return events


@asynccontextmanager
async def open_stream(
    session: aiohttp.ClientSession, url: str, token: str | None = None, last_event_id: str | None = None
) -> AsyncIterator[Stream]:
    """A stream that has to be granted."""
    headers = {"Accept": "text/event-stream"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    if last_event_id is not None:
        headers["Last-Event-ID"] = last_event_id
    async with session.get(url, headers=headers) as answer:
        assert answer.status == 200, (answer.status, await answer.text())
        yield Stream(answer)
