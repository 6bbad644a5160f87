"""Servers for the commands, in the same process: answers as functions, streams that break where a test says so."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import httpx2

from services.cli.api import Api

BASE = "http://exports.test"
Handler = Callable[[httpx2.Request], httpx2.Response]


def api_of(handler: Handler) -> Api:
    return Api(BASE, "a-token", httpx2.MockTransport(handler))


class Broken(httpx2.SyncByteStream):
    """A body that ends in a broken connection."""

    def __init__(self, *pieces: bytes) -> None:
        self._pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        yield from self._pieces
        raise httpx2.ReadError("connection reset")


def events(*frames: tuple[int, str, float], broken: bool = False) -> httpx2.Response:
    """An event stream: id, workflow_state and completion of each event."""
    pieces = [frame(*each) for each in frames]
    stream: Any = Broken(*pieces) if broken else httpx2.ByteStream(b"".join(pieces))
    return httpx2.Response(200, headers={"Content-Type": "text/event-stream"}, stream=stream)


def frame(event_id: int, state: str, completion: float, **more: Any) -> bytes:
    name = "content_export.progress" if state == "exporting" else "content_export.state"
    data = json.dumps({"workflow_state": state, "completion": completion, **more})
    return f"id: {event_id}\nevent: {name}\ndata: {data}\n\n".encode()


def in_turn(*answers: httpx2.Response | Exception) -> tuple[Handler, list[httpx2.Request]]:
    """A server that gives these answers one after the other, and the requests that it saw."""
    left, seen = list(answers), []

    def handle(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return handle, seen


def paths(requests: Sequence[httpx2.Request]) -> list[str]:
    return [request.url.path for request in requests]
