"""The gateway's application over fakes: requests go through its routes and its edge in this process, without a socket."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock
from urllib.parse import urlencode

import aiohttp
import msgspec
from aiohttp import web
from aiohttp.base_protocol import BaseProtocol
from aiohttp.test_utils import make_mocked_request

from services.gateway.app import GatewayTools, make_app
from services.gateway.waiting import WaitingRequests
from shared.domain.export import Attachment, ContentExport, Context, ContextType, ExportRequest, ExportType
from shared.domain.export_settings import ExportSettings
from shared.domain.fairness.fair_turns import QueueLimits
from shared.http.expected_times import ExpectedTimesOfExports
from shared.http.health import Health
from shared.http.identity import Identity
from shared.runtime.settings import Settings
from tests.support.fake_administration import FakeBlobs, FakeLoads, FakePeople, FakeTokens
from tests.support.fake_gateway import (
    FakeAuditRows,
    FakeContexts,
    FakeDeletions,
    FakeDirectory,
    FakeExports,
    FakeMembers,
    FakePlanner,
    FakeQuotaUsage,
    FakeReadAudit,
    FakeRepeatedRequests,
    FakeVolumes,
)
from tests.support.fake_lists import FakeCourses, FakeExportLists
from tests.support.fake_operations import (
    FakeDeadLetters,
    FakeExportActions,
    FakeFailedRetries,
    FakeOperatorExports,
    FakeOverview,
    FakePauses,
    FakeServices,
    FakeWorkers,
)
from tests.support.fake_packages import FakePackages
from tests.support.fake_queues import FakeQueues
from tests.support.fake_webhooks import FakeDeliveries, FakeWebhooks

COURSE = Context(ContextType.COURSE, 10)
OTHER_COURSE = Context(ContextType.COURSE, 11)
TEACHER, STUDENT, STRANGER, ADMIN = 1, 2, 3, 4
PROGRESS = mock.create_autospec(
    aiohttp.ClientSession, instance=True
)  # of the progress service; no test here reaches it
HOST = "http://exports.example.edu"
SETTINGS = Settings(database_url="postgresql://none.invalid/none", secret_key=("a-key",), public_url=HOST)


@dataclass(frozen=True)
class Answer:
    """What a client gets."""

    status: int
    headers: Mapping[str, str]
    body: Any  # JSON data; None for none

    @property
    def code(self) -> str:
        """The code of its first error."""
        return str(self.body["errors"][0]["error_code"])


@dataclass
class World:
    """A gateway, and what it works with: a course with a teacher and a student, a stranger and a site admin."""

    settings: Settings = SETTINGS
    directory: FakeDirectory = field(default_factory=FakeDirectory)
    exports: FakeExports = field(default_factory=FakeExports)
    planner: FakePlanner = field(default_factory=FakePlanner)
    members: FakeMembers = field(default_factory=FakeMembers)
    contexts: FakeContexts = field(default_factory=FakeContexts)
    volumes: FakeVolumes = field(default_factory=FakeVolumes)
    queues: FakeQueues = field(default_factory=FakeQueues)
    quotas: FakeQuotaUsage = field(default_factory=FakeQuotaUsage)
    packages: FakePackages = field(default_factory=FakePackages)
    waiting: WaitingRequests = field(default_factory=WaitingRequests)
    audit_rows: FakeAuditRows = field(default_factory=FakeAuditRows)
    audit: FakeReadAudit = field(default_factory=FakeReadAudit)
    people: FakePeople = field(default_factory=FakePeople)
    tokens: FakeTokens = field(default_factory=FakeTokens)
    loads: FakeLoads = field(default_factory=FakeLoads)
    actions: FakeExportActions = field(default_factory=FakeExportActions)
    failed: FakeFailedRetries = field(default_factory=FakeFailedRetries)
    pauses: FakePauses = field(default_factory=FakePauses)
    workers: FakeWorkers = field(default_factory=FakeWorkers)
    dead_letters: FakeDeadLetters = field(default_factory=FakeDeadLetters)
    operator_exports: FakeOperatorExports = field(default_factory=FakeOperatorExports)
    overview: FakeOverview = field(default_factory=FakeOverview)
    services: FakeServices = field(default_factory=FakeServices)
    blobs: FakeBlobs = field(default_factory=FakeBlobs)
    webhooks: FakeWebhooks = field(default_factory=FakeWebhooks)

    def __post_init__(self) -> None:
        for user_id in (TEACHER, STUDENT, STRANGER):
            self.directory.add_user(user_id)
        self.directory.add_user(ADMIN, site_admin=True)
        for course in (COURSE, OTHER_COURSE):
            self.directory.add_context(course)
            self.directory.tie(TEACHER, course, "teacher")
        self.directory.tie(STUDENT, COURSE, "student")
        self.deletions = FakeDeletions(self.exports)
        self.lists = FakeExportLists(self.exports)
        self.courses = FakeCourses(self.contexts)
        self.tools = GatewayTools(
            identity=Identity(self.directory),
            exports=self.exports,
            lists=self.lists,
            repeated=FakeRepeatedRequests(self.exports),
            planner=self.planner,
            deletions=self.deletions,
            members=self.members,
            contexts=self.contexts,
            volumes=self.volumes,
            queues=self.queues,
            quotas=self.quotas,
            courses=self.courses,
            packages=self.packages,
            waiting=self.waiting,
            audit=self.audit,
            audit_rows=self.audit_rows,
            people=self.people,
            tokens=self.tokens,
            loads=self.loads,
            actions=self.actions,
            failed=self.failed,
            pauses=self.pauses,
            workers=self.workers,
            dead_letters=self.dead_letters,
            operator_exports=self.operator_exports,
            explained=self.operator_exports,
            overview=self.overview,
            services=self.services,
            blobs=self.blobs,
            webhooks=self.webhooks,
            deliveries=FakeDeliveries(self.webhooks),
            progress=PROGRESS,
        )
        self.expected = ExpectedTimesOfExports(self.queues, QueueLimits())
        self.app = make_app(self.settings, self.tools, Health({}))
        self.app.freeze()

    async def ask(
        self,
        method: str,
        path: str,
        by: int | None = None,
        *,
        json: Any = None,
        body: bytes | None = None,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send a request as a user, or anonymously."""
        sent = {"Host": "exports.example.edu", **(headers or {})}
        if by is not None:
            sent["Authorization"] = f"Bearer t{by}"
        payload: Any = aiohttp.streams.EMPTY_PAYLOAD
        if json is not None:
            payload = _payload(msgspec.json.encode(json))
            sent["Content-Type"] = "application/json"
        if body is not None:
            payload = _payload(body)
            length = {} if "Transfer-Encoding" in sent else {"Content-Length": str(len(body))}
            sent = {"Content-Type": "application/octet-stream", **length, **sent}
        url = f"{path}?{urlencode(query)}" if query else path
        request = make_mocked_request(method, url, sent, app=self.app, payload=payload, client_max_size=1024**2)
        response = await self.app._handle(request)
        return Answer(response.status, response.headers, _json_of(response))

    async def export(
        self, by: int = TEACHER, export_type: ExportType = ExportType.ZIP, settings: ExportSettings | None = None
    ) -> ContentExport:
        """An export of the course that waits to be built."""
        return await self.exports.create(ExportRequest(COURSE, by, export_type, settings or ExportSettings(), "r"))

    async def exported(self, by: int = TEACHER, data: bytes = b"0123456789", **package: Any) -> ContentExport:
        """An export of the course whose package is `data`."""
        export = await self.export(by)
        self.packages.bytes_of[f"packages/{export.id}"] = data
        return self.exports.finish(export.id, a_package(export.id, len(data), **package))


