"""The whole event log for site admins: as a stream of server-sent events, or as CloudEvents, one on each line."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Protocol

from aiohttp import web

from services.progress.frames import NDJSON, SSE, last_event_id
from services.progress.hub import WHOLE_LOG, Subscription
from services.progress.response_writer import ResponseWriter
from services.progress.stream import Stream, Streams, run_stream
from services.progress.stream_topics import Opening, Readers
from shared.adapters.postgres.events.event_replay import EventFilter
from shared.contracts.events import ExportEvent
from shared.contracts.export_events import EventType
from shared.domain.export import Context, ContextType
from shared.domain.path_ids import parse_number
from shared.domain.rights import Caller, may_administer
from shared.http.edge import REQUEST_ID
from shared.http.identity import refused
from shared.http.query_values import time_in, wrong_value

_UNSETTLED_S = 0.2  # how long to wait for a transaction that has drawn ids and not ended: its end may notify nobody
_CONTEXT = re.compile(r"(courses|groups|users)/(\d{1,19})", re.ASCII)
_CONTEXT_TYPES = {each.route: each for each in ContextType}
_TYPES = {each.what: each for each in EventType} | {each.value: each for each in EventType}


class SettledLog(Protocol):
    """The log as far as no earlier event can commit any more."""

    async def settled(self) -> tuple[int, int]:
        """(the id up to which the log is settled, the highest id that was drawn)."""
        ...

    async def page(self, after: int, upto: int, which: EventFilter) -> tuple[list[ExportEvent], int]:
        """(events after an id in order, the id up to which these are all)."""
        ...


class LogReader:
    """Reads what follows after `last`, up to `end` where there is one. Events that are heard only wake it."""

    takes_live = False

    def __init__(
        self, log: SettledLog, which: EventFilter, subscription: Subscription, last: int, end: int | None
    ) -> None:
        self._log = log
        self._which = which
        self._subscription = subscription
        self._end = end
        self.last = last
        self.rest_s = math.inf

    @property
    def ended(self) -> bool:
        """Whether all has been read up to the end."""
        return self._end is not None and self.last >= self._end

    async def read(self) -> tuple[list[ExportEvent], bool]:
        """(the next events, False); never waits for more. Raises DatabaseUnavailable; the next call returns the same then."""
        self._subscription.collect()
        try:
            settled, drawn = await self._log.settled()
            upto = settled if self._end is None else self._end
            events, self.last = await self._log.page(self.last, max(self.last, upto), self._which)
        except BaseException:
            self._subscription.fall_behind()
            raise
        if self.last < upto:
            self._subscription.fall_behind()  # there is more at once
        self.rest_s = _UNSETTLED_S if settled < drawn else math.inf
        return events, False


class LogTopic:
    """Every event that the filter lets pass; it does not end. `note` is called once, for the audit log."""

    name = "log"

    def __init__(self, readers: Readers, note: Callable[[web.Request, Caller], None]) -> None:
        self._readers = readers
        self._note: Callable[[web.Request, Caller], None] | None = note

    async def check(self, request: web.Request) -> Caller:
        """The caller. Raises 401 or 403 for a caller who is no site admin."""
        caller = await self._readers.caller(request)
        if not may_administer(caller):
            raise refused(caller)
        if self._note is not None:
            self._note(request, caller)
            self._note = None
        return caller

    def shows(self, event: ExportEvent) -> bool:
        """Site admins see the state of every export."""
        return True

    def ends_with(self, event: ExportEvent) -> bool:
        """Another event may always follow."""
        return False


async def serve_log(request: web.Request, topic: LogTopic, log: SettledLog, streams: Streams) -> web.StreamResponse:
    """Answer with the events after `Last-Event-ID`, or from the oldest on. Raises the 400, 401, 403 and 429 answers.

    A stream goes on live. Lines end at the present end of the log, unless `follow` is there. An answer that is cut off
    before its end is broken off, so that the client notices.
    """
    caller, which = await topic.check(request), event_filter(request)
    form = NDJSON if "application/x-ndjson" in request.headers.get("Accept", "") else SSE
    follows = form is SSE or request.query.get("follow", "") in ("true", "1")
    headers = {**form.headers, "X-Request-Id": request[REQUEST_ID]}
    with streams.open.one_more(caller), streams.hub.subscribe(WHOLE_LOG) as subscription:
        subscription.user_id = caller.user_id
        settled, drawn = await log.settled()
        last_id = last_event_id(request) or 0
        opening = Opening([], last_id if last_id <= drawn else 0, replay=True)  # else it is of another database
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        if request.method == "GET":
            reader = LogReader(log, which, subscription, opening.last, None if follows else settled)
            writer = ResponseWriter(request, response)
            stream = Stream(writer, topic, subscription, reader, streams.comment_s, form=form)
            await run_stream(stream, request, opening, topic.name)
    return response


def event_filter(request: web.Request) -> EventFilter:
    """The filter in the query. Raises the 400 answer, which names the parameter."""
    words = [*request.query.getall("type[]", []), *request.query.getall("type", [])]
    unknown = [word for word in words if word not in _TYPES]
    if unknown:
        raise wrong_value("type[]", f"one of {', '.join(each.what for each in EventType)}")
    types = tuple(dict.fromkeys(_TYPES[word] for word in words))
    return EventFilter(types, _context(request), time_in(request.query, "since"))


def _context(request: web.Request) -> Context | None:
    text = request.query.get("context")
    if text is None:
        return None
    match = _CONTEXT.fullmatch(text)
    number = parse_number(match[2]) if match else None
    if match is None or number is None:
        raise wrong_value("context", "courses/, groups/ or users/ and an id, such as courses/42")
    return Context(_CONTEXT_TYPES[match[1]], number)
