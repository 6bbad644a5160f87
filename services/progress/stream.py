"""The life of one event stream.

A stream sends what its caller may see. The rights are checked when it opens, at once when the database notifies that the
caller may have lost them, and before anything is sent where the last check is older than RIGHTS_TTL_S: that is for what
no notification comes of, such as the end of a token's time.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from aiohttp import web

from services.progress.event_reader import EventLog, EventReader, NextEvents
from services.progress.frames import HEADERS, SSE, StreamForm, last_event_id
from services.progress.hub import Hub, Subscription
from services.progress.metrics import DROPPED, LAG, OPEN, SENT
from services.progress.response_writer import ResponseWriter
from services.progress.stream_topics import Followed, Opening, StreamTopic
from shared.contracts.events import PROGRESS, STATE, ExportEvent
from shared.domain.errors import DatabaseUnavailable, in_full
from shared.http.answers import ApiError
from shared.http.concurrency import Concurrency
from shared.http.connection import while_connected
from shared.http.edge import REQUEST_ID
from shared.runtime.logs import get_logger

RIGHTS_TTL_S = 60.0
_RETRY_S = 1.0  # between looks at a database that does not answer

_SENT_BY_NAME = {name: SENT.labels(name) for name in (STATE, PROGRESS)}


@dataclass(frozen=True, slots=True)
class Streams:
    """The open streams of a process, and what they share."""

    hub: Hub
    log: EventLog
    comment_s: float
    open: Concurrency


async def serve_events(request: web.Request, topic: StreamTopic, streams: Streams) -> web.StreamResponse:
    """Answer with a stream of the topic, until the topic has ended, the client has gone, or the process stops.

    204 where the client has everything already: it makes an EventSource stay away, while the end of a stream makes it
    come back. Raises the 429 answer where the token has its most streams open.
    """
    caller = await topic.check(request)
    headers = {**HEADERS, "X-Request-Id": request[REQUEST_ID]}
    # Subscribed before the snapshot is read: an event between the two waits in memory instead of being missed.
    with streams.open.one_more(caller), streams.hub.subscribe(topic.subject) as subscription:
        subscription.user_id = caller.user_id
        opening = await topic.opening(last_event_id(request))
        if opening is None:
            return web.Response(status=204, headers=headers)
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        if request.method == "GET":
            reader = EventReader(streams.log, topic.subject, subscription, opening.last)
            stream = Stream(ResponseWriter(request, response), topic, subscription, reader, streams.comment_s)
            await run_stream(stream, request, opening, topic.name)
    return response


async def run_stream(stream: Stream, request: web.Request, opening: Opening, topic_name: str) -> None:
    """Write the stream until its end, or until its client has gone."""
    with OPEN.labels(topic_name).track_inprogress():
        async with while_connected(request):
            await stream.run(request, opening)


class Stream:
    """One open stream: its own task waits, reads the log and checks rights; what can be sent at once, the hub sends."""

    def __init__(
        self,
        writer: ResponseWriter,
        topic: Followed,
        subscription: Subscription,
        reader: NextEvents,
        comment_s: float,
        *,
        form: StreamForm = SSE,
    ) -> None:
        self._writer = writer
        self._topic = topic
        self._subscription = subscription
        self._reader = reader
        self._comment_s = comment_s
        self._form = form
        self._checked_at = time.monotonic()

    async def run(self, request: web.Request, opening: Opening) -> None:
        """Write until the end. Never raises: the answer has begun, and an error can only break it off."""
        log = get_logger().bind(path=self._writer.path)
        try:
            await self._run(request, opening)
        except ConnectionError:
            pass  # the client has gone
        except TimeoutError:
            log.info("stream_reader_stuck")
            DROPPED.inc()
            self._writer.abort()
        except ApiError as error:
            log.info("stream_no_longer_allowed", status=error.status)
            self._break_off()
        except DatabaseUnavailable as error:  # in the middle of a snapshot
            log.info("snapshot_broken_off", reason=in_full(error))
            self._writer.abort()
        except Exception:  # no error may put an error page into the stream
            log.exception("stream_crashed")
            self._writer.abort()

    async def _run(self, request: web.Request, opening: Opening) -> None:
        # The log has events after the client's id: the reader starts there and then follows the hub.
        if opening.replay:
            self._subscription.fall_behind()
        await self._writer.write(self._form.opening(opening))
        if any(map(self._topic.ends_with, opening.snapshot)):
            return
        await self._send_rest(request, opening)
        if self._reader.takes_live:
            self._subscription.send_at_once = self._send_at_once
        while not self._subscription.closed:
            silence_s = max(0.0, self._comment_s - self._writer.silent_s())
            await self._subscription.ready(min(self._reader.rest_s, silence_s))
            try:
                await self._check_if_due(request)
                events, live = await self._reader.read()
            except DatabaseUnavailable:
                await self._subscription.pause(_RETRY_S)
                events, live = [], False
            if await self._send(events, live=live) or self._reader.ended:
                return
        self._break_off()

    def _break_off(self) -> None:
        """Show the client of a form that has no way to come back that this is not the end."""
        if self._form.breaks_off:
            self._writer.abort()

    async def _send_rest(self, request: web.Request, opening: Opening) -> None:
        """Write the rest of a long snapshot. A client that gets a part of it comes back with the id of the last state."""
        if opening.rest is None:
            return
        async with aclosing(opening.rest) as rest:
            async for states in rest:
                await self._check_if_due(request)
                await self._writer.write(b"".join(map(self._form.frame, states)))

    async def _check_if_due(self, request: web.Request) -> None:
        if self._check_is_due():
            self._subscription.check_is_due = False  # before the look: a change during it is another one
            await self._topic.check(request)
            self._checked_at = time.monotonic()

    def _check_is_due(self) -> bool:
        return self._subscription.check_is_due or time.monotonic() - self._checked_at > RIGHTS_TTL_S

    async def _send_at_once(self, event: ExportEvent, data: bytes) -> bool:
        """Send an event while the stream's own task rests; False where only that task can, as at the end."""
        if self._topic.ends_with(event) or self._check_is_due() or not self._writer.accepts_at_once(data):
            return False
        # Ids of a subject rise: what is not above the last one was read from the log already.
        if event.id > self._reader.last and self._topic.shows(event):
            try:
                await self._writer.write(data)
            except Exception:  # noqa: BLE001  (the stream's own task meets it too, and ends its stream alone)
                return False
            _count([event], live=True)
        self._reader.last = max(self._reader.last, event.id)
        return True

    async def _send(self, events: Sequence[ExportEvent], *, live: bool) -> bool:
        """Write what the caller may see of the events, or a comment after a silence; True at the end of the subject."""
        shown = [event for event in events if self._topic.shows(event)]
        if shown:
            await self._writer.write(b"".join(map(self._form.frame, shown)))
            _count(shown, live=live)
        elif self._writer.silent_s() >= self._comment_s:
            await self._writer.write(self._form.comment)
        return any(map(self._topic.ends_with, shown))


def _count(events: Sequence[ExportEvent], *, live: bool) -> None:
    for event in events:
        _SENT_BY_NAME[event.name].inc()
    if live:
        LAG.observe(max(0.0, time.time() - _logged_at(events[-1].data.at)))


@lru_cache(maxsize=64)
def _logged_at(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