def a_package(export_id: int, size: int, **fields: Any) -> Attachment:
    """A package with the id 100 + that of its export."""
    facts: dict[str, Any] = {
        "id": 100 + export_id,
        "key": f"packages/{export_id}",
        "filename": "tides_export.zip",
        "content_type": "application/zip",
        "size": size,
        "sha256": "ab" * 32,
        "entries": 1,
        "uuid": "u",
        "created_at": datetime.now(UTC),
        "expires_at": datetime.now(UTC) + timedelta(days=1),
    }
    return Attachment(**{**facts, **fields})


def at(context: Context, rest: str = "") -> str:
    """The path of the exports of a context."""
    return f"/api/v1/{context.type.route}/{context.id}/content_exports{rest}"


_PROTOCOL = mock.create_autospec(BaseProtocol, instance=True)


def _payload(data: bytes) -> aiohttp.StreamReader:
    stream = aiohttp.StreamReader(_PROTOCOL, 2**16, loop=asyncio.get_running_loop())
    stream.feed_data(data)
    stream.feed_eof()
    return stream


def _json_of(response: web.StreamResponse) -> Any:
    if not isinstance(response, web.Response) or not isinstance(response.body, bytes) or not response.body:
        return None
    return msgspec.json.decode(response.body) if response.content_type.endswith("json") else response.body
