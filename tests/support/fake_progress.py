"""The progress service over fakes that satisfy the Protocols of its handlers: no database, no sockets."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from unittest import mock

import aiohttp
import msgspec
from aiohttp import web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.base_protocol import BaseProtocol
from aiohttp.test_utils import make_mocked_request
from msgspec.structs import replace

from services.progress.app import make_app
from services.progress.handlers import ProgressApi
from services.progress.hub import Hub
from shared.adapters.postgres.events.event_replay import EventFilter
from shared.adapters.postgres.events.export_events import Subject
from shared.contracts.events import STATE, ExportEvent
from shared.contracts.export_events import type_of
from shared.domain.audit import SYSTEM, Actor
from shared.domain.error_codes import ErrorCode
from shared.domain.export import ContentExport, Context, ContextType, ExportId, ExportType, Progress, WorkflowState
from shared.domain.fairness.fair_turns import QueueLimits
from shared.domain.rights import Caller, Rights, may_administer, may_read
from shared.http.answers import not_found
from shared.http.expected_times import ExpectedTimesOfExports
from shared.http.identity import refused
from shared.runtime.settings import Settings
from tests.support.events import COURSE, a_completion, a_state
from tests.support.fake_administration import FakeLoads
from tests.support.fake_gateway import FakeReadAudit
from tests.support.fake_queues import FakeQueues
from tests.support.sse import Parser, Received

OWNER, ADMIN, STRANGER, SITE_ADMIN = 1, 2, 3, 4  # ADMIN reads the course's cartridges
SETTINGS = Settings(database_url="postgresql://none.invalid/none", secret_key=("a-key",), sse_comment_s=60.0)


def an_export(progress_id: int, state: WorkflowState = WorkflowState.EXPORTING, **fields: Any) -> ContentExport:
    """Export 100 + progress_id: a cartridge of the course for its owner."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    facts: dict[str, Any] = {
        "id": ExportId(100 + progress_id),
        "context": COURSE,
        "user_id": OWNER,
        "export_type": ExportType.COMMON_CARTRIDGE,
        "workflow_state": state,
        "progress_id": progress_id,
        "attempt": 1,
        "created_at": now,
        "updated_at": now,
    }
    return ContentExport(**(facts | fields))


@dataclass
class FakeExports:
    """Exports by the id of their progress, and how far they are."""

    by_progress: dict[int, ContentExport] = field(default_factory=dict)
    completion: dict[int, float] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)  # of what was cancelled
    ended_by: list[Actor] = field(default_factory=list)

    def add(self, export: ContentExport, completion: float = 0.0) -> None:
        self.by_progress[export.progress_id] = export
        self.completion[export.progress_id] = completion

    async def of_progress(self, progress_id: int) -> ContentExport | None:
        return self.by_progress.get(progress_id)

    async def progress(self, progress_id: int) -> Progress | None:
        export = self.by_progress.get(progress_id)
        if export is None:
            return None
        names = {WorkflowState.CREATED: "queued", WorkflowState.EXPORTING: "running", WorkflowState.FAILED: "failed"}
        return Progress(
            id=progress_id,
            export_id=export.id,
            user_id=export.user_id,
            workflow_state=names.get(export.workflow_state, "completed"),
            completion=self.completion[progress_id],
            message=export.error_message,
            created_at=export.created_at,
            updated_at=export.updated_at,
        )

    async def cancel(
        self, export_id: int, message: str, code: ErrorCode = ErrorCode.CANCELLED, actor: Actor = SYSTEM
    ) -> bool:
        progress_id = export_id - 100
        export = self.by_progress[progress_id]
        if export.workflow_state not in (WorkflowState.CREATED, WorkflowState.EXPORTING):
            return False
        self.reasons.append(message)
        self.ended_by.append(actor)
        self.add(replace(export, workflow_state=WorkflowState.FAILED, error_message=message), 100.0)
        return True


