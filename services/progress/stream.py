"""The life of one event stream.

A stream tells what its caller may see. The rights are looked at when it opens and again, before anything is sent, once
the last look is older than RIGHTS_TTL_S: so long at most does a stream outlive a token, a role or a course.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from aiohttp import web

from services.progress.feed import Feed
from services.progress.frames import COMMENT, HEADERS, frame, last_event_id, opening_bytes
from services.progress.hub import Hub, Subscription
from services.progress.metrics import DROPPED, LAG, OPEN, SENT
from services.progress.watches import Opening, Watch
from services.progress.wire import Wire
from shared.adapters.postgres.export_events import ExportEvents
from shared.contracts.events import PROGRESS, STATE, ExportEvent
from shared.domain.errors import DatabaseUnavailable
from shared.http.answers import ApiError
from shared.http.edge import REQUEST_ID
from shared.runtime.logs import get_logger

RIGHTS_TTL_S = 60.0
_RETRY_S = 1.0  # between looks at a database that does not answer

_SENT_BY_NAME = {name: SENT.labels(name) for name in (STATE, PROGRESS)}


async def serve_events(
    request: web.Request, watch: Watch, hub: Hub, log: ExportEvents, comment_s: float
) -> web.StreamResponse:
    """Answer with a stream of what is watched, until it has ended, its reader has gone, or the process stops.

    204 where all has been told already: it makes an EventSource stay away, while an ended stream makes it come back.
    """
    await watch.check(request)
    headers = {**HEADERS, "X-Request-Id": request[REQUEST_ID]}
    with hub.subscribe(watch.subject) as subscription:
        opening = await watch.opening(last_event_id(request))
        if opening is None:
            return web.Response(status=204, headers=headers)
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        if request.method == "GET":
            feed = Feed(log, watch.subject, subscription, opening.last)
            with OPEN.labels(watch.name).track_inprogress():
                await Stream(Wire(request, response), watch, subscription, feed, comment_s).run(request, opening)
    return response


class Stream:
    """One open stream: its own task waits, reads the log and checks rights; what can be told at once, the hub tells."""

    def __init__(self, wire: Wire, watch: Watch, subscription: Subscription, feed: Feed, comment_s: float) -> None:
        self._wire = wire
        self._watch = watch
        self._subscription = subscription
        self._feed = feed
        self._comment_s = comment_s
        self._checked_at = time.monotonic()

    async def run(self, request: web.Request, opening: Opening) -> None:
        """Write until the end. Never raises: the answer has begun, and an error can only cut it short."""
        log = get_logger().bind(path=self._wire.path)
        try:
            await self._run(request, opening)
        except ConnectionError:
            pass  # the reader has gone
        except TimeoutError:
            log.warning("stream_reader_stuck")
            DROPPED.inc()
            self._wire.cut()
        except ApiError as error:
            log.info("stream_no_longer_allowed", status=error.status)
        except Exception:  # whatever it is, it must not put an error page into the stream
            log.exception("stream_crashed")
            self._wire.cut()

    async def _run(self, request: web.Request, opening: Opening) -> None:
        if opening.replay:
            self._subscription.fall_behind()
        await self._wire.write(opening_bytes(opening))
        if any(map(self._watch.ends_with, opening.snapshot)):
            return
        self._subscription.at_once = self._at_once
        while not self._subscription.closed:
            await self._subscription.ready(max(0.0, self._comment_s - self._wire.silent_s()))
            try:
                if self._check_is_due():
                    await self._watch.check(request)
                    self._checked_at = time.monotonic()
                events, live = await self._feed.take()
            except DatabaseUnavailable:
                await self._subscription.pause(_RETRY_S)
                events, live = [], False
            if await self._send(events, live=live):
                return

    def _check_is_due(self) -> bool:
        return time.monotonic() - self._checked_at > RIGHTS_TTL_S

    async def _at_once(self, event: ExportEvent, data: bytes) -> bool:
        """Tell an event while the stream's own task rests; False where it takes that task, as at the end."""
        if self._watch.ends_with(event) or self._check_is_due() or not self._wire.takes_at_once(data):
            return False
        if event.id > self._feed.last and self._watch.shows(event):
            try:
                await self._wire.write(data)
            except Exception:  # noqa: BLE001  (the stream's task meets it too, and ends alone)
                return False
            _count([event], live=True)
        self._feed.last = max(self._feed.last, event.id)
        return True

    async def _send(self, events: Sequence[ExportEvent], *, live: bool) -> bool:
        """Write what the caller may see of the events, or a comment after a silence; True at the end of the subject."""
        shown = [event for event in events if self._watch.shows(event)]
        if shown:
            await self._wire.write(b"".join(map(frame, shown)))
            _count(shown, live=live)
        elif self._wire.silent_s() >= self._comment_s:
            await self._wire.write(COMMENT)
        return any(map(self._watch.ends_with, shown))


def _count(events: Sequence[ExportEvent], *, live: bool) -> None:
    for event in events:
        _SENT_BY_NAME[event.name].inc()
    if live:
        LAG.observe(max(0.0, time.time() - _logged_at(events[-1].data.at)))


@lru_cache(maxsize=64)
def _logged_at(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
