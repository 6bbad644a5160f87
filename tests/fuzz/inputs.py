"""The bytes of an input as what a parser gets: header values, requests, members of a package."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar
from unittest import mock

from aiohttp import StreamReader, web
from aiohttp.http import HttpVersion11, RawRequestMessage
from aiohttp.streams import EMPTY_PAYLOAD
from aiohttp.web_urldispatcher import MatchInfoError
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from shared.http.answers import ApiError

Value = TypeVar("Value")

_LOOP = asyncio.new_event_loop()
# A connection that nothing is sent over; the limits are those of aiohttp.
_NOTHING: Any = mock.Mock(max_field_size=8190, max_headers=128)
_BODY_LIMIT = 1024 * 1024  # bytes of a request's body, as the services have it by default
_NOT_IN_A_HEADER = re.compile(rb"[\0\r\n]")
_NOT_IN_A_TARGET = re.compile(rb"[^!-~]|#")  # of a request line: visible ASCII alone, and no fragment
_MEMBER = re.compile(rb"^=== (.*)\n", re.MULTILINE)


def wait(awaitable: Awaitable[Value]) -> Value:
    """The value of an awaitable; always the same event loop, as a new one would cost more than most inputs."""

    async def awaited() -> Value:
        return await awaitable

    return _LOOP.run_until_complete(awaited())


@contextmanager
def refused_with(*statuses: int) -> Iterator[None]:
    """The block may end with an answer of one of these statuses; whatever else it raises is raised."""
    try:
        yield
    except (ApiError, web.HTTPException) as refusal:
        if refusal.status not in statuses:
            raise


def text(data: bytes) -> str:
    """A text of any characters: bytes that are not UTF-8 are halves of surrogate pairs."""
    return data.decode("utf-8", "surrogateescape")


def header(data: bytes) -> str:
    """A header's value as aiohttp gives it: UTF-8, other bytes as halves of surrogate pairs."""
    return _NOT_IN_A_HEADER.sub(b"", data).decode("utf-8", "surrogateescape").strip(" \t")


def lines(data: bytes, count: int) -> list[bytes]:
    """The first lines, and all that follows as the last item; what is missing is empty."""
    parts = data.split(b"\n", count - 1)
    return parts + [b""] * (count - len(parts))


def request(
    headers: Sequence[tuple[str, bytes]] = (), *, method: str = "GET", query: bytes = b"", body: bytes = b""
) -> web.Request:
    """A request as the services get it, without a connection and without a route."""
    target = "/api/v1/courses/1/content_exports"
    if query:
        target += "?" + _NOT_IN_A_TARGET.sub(b"", query).decode("ascii")
    given = CIMultiDict((name, header(value)) for name, value in headers)
    given.setdefault("Host", "exports.example.edu")
    if body:
        given["Content-Length"] = str(len(body))
    message = RawRequestMessage(
        method, target, HttpVersion11, CIMultiDictProxy(given), (), False, None, False, False, URL(target, encoded=True)
    )
    made = web.Request(
        message, _payload(body), _NOTHING, _NOTHING, _NOTHING, _LOOP, client_max_size=_BODY_LIMIT, state={}
    )
    made._match_info = MatchInfoError(web.HTTPNotFound())
    return made


def members(data: bytes) -> dict[str, bytes]:
    """The members of a package that is written as a line `=== path` before each body."""
    _, *parts = _MEMBER.split(data)
    return {name.decode("utf-8", "replace"): body for name, body in zip(parts[::2], parts[1::2], strict=True)}


def _payload(body: bytes) -> StreamReader:
    if not body:
        return EMPTY_PAYLOAD
    stream = StreamReader(_NOTHING, 2**16, loop=_LOOP)
    stream.feed_data(body)
    stream.feed_eof()
    return stream