class FakeCallers:
    """Users whose token is `t` and their id."""

    def __init__(self) -> None:
        self.rights: dict[int | None, Rights] = {
            OWNER: Rights(read=True),
            ADMIN: Rights(read=True, read_as_admin=True, manage_files=True, read_files=True),
            STRANGER: Rights(),
            None: Rights(),
        }
        self.site_admins: set[int] = {SITE_ADMIN}

    async def caller(self, request: web.Request) -> Caller:
        token = request.headers.get("Authorization", "")
        if not token:
            return Caller()
        user_id = int(token.removeprefix("Bearer t"))
        return Caller(user_id, site_admin=user_id in self.site_admins)

    async def context_of(self, request: web.Request, caller: Caller) -> Context:
        context = Context(ContextType.COURSE, int(request.match_info["context_id"]))
        if context != COURSE:
            raise not_found()
        return context

    async def rights_in(self, caller: Caller, context: Context) -> Rights:
        return self.rights[caller.user_id]

    async def require_state(self, caller: Caller, export: ContentExport) -> None:
        if not may_administer(caller) and not may_read(caller, await self.rights_in(caller, export.context), export):
            raise refused(caller)


@dataclass
class FakeLog:
    """Events of the course, in a list. Each reading by ids waits until it is allowed, or raises the error."""

    logged: list[ExportEvent] = field(default_factory=list)
    readings: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1000))
    error: Exception | None = None

    async def after(self, subject: Subject, event_id: int) -> list[ExportEvent]:
        return [event for event in self._of(subject) if event.id > event_id]

    async def newest(self, progress_id: int) -> ExportEvent | None:
        return next(reversed(self._of(progress_id)), None)

    async def newest_id(self, context: Context) -> int:
        return max((event.id for event in self._of(context)), default=0)

    async def unfinished(self, context: Context) -> tuple[list[int], int]:
        newest = {event.data.progress_id: event for event in self._of(context)}
        return sorted(event.id for event in newest.values() if not event.ends_export), await self.newest_id(context)

    async def events(self, ids: Sequence[int]) -> list[ExportEvent]:
        await self.readings.acquire()
        if self.error is not None:
            raise self.error
        return [event for event in self.logged if event.id in ids]

    def _of(self, subject: Subject) -> list[ExportEvent]:
        return [event for event in self.logged if subject in (event.data.progress_id, event.context)]


@dataclass
class FakeReplay:
    """The whole log, settled up to `settled_at` where that is set; pages of two events."""

    log: FakeLog
    settled_at: int | None = None

    async def settled(self) -> tuple[int, int]:
        newest = max((event.id for event in self.log.logged), default=0)
        return (newest if self.settled_at is None else self.settled_at), newest

    async def page(self, after: int, upto: int, which: EventFilter) -> tuple[list[ExportEvent], int]:
        found = [event for event in sorted(self.log.logged, key=lambda event: event.id) if after < event.id <= upto]
        wanted = [event for event in found if not which.types or type_of(event.data) in which.types]
        return wanted[:2], wanted[1].id if len(wanted) > 1 else upto


class _Body(AbstractStreamWriter):
    """Keeps what is written to a client."""

    length: int | None = 0

    def __init__(self) -> None:
        self.data = b""

    async def write(self, chunk: Any) -> None:
        self.data += bytes(chunk)

    async def write_eof(self, chunk: bytes = b"") -> None:
        self.data += chunk

    async def drain(self) -> None: ...

    def enable_compression(self, encoding: str = "deflate", strategy: int | None = None) -> None: ...

    def enable_chunking(self) -> None: ...

    async def write_headers(self, status_line: str, headers: Any) -> None: ...


@dataclass
class Asked:
    """A request under way: what its client has received so far, and its end."""

    task: asyncio.Task[web.StreamResponse]
    body: _Body
    transport: mock.Mock

    def events(self) -> list[Received]:
        return list(Parser().feed(self.body.data))

    def ids(self) -> list[int]:
        return [int(event.id) for event in self.events()]

    async def answer(self) -> Answer:
        response = await asyncio.wait_for(self.task, 5)
        data = response.body if isinstance(response, web.Response) else self.body.data
        is_json = response.content_type in ("application/json", "application/problem+json") and isinstance(data, bytes)
        return Answer(response.status, response.headers, msgspec.json.decode(data) if is_json and data else data)


