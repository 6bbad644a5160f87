"""Receive, run, acknowledge, stop: the life of a worker process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import structlog
from prometheus_client import Counter, Gauge

from shared.adapters.open_store import open_store
from shared.adapters.postgres.access import Access
from shared.adapters.postgres.content_tables.content import ContentRows
from shared.adapters.postgres.leases import Leases
from shared.adapters.postgres.pool import SHORT, open_pool
from shared.adapters.postgres.queue_views import QueueViews
from shared.adapters.rabbitmq.connection import Broker, ConnectedParts
from shared.adapters.rabbitmq.consumer import Consumer, Delivery, Outcome, decode, open_consumer, settle
from shared.contracts.messages import ExportRequested
from shared.contracts.topology import REQUESTS, plan_queue, request_queue
from shared.domain.errors import DatabaseUnavailable
from shared.domain.export import ContentExport
from shared.domain.fairness.fair_turns import QueueLimits
from shared.http.expected_times import ExpectedTimesOfExports
from shared.http.health import serving_health
from shared.http.once_migrated import once_migrated
from shared.runtime.daemon_threads import DaemonThreads
from shared.runtime.lifecycle import process_name, run_service
from shared.runtime.logs import get_logger
from shared.runtime.message_spans import process_span
from shared.runtime.settings import Settings
from shared.runtime.span_kinds import SpanKind, Value
from shared.runtime.traces import span
from shared.worker.claiming import claimed
from shared.worker.error_log import log_survived
from shared.worker.estimated_reports import EstimatedReports
from shared.worker.export_builder import ExportBuilder
from shared.worker.infrastructure import infrastructure_cause
from shared.worker.intake import DRAINING, Draining, Intake
from shared.worker.job import run_export
from shared.worker.job_tools import Tools
from shared.worker.plan_loop import PlanLoop
from shared.worker.presence import present
from shared.worker.reporter import Reporter
from shared.worker.resources import check_resources
from shared.worker.slots import serve_slots

_RUNNING = Gauge("content_exports_running", "Exports that this process is building")
_MESSAGES = Counter("content_exports_worker_messages_total", "Requests received, by what became of them", ["outcome"])
_OLDEST = Gauge("content_exports_running_oldest_seconds", "Since the oldest attempt that this process runs began; or 0")
_SILENT = Gauge(
    "content_exports_running_silent_seconds",
    "Since an attempt of this process read, wrote or checked anything, of the one that is silent for longest; or 0",
)
_LOOK_S = 5.0  # how long a slot waits for a message until it looks for an export itself


@dataclass(slots=True)
class Worker:
    """One process: a number of slots, each with an export in it or waiting for one; and slots for plans beside them."""

    builder: ExportBuilder
    tools: Tools
    stopping: asyncio.Event
    running: dict[int, Reporter] = field(default_factory=dict)
    slots: ConnectedParts = field(default_factory=ConnectedParts)
    intake: Intake = field(init=False)

    def __post_init__(self) -> None:
        """Work is taken while database, store and this process are well; what runs is measured at each scrape."""
        _OLDEST.set_function(lambda: max((each.age_s for each in self.running.values()), default=0.0))
        _SILENT.set_function(lambda: max((each.silent_s for each in self.running.values()), default=0.0))
        tools = self.tools
        checks = {
            "database": tools.leases.check,
            "object_store": tools.store.check,
            "resources": check_resources(tools.store),
            "threads": tools.supervisor.check,
            "drain": self._check_drain,
        }
        self.intake = Intake(checks, self.stopping, tools.settings.sweep_s, tools.settings.unfit_after_s)

    async def _check_drain(self) -> None:
        if await self.tools.leases.is_draining():
            raise Draining

    async def serve(self) -> None:
        """Build exports until the process is stopping; those in flight have the grace time, the rest is handed back."""
        settings = self.tools.settings
        plans = PlanLoop(self.builder, self.tools, self.intake, DaemonThreads("planning"))
        # A connection for each slot: one that breaks costs its own slot a reconnect, and no other.
        export_type = self.builder.export_type
        uses = [(request_queue(export_type), self._slot)] * settings.slots
        uses += [(plan_queue(export_type), plans.slot)] * settings.plan_slots
        drain = partial(self.intake.close, DRAINING)
        async with present(self.tools.leases, export_type, settings, drain):
            await serve_slots(uses, settings, self.stopping, partial(self._hand_back, plans))

    def _hand_back(self, plans: PlanLoop) -> None:
        get_logger().warning("grace_time_over", exports=sorted(self.running))
        plans.abandoned.set()
        for reporter in self.running.values():
            reporter.hand_back()

    async def _slot(self, broker: Broker) -> None:
        with self.slots.one_more():
            while await self.intake.opened():
                # On a channel of its own each time: closing it gives back a message that came too late.
                async with open_consumer(broker, request_queue(self.builder.export_type)) as consumer:
                    await self._build_from(consumer)

    async def _build_from(self, consumer: Consumer) -> None:
        """Build at each message, and look for what waits where none comes, until the intake pauses."""
        async for message in consumer.messages_or_silence(self.stopping, self.intake.paused, _LOOK_S):
            await (self._build_waiting() if message is None else self.handle(message))

    async def handle(self, message: Delivery) -> None:
        """Claim the export whose turn it is, acknowledge, build: no message is held while an export is built.

        A message is a wake-up alone: the claim may be of another export than the one it was sent for.
        """
        request = decode(message, ExportRequested)
        if request is None:
            _MESSAGES.labels("not_understood").inc()
            await settle(message, Outcome.DEAD)
            return
        export = await claimed(self._claim, message, self.intake, _MESSAGES.labels("postponed").inc)
        if export is not None:
            await self._run(export, (message, request) if export.id == request.export_id else None)
            await self._build_waiting()

    async def _claim(self) -> ContentExport | None:
        """The export whose turn it is; None if none may be built now."""
        export = await self.tools.leases.claim(self.builder.export_type)
        _MESSAGES.labels("nothing_waits" if export is None else "claimed").inc()
        return export

    async def _build_waiting(self) -> None:
        """Build what waits, one export after another: the end of one may let another begin, and no message announces that."""
        while not (self.stopping.is_set() or self.intake.paused.is_set()):
            try:
                export = await self.tools.leases.claim(self.builder.export_type)
            except Exception as error:  # noqa: BLE001  (logged; a message or the next look follows)
                log_survived("claim_postponed", error, DatabaseUnavailable)
                if cause := infrastructure_cause(error):
                    self.intake.close(cause)
                return
            if export is None:
                return
            await self._run(export)

    async def _run(self, export: ContentExport, own: tuple[Delivery, ExportRequested] | None = None) -> None:
        """Build an export; `own` is the message that was sent for it, where that has woken this process."""
        reports = EstimatedReports(self.tools.leases, self.tools.expectations, export)
        reporter = Reporter(reports, export.id, export.attempt, self.tools.settings.lease_s)
        self.running[export.id] = reporter
        fields: dict[str, Any] = {"export_id": export.id, "request_id": export.request_id, "attempt": export.attempt}
        if own:
            fields["message_id"] = own[0].message_id
        with _RUNNING.track_inprogress(), structlog.contextvars.bound_contextvars(**fields), _span_of(export, own):
            try:
                fault = await run_export(export, self.builder, self.tools, reporter)
            finally:
                del self.running[export.id]
        if fault:
            self.intake.close(fault)


def _span_of(export: ContentExport, own: tuple[Delivery, ExportRequested] | None) -> AbstractContextManager[None]:
    """Below the sending of its message, or below its request where no message of its own has led to it."""
    attributes: dict[str, Value] = {"export_id": export.id, "attempt": export.attempt}
    queue = request_queue(export.export_type)
    if own:
        message, request = own
        return process_span(message, (REQUESTS, queue), request.traceparent, attributes)
    return span(f"process {queue}", export.traceparent, SpanKind.CONSUMER, attributes=attributes)


@asynccontextmanager
async def open_tools(settings: Settings) -> AsyncIterator[Tools]:
    """Everything a worker needs, closed in reverse."""
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(
            # For each slot one connection to read content and one to report; the rest for claims and health checks.
            open_pool(
                settings.database_url,
                size=4 + 2 * (settings.slots + settings.plan_slots),
                planned_once=True,
                limits=SHORT,
            )
        )
        store = open_store(settings.store_url)
        leases = Leases(pool, process_name(), settings.lease_s, settings.keep_s, max_attempts=settings.max_attempts)
        expectations = ExpectedTimesOfExports(
            QueueViews(pool), QueueLimits(settings.exports_per_owner, settings.large_export_s)
        )
        threads = DaemonThreads("packaging")
        yield Tools(settings, leases, ContentRows(pool), Access(pool), store, threads, expectations)


def run_worker(builder: ExportBuilder) -> None:
    """The whole process of a worker for one export type."""

    async def main(settings: Settings, stopping: asyncio.Event) -> None:
        async with open_tools(settings) as tools:
            worker = Worker(builder, tools, stopping)
            servers = {"database": tools.leases.check, "object_store": tools.store.check, "broker": worker.slots.check}
            checks = {**servers, "intake": worker.intake.check}
            async with serving_health(settings, checks):
                await worker.serve()

    run_service(f"{builder.export_type.value}-worker", once_migrated(main))
