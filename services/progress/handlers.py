"""The handlers of the progress service: Canvas's Progress API, and streams of events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from aiohttp import web

from services.progress.event_reader import EventLog
from services.progress.hub import Hub
from services.progress.log_stream import LogTopic, SettledLog, serve_log
from services.progress.stream import Streams, serve_events
from services.progress.stream_topics import ContextTopic, ExportLookup, ExportTopic, Readers, Snapshots
from shared.contracts.api import load_progress_json, progress_json
from shared.contracts.requests import cancel_message
from shared.domain.audit import SYSTEM, Action, Actor
from shared.domain.error_codes import ErrorCode
from shared.domain.expected import ExpectedTimes
from shared.domain.export import ContentExport, Context, Progress
from shared.domain.packages.package_load import PackageLoad
from shared.domain.rights import Caller, may_administer, may_end
from shared.http.actor import actor_of
from shared.http.answers import ApiError, bad_request, json_answer, not_found
from shared.http.bodies import read_parameters
from shared.http.concurrency import Concurrency
from shared.http.connection import while_connected
from shared.http.expected_times import ExpectedTimesOfExports, retry_after_s
from shared.http.identity import number, refused
from shared.http.polling import differs, etag, is_current, not_modified, read_until, wait_s
from shared.http.urls import EXPORTS, LOG, SUFFIX, base_url
from shared.runtime.logs import get_logger
from shared.runtime.settings import Settings

_UNFINISHED = ("queued", "running")


class ProgressExports(ExportLookup, Protocol):
    """The exports and how far they are."""

    async def progress(self, progress_id: int) -> Progress | None:
        """How far an export is."""
        ...

    async def cancel(
        self, export_id: int, message: str, code: ErrorCode = ErrorCode.CANCELLED, actor: Actor = SYSTEM
    ) -> bool:
        """End an unfinished export as failed; False where it has finished already."""
        ...


class Callers(Readers, Protocol):
    """Who calls."""

    async def context_of(self, request: web.Request, caller: Caller) -> Context:
        """The context that the path names. Raises the 404 answer for anything else."""
        ...


class Events(EventLog, Snapshots, Protocol):
    """The event log."""


class Loads(Protocol):
    """The loads of uploaded packages."""

    async def of_progress(self, progress_id: int) -> PackageLoad | None:
        """The load with this progress."""
        ...


class ReadAudit(Protocol):
    """Where reads are recorded."""

    def note(self, action: Action, export_id: int | None, actor: Actor, subject: str | None = None) -> None:
        """Record that an export was read; this returns at once, whatever the database does."""
        ...


@dataclass(slots=True)
class ProgressApi:
    """The handlers and what they need."""

    settings: Settings
    exports: ProgressExports
    callers: Callers
    log: Events
    audit: ReadAudit
    hub: Hub
    loads: Loads
    replay: SettledLog
    expected: ExpectedTimesOfExports
    _streams: Streams = field(init=False)
    _waits: Concurrency = field(init=False)

    def __post_init__(self) -> None:
        """Set up the allowances of tokens."""
        streams = Concurrency(self.settings.streams_per_token, "event streams")
        self._streams = Streams(self.hub, self.log, self.settings.sse_comment_s, streams)
        self._waits = Concurrency(self.settings.waits_per_token, "waiting requests")

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/api/v1/progress/{id}" + SUFFIX, self.show)
        app.router.add_post("/api/v1/progress/{id}/cancel" + SUFFIX, self.cancel)
        app.router.add_get("/api/v1/progress/{id}/events" + SUFFIX, self.progress_events)
        app.router.add_get(EXPORTS + "/events" + SUFFIX, self.context_events)
        app.router.add_get(LOG + SUFFIX, self.log_events)

    async def show(self, request: web.Request) -> web.StreamResponse:
        """GET /progress/:id, for callers who may see the state of the export (Canvas: ProgressController#show)."""
        progress_id = number(request.match_info["id"])
        topic = self._topic(progress_id)
        try:
            caller = await topic.check(request)
        except ApiError as error:
            load = await self.loads.of_progress(progress_id) if error.status == web.HTTPNotFound.status_code else None
            if load is None:
                raise
            return await self._show_load(request, load)
        if wait := wait_s(request):
            with self._waits.one_more(caller):
                async with while_connected(request):
                    progress = await self._awaited(request, progress_id, wait)
            await topic.check(request)  # the right may have ended meanwhile
        else:
            progress = await self._progress(progress_id)
        expected = await self._expected_of(topic, progress)
        body = partial(progress_json, progress, expected=expected)
        return self._unless_known(request, progress, _etag(progress), body, expected)

    async def _expected_of(self, topic: ExportTopic, progress: Progress) -> ExpectedTimes | None:
        if progress.workflow_state not in _UNFINISHED or topic.export is None:
            return None
        return await self.expected.of(topic.export, progress.completion)

    async def _show_load(self, request: web.Request, load: PackageLoad) -> web.StreamResponse:
        """The load of an uploaded package, for site admins; `wait` means nothing here."""
        caller = await self.callers.caller(request)
        if not may_administer(caller):
            raise refused(caller)
        tag = etag(load.progress_id, load.workflow_state, load.completion)
        return self._unless_known(request, load, tag, partial(load_progress_json, load))

    def _unless_known(
        self,
        request: web.Request,
        shown: Progress | PackageLoad,
        tag: str,
        body: Callable[[str], object],
        expected: ExpectedTimes | None = None,
    ) -> web.StreamResponse:
        """The body below a base URL, with its ETag; 304 where the client has it."""
        headers = {"ETag": tag}
        if shown.workflow_state in _UNFINISHED:
            headers["Retry-After"] = str(retry_after_s(expected, shown.created_at))
        if is_current(request, tag):
            return not_modified(headers)
        return json_answer(body(self._base(request)), headers=headers)

    async def _awaited(self, request: web.Request, progress_id: int, wait: float) -> Progress:
        """The progress at its end, at a change that the client has not seen, or at the end of the wait."""

        def ends(progress: Progress) -> bool:
            return progress.workflow_state not in _UNFINISHED or differs(request, _etag(progress))

        with self.hub.subscribe(progress_id) as subscription:  # an event only wakes: the answer is read from the table
            return await read_until(ends, partial(self._progress, progress_id), subscription, wait)

    async def cancel(self, request: web.Request) -> web.StreamResponse:
        """POST /progress/:id/cancel, for the user who started the export, and for site admins. Safe to repeat.

        Beyond Canvas: the export itself ends as failed, so its worker stops. A finished export stays as it is.
        """
        caller = await self.callers.caller(request)
        progress_id = number(request.match_info["id"])
        progress = await self._progress(progress_id)
        if not may_end(caller, progress.user_id):
            raise refused(caller)
        message, actor = _message(await read_parameters(request)), actor_of(request, caller)
        if await self.exports.cancel(progress.export_id, message, ErrorCode.CANCELLED, actor):
            get_logger().info("export_cancelled", export_id=progress.export_id, user_id=caller.user_id)
        return json_answer(progress_json(await self._progress(progress_id), self._base(request)))

    async def progress_events(self, request: web.Request) -> web.StreamResponse:
        """GET /progress/:id/events: one export as it goes, until it has finished."""
        topic = self._topic(number(request.match_info["id"]))
        return await serve_events(request, topic, self._streams)

    async def context_events(self, request: web.Request) -> web.StreamResponse:
        """GET /courses/:id/content_exports/events, for groups and users alike: all exports of it, without end."""
        context = await self.callers.context_of(request, await self.callers.caller(request))
        topic = ContextTopic(self.callers, self.log, context)
        return await serve_events(request, topic, self._streams)

    async def log_events(self, request: web.Request) -> web.StreamResponse:
        """GET /content_exports/events: the whole event log, for site admins."""
        return await serve_log(request, LogTopic(self.callers, self._note_log), self.replay, self._streams)

    def _note_log(self, request: web.Request, caller: Caller) -> None:
        self.audit.note(Action.LIST, None, actor_of(request, caller), "events")

    def _base(self, request: web.Request) -> str:
        return base_url(request, self.settings, behind_gateway=True)

    def _topic(self, progress_id: int) -> ExportTopic:
        return ExportTopic(self.exports, self.callers, self.log, progress_id, self._note, expected=self.expected)

    def _note(self, request: web.Request, caller: Caller, export: ContentExport) -> None:
        """Audit a site admin who looks at another person's export. Owners poll too often for a row each time."""
        if may_administer(caller) and caller.user_id != export.user_id:
            self.audit.note(Action.SHOW, export.id, actor_of(request, caller))

    async def _progress(self, progress_id: int) -> Progress:
        progress = await self.exports.progress(progress_id)
        if progress is None:
            raise not_found()
        return progress


def _etag(progress: Progress) -> str:
    return etag(progress.id, progress.workflow_state, progress.completion)


def _message(parameters: dict[str, object]) -> str:
    """The reason in the request, else a general one; only characters that the database can keep."""
    message = parameters.get("message") or ""
    if not isinstance(message, str):
        raise bad_request("message must be a string")
    return cancel_message(message)
