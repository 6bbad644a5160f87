"""Receive requests for loads, run them, stop."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import structlog

from services.loader.job import LoadTools, run_load
from shared.adapters.open_store import open_store
from shared.adapters.postgres.migrate import migrate
from shared.adapters.postgres.package_loads import PackageLoads, complete
from shared.adapters.postgres.pool import Connection, Pool, check, open_pool
from shared.adapters.rabbitmq.connection import Broker
from shared.adapters.rabbitmq.consumer import Consumer, Delivery, Outcome, decode, open_consumer, settle
from shared.contracts.messages import LoadRequested
from shared.contracts.topology import LOADS
from shared.domain.errors import BrokerUnavailable, DatabaseUnavailable, in_full
from shared.domain.export import ExportId
from shared.domain.package_load import PackageLoad
from shared.http.health import Check, serving_health
from shared.intake.limits import read_limits
from shared.intake.load import Loaded, Loader, Report
from shared.runtime.lifecycle import run_service, stops_within, unless
from shared.runtime.logs import get_logger
from shared.runtime.settings import Settings
from shared.worker.reporter import Reporter
from shared.worker.slots import serve_slots

_DATABASE_WAIT_S = 1.0
_PERCENT = 100  # what a load counts instead of bytes


@dataclass(slots=True)
class LoadWorker:
    """One process: a number of slots, each with a load in it or waiting for one."""

    loads: PackageLoads
    tools: LoadTools
    stopping: asyncio.Event
    running: dict[int, Reporter] = field(default_factory=dict)
    connected: int = 0  # slots that have a connection to the broker

    async def check_broker(self) -> None:
        """Raise BrokerUnavailable while no slot could receive a message."""
        if not self.connected:
            raise BrokerUnavailable("no connection to the message broker")

    def hand_back(self) -> None:
        """Stop what runs, for another process."""
        get_logger().warning("grace_time_over", loads=sorted(self.running))
        for reporter in self.running.values():
            reporter.hand_back()

    async def slot(self, broker: Broker) -> None:
        """Run one load after another until the process is stopping. Raises BrokerUnavailable."""
        async with open_consumer(broker, LOADS) as consumer:
            self.connected += 1
            try:
                await self._consume(consumer)
            finally:
                self.connected -= 1

    async def _consume(self, consumer: Consumer) -> None:
        while not self.stopping.is_set():
            message = await unless(self.stopping, consumer.next())
            if message is not None:
                await self.handle(message)

    async def handle(self, message: Delivery) -> None:
        """Claim the load that the message names, acknowledge, run: no message is held while a package is loaded."""
        request = decode(message, LoadRequested)
        if request is None:
            await settle(message, Outcome.DEAD)
            return
        with structlog.contextvars.bound_contextvars(load_id=request.load_id, request_id=request.request_id):
            load = await self._claimed(request, message)
            if load is None:
                return
            reporter = Reporter(
                self.loads, ExportId(load.id), load.attempt, self.tools.settings.lease_s, total_bytes=_PERCENT
            )
            self.running[load.id] = reporter
            try:
                await run_load(load, self.tools, reporter)
            finally:
                del self.running[load.id]

    async def _claimed(self, request: LoadRequested, message: Delivery) -> PackageLoad | None:
        """The load under its next attempt; None if there is nothing to do now. The message is settled either way."""
        try:
            load = await self.loads.claim(request.load_id)
        except DatabaseUnavailable as error:
            get_logger().warning("claim_postponed", reason=in_full(error))
            await stops_within(self.stopping, _DATABASE_WAIT_S)
            await settle(message, Outcome.AGAIN)
            return None
        await settle(message, Outcome.DONE)
        return load


def load_with(pool: Pool, settings: Settings) -> LoadTools:
    """The tools of this process: the loader that commands use too, whose transaction ends the job."""
    store, limits = open_store(settings.store_url), read_limits()

    async def load_package(load: PackageLoad, package: Path, report: Report) -> None:
        commit = partial(_complete, load)
        loader = Loader(pool, store, limits, report, site=settings.canvas_url or "", commit=commit)
        await loader.load(package, load.into)

    return LoadTools(settings, PackageLoads(pool, settings.lease_s), store, load_package)


async def _complete(load: PackageLoad, db: Connection, loaded: Loaded) -> None:
    await complete(db, load, loaded.to_json(), f"{loaded.subject} load:{load.id}")


async def main(settings: Settings, stopping: asyncio.Event) -> None:
    """Open, serve, stop."""
    async with AsyncExitStack() as stack:
        await migrate(settings.database_url)
        pool = await stack.enter_async_context(open_pool(settings.database_url, size=4 + 2 * settings.slots))
        tools = load_with(pool, settings)
        worker = LoadWorker(PackageLoads(pool, settings.lease_s), tools, stopping)
        checks: dict[str, Check] = {"database": partial(check, pool), "broker": worker.check_broker}
        await stack.enter_async_context(serving_health(settings, checks))
        await serve_slots([worker.slot] * settings.slots, settings, stopping, worker.hand_back)


if __name__ == "__main__":
    run_service("loader", main)