@dataclass(frozen=True)
class Answer:
    """A whole answer; JSON bodies as data, all others as bytes."""

    status: int
    headers: Mapping[str, str]
    body: Any


@dataclass
class ProgressWorld:
    """The service with one course."""

    exports: FakeExports = field(default_factory=FakeExports)
    callers: FakeCallers = field(default_factory=FakeCallers)
    log: FakeLog = field(default_factory=FakeLog)
    audit: FakeReadAudit = field(default_factory=FakeReadAudit)
    hub: Hub = field(default_factory=Hub)
    loads: FakeLoads = field(default_factory=FakeLoads)
    queues: FakeQueues = field(default_factory=FakeQueues)
    replay: FakeReplay = field(init=False)

    def __post_init__(self) -> None:
        self.replay = FakeReplay(self.log)
        expected = ExpectedTimesOfExports(self.queues, QueueLimits())
        reads = (self.exports, self.callers, self.log, self.audit)
        api = ProgressApi(SETTINGS, *reads, self.hub, self.loads, self.replay, expected)
        self.app = make_app(SETTINGS, api, self.hub, mock.AsyncMock())
        self.app.freeze()

    async def happens(self, event: ExportEvent) -> None:
        """An event commits: it is in the tables and the log, and heard."""
        data = event.data
        if event.name == STATE:
            self.exports.add(an_export(data.progress_id, data.workflow_state, export_type=data.export_type))
        self.exports.completion[data.progress_id] = data.completion
        self.log.logged.append(event)
        await self.hub._hear(event)
        await turns()

    async def started(self, progress_id: int = 1, event_id: int = 1, **data: Any) -> None:
        """An export is under way."""
        await self.happens(a_state(event_id, progress_id=progress_id, user_id=OWNER, **data))

    async def advances(self, event_id: int, completion: float, progress_id: int = 1) -> None:
        """Its completion rises."""
        await self.happens(a_completion(event_id, completion, progress_id=progress_id, user_id=OWNER))

    async def ends(self, event_id: int, state: WorkflowState = WorkflowState.EXPORTED, progress_id: int = 1) -> None:
        """It finishes."""
        await self.happens(a_state(event_id, state, progress_id=progress_id, user_id=OWNER, completion=100.0))

    async def ask(
        self,
        path: str,
        by: int | None = OWNER,
        method: str = "GET",
        json: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Asked:
        """Send a request as a user, or anonymously, and let it come to rest."""
        sent = dict(headers or {}) | ({} if by is None else {"Authorization": f"Bearer t{by}"})
        payload: Any = aiohttp.streams.EMPTY_PAYLOAD
        if json is not None:
            payload, sent["Content-Type"] = _payload(msgspec.json.encode(json)), "application/json"
        transport, body = mock.Mock(), _Body()
        transport.get_write_buffer_size.return_value = 0
        request = make_mocked_request(
            method,
            path,
            {"Host": "exports.example.edu", **sent},
            app=self.app,
            payload=payload,
            writer=body,
            transport=transport,
        )
        asked = Asked(asyncio.create_task(self.app._handle(request)), body, transport)
        await turns()
        return asked

    async def answer(self, path: str, by: int | None = OWNER, **request: Any) -> Answer:
        """The whole answer to a request."""
        return await (await self.ask(path, by, **request)).answer()


async def turns() -> None:
    """All tasks run until each waits for something else than the others."""
    for _ in range(20):
        await asyncio.sleep(0)


_PROTOCOL = mock.create_autospec(BaseProtocol, instance=True)


def _payload(data: bytes) -> aiohttp.StreamReader:
    stream = aiohttp.StreamReader(_PROTOCOL, 2**16, loop=asyncio.get_running_loop())
    stream.feed_data(data)
    stream.feed_eof()
    return stream
