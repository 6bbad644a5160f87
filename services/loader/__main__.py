"""Receive requests for loads, run them, stop."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import structlog
from prometheus_client import Counter

from services.loader.job import LoadTools, run_load
from shared.adapters.open_store import open_store
from shared.adapters.postgres.packages.package_loads import PackageLoads, complete
from shared.adapters.postgres.pool import Connection, Pool, check, open_pool
from shared.adapters.rabbitmq.connection import Broker, ConnectedParts
from shared.adapters.rabbitmq.consumer import Consumer, Delivery, Outcome, decode, open_consumer, settle
from shared.contracts.messages import LoadRequested
from shared.contracts.topology import LOADS
from shared.domain.export import ExportId, PackedSoFar
from shared.domain.packages.package_load import PackageLoad
from shared.http.health import Check, serving_health
from shared.http.once_migrated import once_migrated
from shared.intake.limits import read_limits
from shared.intake.load import Loaded, Loader, Report
from shared.runtime.lifecycle import run_service
from shared.runtime.logs import get_logger
from shared.runtime.message_spans import process_span
from shared.runtime.settings import Settings
from shared.runtime.span_kinds import Value
from shared.worker.claiming import claimed
from shared.worker.intake import Intake
from shared.worker.reporter import Reporter
from shared.worker.resources import check_resources
from shared.worker.slots import serve_slots

_PERCENT = 100  # what a load counts instead of bytes

_POSTPONED = Counter(
    "content_exports_load_messages_postponed_total", "Claims of loads that failed, and were tried again"
)


@dataclass(slots=True)
class LoadWorker:
    """One process: a number of slots, each with a load in it or waiting for one."""

    loads: PackageLoads
    tools: LoadTools
    intake: Intake
    running: dict[int, Reporter] = field(default_factory=dict)
    slots: ConnectedParts = field(default_factory=ConnectedParts)

    def hand_back(self) -> None:
        """Stop what runs, for another process."""
        get_logger().warning("grace_time_over", loads=sorted(self.running))
        for reporter in self.running.values():
            reporter.hand_back()

    async def slot(self, broker: Broker) -> None:
        """Run one load after another until the process is stopping. Raises BrokerUnavailable."""
        with self.slots.one_more():
            while await self.intake.opened():
                async with open_consumer(broker, LOADS) as consumer:
                    await self._load_from(consumer)

    async def _load_from(self, consumer: Consumer) -> None:
        """Load at each message, until the intake pauses."""
        async for message in consumer.until(self.intake.stopping, self.intake.paused):
            await self.handle(message)

    async def handle(self, message: Delivery) -> None:
        """Claim the load that the message names, acknowledge, run: no message is held while a package is loaded."""
        request = decode(message, LoadRequested)
        if request is None:
            await settle(message, Outcome.DEAD)
            return
        with structlog.contextvars.bound_contextvars(load_id=request.load_id, request_id=request.request_id):
            load = await claimed(partial(self.loads.claim, request.load_id), message, self.intake, _POSTPONED.inc)
            if load is None:
                return
            reporter = Reporter(
                LoadReports(self.loads),
                ExportId(load.id),
                load.attempt,
                self.tools.settings.lease_s,
                total_bytes=_PERCENT,
            )
            self.running[load.id] = reporter
            described: dict[str, Value] = {"load_id": load.id, "attempt": load.attempt}
            try:
                with process_span(message, (LOADS, LOADS), request.traceparent, described):
                    fault = await run_load(load, self.tools, reporter)
            finally:
                del self.running[load.id]
            if fault:
                self.intake.close(fault)


@dataclass(frozen=True, slots=True)
class LoadReports:
    """Reports the completion of loads. Counts of members are ignored: no client reads those of a load."""

    loads: PackageLoads

    async def report(self, export_id: ExportId, attempt: int, completion: float, _: PackedSoFar) -> None:
        """Report it under the id of the load."""
        await self.loads.report(export_id, attempt, completion)


def load_with(pool: Pool, loads: PackageLoads, settings: Settings) -> LoadTools:
    """The tools of this process: the loader that commands use too, whose transaction ends the job."""
    store, limits = open_store(settings.store_url), read_limits()

    async def load_package(load: PackageLoad, package: Path, report: Report) -> None:
        commit = partial(_complete, load)
        loader = Loader(pool, store, limits, report, site=settings.canvas_url or "", commit=commit)
        await loader.load(package, load.into)

    return LoadTools(settings, loads, store, load_package)


async def _complete(load: PackageLoad, db: Connection, loaded: Loaded) -> None:
    await complete(db, load, loaded.to_json(), f"{loaded.subject} load:{load.id}")


async def main(settings: Settings, stopping: asyncio.Event) -> None:
    """Open, serve, stop."""
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(open_pool(settings.database_url, size=4 + 2 * settings.slots))
        loads = PackageLoads(pool, settings.lease_s)
        store = open_store(settings.store_url)
        needs: dict[str, Check] = {
            "database": partial(check, pool),
            "object_store": store.check,
            "resources": check_resources(store),
        }
        intake = Intake(needs, stopping, settings.sweep_s, settings.unfit_after_s)
        worker = LoadWorker(loads, load_with(pool, loads, settings), intake)
        checks: dict[str, Check] = {
            "database": partial(check, pool),
            "broker": worker.slots.check,
            "intake": intake.check,
        }
        await stack.enter_async_context(serving_health(settings, checks))
        await serve_slots([(LOADS, worker.slot)] * settings.slots, settings, stopping, worker.hand_back)


if __name__ == "__main__":
    run_service("loader", once_migrated(main))
