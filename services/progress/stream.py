"""Server-sent events, written by hand (HTML Living Standard, 9.2): frames, comments, and the life of one stream.

A stream tells what its caller may see. The rights are looked at when it opens and again, before anything is
sent, once the last look is older than RIGHTS_TTL_S: so long at most does a stream outlive a token, a role or a course.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from datetime import datetime

import msgspec
from aiohttp import web

from services.progress.feed import Feed
from services.progress.hub import Hub, Subscription
from services.progress.metrics import DROPPED, LAG, OPEN, SENT
from services.progress.watches import Opening, Watch
from shared.adapters.postgres.export_events import ExportEvents
from shared.contracts.events import ExportEvent
from shared.domain.errors import DatabaseUnavailable
from shared.http.answers import ApiError
from shared.http.edge import REQUEST_ID
from shared.runtime.logs import get_logger

RIGHTS_TTL_S = 60.0
WRITE_TIMEOUT_S = 30.0  # a reader that takes nothing for so long is dropped; it can come back with its last id
_RETRY_S = 1.0  # between looks at a database that does not answer
_RETRY_MS = 2000  # how long a client is to wait before it comes back

COMMENT = b":\n\n"
RETRY = b"retry: %d\n" % _RETRY_MS
_HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # nginx: hand on each event at once
}


def frame(event: ExportEvent) -> bytes:
    """One event: its id, its name, and its data as one line of JSON (JSON escapes every line end)."""
    return b"id: %d\nevent: %b\ndata: %b\n\n" % (event.id, event.name.encode(), msgspec.json.encode(event.data))


def opening_bytes(opening: Opening) -> bytes:
    """The first bytes of a stream: how long to wait before coming back, the id to go on after, and the snapshot.

    An id without data is no event for the client, but what it comes back with. A replay has it without an empty line,
    so that it is one block with the first event or comment that follows.
    """
    if opening.snapshot:
        return RETRY + b"".join(map(frame, opening.snapshot))
    return RETRY + b"id: %d\n" % opening.last + (b"" if opening.replay else b"\n")


def last_event_id(request: web.Request) -> int | None:
    """The id that the client has got to: `Last-Event-ID`, or `last_event_id` in the query for clients that cannot set it.

    None where there is none, or not one of ours.
    """
    text = request.headers.get("Last-Event-ID") or request.query.get("last_event_id", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


async def serve_events(
    request: web.Request, watch: Watch, hub: Hub, log: ExportEvents, comment_s: float
) -> web.Response | web.StreamResponse:
    """Answer with a stream of what is watched, until it has ended, its reader has gone, or the process stops.

    204 where all has been told already: it makes an EventSource stay away, while an ended stream makes it come back.
    """
    await watch.check(request)
    headers = {**_HEADERS, "X-Request-Id": request[REQUEST_ID]}
    with hub.subscribe(watch.subject) as subscription:
        opening = await watch.opening(last_event_id(request))
        if opening is None:
            return web.Response(status=204, headers=headers)
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        if request.method == "GET":
            with OPEN.labels(watch.name).track_inprogress():
                feed = Feed(log, watch.subject, subscription, opening.last)
                await Stream(request, response, watch, comment_s).run(opening, subscription, feed)
    return response


class Stream:
    """One open stream."""

    def __init__(self, request: web.Request, response: web.StreamResponse, watch: Watch, comment_s: float) -> None:
        self._request = request
        self._response = response
        self._watch = watch
        self._comment_s = comment_s
        self._checked_at = self._written_at = time.monotonic()

    async def run(self, opening: Opening, subscription: Subscription, feed: Feed) -> None:
        """Write until the end. Never raises: the answer has begun, and an error can only cut it short."""
        try:
            await self._run(opening, subscription, feed)
        except ConnectionError:
            pass  # the reader has gone
        except TimeoutError:
            DROPPED.inc()
            self._cut("stream_reader_stuck")
        except ApiError as error:
            get_logger().info("stream_no_longer_allowed", path=self._request.path, status=error.status)
        except Exception:  # noqa: BLE001  (whatever it is, it must not put an error page into the stream)
            get_logger().exception("stream_crashed", path=self._request.path)
            self._cut("stream_cut")

    async def _run(self, opening: Opening, subscription: Subscription, feed: Feed) -> None:
        if opening.replay:
            subscription.fall_behind()
        await self._write(opening_bytes(opening))
        if any(map(self._watch.ends_with, opening.snapshot)):
            return
        while not subscription.closed:
            await subscription.ready(self._silence_left())
            try:
                await self._check()
                events, live = await feed.take()
            except DatabaseUnavailable:
                await subscription.pause(_RETRY_S)
                events, live = [], False
            if await self._send(events, live=live):
                return

    async def _check(self) -> None:
        """Look again at the caller's rights where the last look is too old. Raises ApiError where they have gone."""
        if time.monotonic() - self._checked_at > RIGHTS_TTL_S:
            await self._watch.check(self._request)
            self._checked_at = time.monotonic()

    async def _send(self, events: Sequence[ExportEvent], *, live: bool) -> bool:
        """Write what the caller may see of the events, or a comment after a silence; True at the end of the subject."""
        shown = [event for event in events if self._watch.shows(event)]
        if shown:
            await self._write(b"".join(map(frame, shown)))
            _count(shown, live=live)
        elif self._silence_left() <= 0:
            await self._write(COMMENT)
        return any(map(self._watch.ends_with, shown))

    def _silence_left(self) -> float:
        return max(0.0, self._written_at + self._comment_s - time.monotonic())

    async def _write(self, data: bytes) -> None:
        async with asyncio.timeout(WRITE_TIMEOUT_S):
            await self._response.write(data)
        self._written_at = time.monotonic()

    def _cut(self, event: str) -> None:
        """End the connection in the middle, so that the client sees an end that was not meant and comes back."""
        get_logger().warning(event, path=self._request.path)
        if self._request.transport is not None:
            self._request.transport.abort()


def _count(events: Sequence[ExportEvent], *, live: bool) -> None:
    for event in events:
        SENT.labels(event.name).inc()
        if live:
            LAG.observe(max(0.0, time.time() - datetime.fromisoformat(event.data.at).timestamp()))
