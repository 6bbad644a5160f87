"""The gateway's application: what it opens, its routes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import aiohttp
from aiohttp import web

from services.gateway.account import AccountApi
from services.gateway.admin.admin_routes import AdminRoutes
from services.gateway.admin.audit import AuditApi, AuditRows
from services.gateway.admin.dead_letters import AuditedActions, DeadLetterQueue, DeadLettersApi
from services.gateway.admin.export_actions import ActionableExports, ExportActionsApi, RetriableExports
from services.gateway.admin.exports import ExplainedRows, ExportRows, OperatorExportsApi
from services.gateway.admin.loads import ContextRows, LoadRows, LoadsApi
from services.gateway.admin.overview import AllWebhooks, OverviewApi, OverviewRows, ServiceRows
from services.gateway.admin.pauses import PauseRows, PausesApi
from services.gateway.admin.people import PeopleApi, PeopleRows
from services.gateway.admin.tokens import TokenRows, TokensApi
from services.gateway.admin.uploads import UploadStore
from services.gateway.admin.workers import WorkerRows, WorkersApi
from services.gateway.blobs import BlobsApi, BlobStore, KnownBlobs
from services.gateway.content_list import ContentListApi, CourseContents
from services.gateway.contexts import ContextDescriptions, ContextsApi
from services.gateway.costs import Costs, Volumes
from services.gateway.courses.courses import CoursesApi, ListedCourses
from services.gateway.create import CreateApi, NewExports, RepeatedRequests
from services.gateway.create_request import SelectedObjects
from services.gateway.description import Description
from services.gateway.dry_run import DryRuns, Planner
from services.gateway.export_lists import ExportListsApi, ListedExports
from services.gateway.exports import Exports, ExportsApi
from services.gateway.forward import Forward
from services.gateway.packages.deletion import DeletionApi, Deletions
from services.gateway.packages.downloads import Downloads, ExportsByFile
from services.gateway.packages.package_entries import Members, PackageEntriesApi
from services.gateway.packages.sending import Packages
from services.gateway.planners import open_planners
from services.gateway.quotas import QuotaCheck, QuotaUsage, quotas_of
from services.gateway.readable_exports import ExportsById, ReadableExports, ReadAudit
from services.gateway.waiting import WaitingRequests
from services.gateway.webhooks.registration import Registration
from services.gateway.webhooks.webhooks_api import DeliveryRows, WebhookRows, WebhooksApi
from shared.adapters.object_store import ObjectStore
from shared.adapters.open_store import open_store
from shared.adapters.postgres.access_tokens import AccessTokens
from shared.adapters.postgres.audit_log import AuditLog
from shared.adapters.postgres.content_exports import ContentExports
from shared.adapters.postgres.content_tables.blob_rows import BlobRows
from shared.adapters.postgres.content_tables.content import ContentRows
from shared.adapters.postgres.contexts import Contexts
from shared.adapters.postgres.course_lists import CourseLists
from shared.adapters.postgres.export_lists import ExportLists
from shared.adapters.postgres.idempotency import Idempotency
from shared.adapters.postgres.listener import listen
from shared.adapters.postgres.notices.deliveries import Deliveries
from shared.adapters.postgres.notices.webhooks import Webhooks
from shared.adapters.postgres.operator.explained_exports import ExplainedExports
from shared.adapters.postgres.operator.export_actions import ExportActions
from shared.adapters.postgres.operator.export_rows import OperatorExports
from shared.adapters.postgres.operator.failed_exports import FailedRetries
from shared.adapters.postgres.operator.overview import Overviews
from shared.adapters.postgres.operator.pauses import Pauses
from shared.adapters.postgres.operator.worker_processes import WorkerProcesses
from shared.adapters.postgres.packages.package_entries import PackageEntries
from shared.adapters.postgres.packages.package_loads import PackageLoads
from shared.adapters.postgres.packages.retention import Retention
from shared.adapters.postgres.people import People
from shared.adapters.postgres.pool import SHORT, Pool, check, open_pool
from shared.adapters.postgres.queue_views import QueueViews
from shared.adapters.postgres.quota_rows import QuotaRows
from shared.adapters.postgres.read_audit import open_read_audit
from shared.adapters.postgres.services import Services
from shared.adapters.rabbitmq.dead_letters import BrokersDeadLetters
from shared.adapters.sealing import Seal
from shared.domain.fairness.fair_turns import QueueLimits
from shared.domain.webhooks.addresses import networks
from shared.http.concurrency import Concurrency
from shared.http.edge import edge
from shared.http.expected_times import ExpectedTimesOfExports, Queues
from shared.http.headers import add_headers
from shared.http.health import Health, add_health
from shared.http.identity import Identity, open_identity
from shared.runtime.settings import Settings

_POOL_SIZE = 10
_CONNECT_TIMEOUT_S = 5.0


class ExportStore(ExportsById, ExportsByFile, Exports, NewExports, Protocol):
    """All that handlers need of exports."""


class ContextStore(ContextDescriptions, CourseContents, SelectedObjects, Protocol):
    """All that handlers need of courses, groups and users."""


class PeopleStore(PeopleRows, ContextRows, Protocol):
    """All that handlers need of users, courses and groups as rows."""


class AuditStore(AuditRows, AuditedActions, Protocol):
    """All that handlers need of the audit log."""


class WebhookStore(WebhookRows, AllWebhooks, Protocol):
    """All that handlers need of webhooks."""


class PackageStore(Packages, UploadStore, BlobStore, Protocol):
    """All that handlers need of the object store."""


@dataclass(frozen=True, slots=True)
class GatewayTools:
    """What the handlers work with."""

    identity: Identity
    exports: ExportStore
    lists: ListedExports
    repeated: RepeatedRequests
    planner: Planner
    deletions: Deletions
    members: Members
    contexts: ContextStore
    volumes: Volumes
    queues: Queues
    quotas: QuotaUsage
    courses: ListedCourses
    packages: PackageStore
    waiting: WaitingRequests
    audit: ReadAudit
    audit_rows: AuditStore
    people: PeopleStore
    tokens: TokenRows
    loads: LoadRows
    actions: ActionableExports
    failed: RetriableExports
    pauses: PauseRows
    workers: WorkerRows
    dead_letters: DeadLetterQueue
    operator_exports: ExportRows
    explained: ExplainedRows
    blobs: KnownBlobs
    overview: OverviewRows
    services: ServiceRows
    webhooks: WebhookStore
    deliveries: DeliveryRows
    progress: aiohttp.ClientSession  # towards the progress service


def make_app(settings: Settings, tools: GatewayTools, health: Health) -> web.Application:
    """The application."""
    app = web.Application(
        middlewares=[edge(settings.trusted_proxies, settings.access_log)], client_max_size=settings.max_body_bytes
    )
    add_headers(app, settings)
    add_health(app, health)
    # Routes are tried in turn: the busy ones come first.
    _add_exports(app, settings, tools)
    _add_contents(app, settings, tools)
    _add_admin(AdminRoutes(app, tools.identity), settings, tools)
    registration = Registration(tools.identity, settings.webhook_http, networks(settings.webhook_networks))
    WebhooksApi(tools.identity, registration, tools.webhooks, tools.deliveries).add_to(app)
    Description().add_to(app)

    async def end_waiting(_: web.Application) -> None:
        tools.waiting.close()

    app.on_shutdown.append(end_waiting)
    return app


def _add_exports(app: web.Application, settings: Settings, tools: GatewayTools) -> None:
    """The routes of exports. List and create have one path."""
    identity, readable = tools.identity, ReadableExports(tools.identity, tools.exports)
    waits = Concurrency(settings.waits_per_token, "waiting requests")
    expected = ExpectedTimesOfExports(tools.queues, QueueLimits(settings.exports_per_owner, settings.large_export_s))
    ExportsApi(settings, identity, tools.exports, readable, tools.waiting, waits, tools.audit, expected).add_to(app)
    ExportListsApi(settings, identity, tools.lists, tools.audit, expected).add_to(app)
    dry_runs = DryRuns(tools.planner, settings.dry_run_s)
    costs, quotas = Costs(tools.volumes, expected), QuotaCheck(quotas_of(settings), tools.quotas)
    CreateApi(
        settings, identity, readable, tools.exports, tools.repeated, dry_runs, tools.contexts, costs, quotas
    ).add_to(app)
    Forward(settings, tools.progress).add_to(app)
    DeletionApi(settings, readable, tools.deletions, tools.packages).add_to(app)
    PackageEntriesApi(settings, identity, readable, tools.members, tools.packages, tools.audit).add_to(app)


def _add_contents(app: web.Application, settings: Settings, tools: GatewayTools) -> None:
    """The routes of what can be exported, and of the files that were."""
    identity = tools.identity
    CoursesApi(settings, identity, tools.courses, tools.contexts).add_to(app)
    ContextsApi(settings, identity, tools.contexts).add_to(app)
    AccountApi(settings, identity).add_to(app)
    ContentListApi(settings, identity, tools.contexts).add_to(app)
    Downloads(settings, identity, tools.exports, tools.packages, tools.audit).add_to(app)


def _add_admin(admin: AdminRoutes, settings: Settings, tools: GatewayTools) -> None:
    """The routes of site admins."""
    AuditApi(tools.audit_rows, tools.audit).add_to(admin)
    PeopleApi(tools.people).add_to(admin)
    TokensApi(tools.tokens).add_to(admin)
    ExportActionsApi(tools.actions, tools.failed).add_to(admin)
    PausesApi(tools.pauses).add_to(admin)
    WorkersApi(tools.workers).add_to(admin)
    DeadLettersApi(tools.dead_letters, tools.audit_rows).add_to(admin)
    OperatorExportsApi(settings, tools.operator_exports, tools.explained, tools.audit).add_to(admin)
    OverviewApi(settings, tools.overview, tools.services, tools.webhooks).add_to(admin)
    uploads = Concurrency(settings.uploads_per_token, "uploads")
    LoadsApi(settings, tools.loads, tools.people, tools.packages, uploads).add_to(admin)
    BlobsApi(settings, tools.packages, tools.blobs, uploads).add_to(admin)


@asynccontextmanager
async def open_app(settings: Settings) -> AsyncIterator[web.Application]:
    """The application with everything open that it needs."""
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(
            open_pool(settings.database_url, size=_POOL_SIZE, planned_once=True, limits=SHORT)
        )
        store = open_store(settings.store_url)
        tools = await _open_tools(settings, pool, store, stack)
        yield make_app(settings, tools, Health({"database": partial(check, pool), "object_store": store.check}))


async def _open_tools(settings: Settings, pool: Pool, store: ObjectStore, stack: AsyncExitStack) -> GatewayTools:
    """What the handlers work with, open until the stack is closed."""
    progress = await stack.enter_async_context(_progress_client())
    limits = QueueLimits(settings.exports_per_owner, settings.large_export_s)
    exports = ContentExports(pool, limits)
    return GatewayTools(
        identity=await stack.enter_async_context(open_identity(settings, pool)),
        exports=exports,
        lists=ExportLists(pool),
        repeated=Idempotency(pool, exports, limits, ttl_s=settings.idempotency_key_ttl_s),
        planner=await stack.enter_async_context(open_planners(settings.amqp_url)),
        deletions=Retention(pool),
        members=PackageEntries(pool),
        contexts=Contexts(pool),
        volumes=ContentRows(pool),
        queues=QueueViews(pool),
        quotas=QuotaRows(pool),
        courses=CourseLists(pool),
        packages=store,
        waiting=await stack.enter_async_context(_open_waiting(settings)),
        audit=await stack.enter_async_context(open_read_audit(pool)),
        audit_rows=AuditLog(pool),
        people=People(pool),
        tokens=AccessTokens(pool),
        loads=PackageLoads(pool, settings.lease_s),
        actions=ExportActions(pool, exports),
        failed=FailedRetries(pool, limits),
        pauses=Pauses(pool),
        workers=WorkerProcesses(pool),
        dead_letters=BrokersDeadLetters(settings.amqp_url),
        operator_exports=OperatorExports(pool, settings.requeue_after_s),
        explained=ExplainedExports(pool),
        overview=Overviews(pool),
        services=Services(pool),
        blobs=BlobRows(pool),
        webhooks=Webhooks(pool, Seal(settings.secret_key)),
        deliveries=Deliveries(pool),
        progress=progress,
    )


def _progress_client() -> aiohttp.ClientSession:
    """A client of the progress service, which has as long to answer as it needs."""
    timeout = aiohttp.ClientTimeout(total=None, connect=_CONNECT_TIMEOUT_S)
    return aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=0), auto_decompress=False)


@asynccontextmanager
async def _open_waiting(settings: Settings) -> AsyncIterator[WaitingRequests]:
    """Requests that wait for changes of exports, woken by notifications of the database while the block lasts."""
    waiting = WaitingRequests()
    listening = asyncio.create_task(waiting.run(listen(settings.database_url, waiting.any)))
    try:
        yield waiting
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
