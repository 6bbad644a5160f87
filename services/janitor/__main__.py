"""Keep the system clean, until the process is stopped; with --dry-run print once what there is to do, and do nothing.

With --scrub, read all packages once and record what is changed or missing; with both, print it.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any

from prometheus_client import Counter, Gauge

from services.janitor.cleaning import Cleaning
from services.janitor.loads import LoadSweep
from services.janitor.old_rows import AUDIT_ROWS, DELIVERIES, KEYS, REPORTS, prune_rows, remove_exports
from services.janitor.removal import Lister, Remover
from services.janitor.scrub import Scrub, pace_until
from services.janitor.space import measure_space
from services.janitor.stuck import StuckExports
from services.janitor.syncs import clean_syncs
from shared.adapters.object_store import ObjectStore
from shared.adapters.open_store import open_store
from shared.adapters.postgres.audit_log import AuditLog
from shared.adapters.postgres.events.earlier_events import convert_earlier_events
from shared.adapters.postgres.events.old_events import OldEvents
from shared.adapters.postgres.idempotency import OldKeys
from shared.adapters.postgres.notices.deliveries import Deliveries
from shared.adapters.postgres.packages.old_exports import OldExports, OldReports
from shared.adapters.postgres.packages.package_loads import PackageLoads
from shared.adapters.postgres.packages.package_scrubs import PackageScrubs
from shared.adapters.postgres.packages.retention import Retention
from shared.adapters.postgres.pool import YIELDING, Pool, check, open_pool
from shared.adapters.postgres.unfinished import stuck
from shared.domain.errors import ExportError, in_full
from shared.http.health import Check, serving_health
from shared.http.once_migrated import once_migrated
from shared.runtime.lifecycle import run_service, stops_within
from shared.runtime.logs import get_logger
from shared.runtime.settings import Settings

_FAILED = Counter("content_exports_janitor_passes_failed_total", "Passes that failed", ["task"])
_LAST = Gauge("content_exports_janitor_last_pass_timestamp_seconds", "When a task was last done to its end", ["task"])

_DAY_S = 86_400


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[tuple[Pool, ObjectStore]]:
    async with open_pool(settings.database_url, size=3, limits=YIELDING) as pool:
        yield pool, open_store(settings.store_url)


async def main(settings: Settings, stopping: asyncio.Event) -> None:
    """Two loops: a quick one for what is stuck, a slow one for what may be removed."""
    async with AsyncExitStack() as stack:
        pool, store = await stack.enter_async_context(_opened(settings))
        checks: dict[str, Check] = {"database": partial(check, pool), "object_store": store.check}
        await stack.enter_async_context(serving_health(settings, checks))
        retention = Retention(pool)
        remover = Remover(retention, store, OldEvents(pool))
        cleaning = Cleaning(settings, retention, store, remover)
        async with asyncio.TaskGroup() as loops:
            loops.create_task(_every(settings.sweep_s, stopping, "stuck", StuckExports(pool, settings).unstick))
            loops.create_task(_every(settings.cleanup_s, stopping, "cleaning", cleaning.run))
            loops.create_task(_every(settings.sweep_s, stopping, "space", partial(measure_space, store)))
            for name, old_rows in _old_rows(pool, settings, remover).items():
                loops.create_task(_every(settings.cleanup_s, stopping, name, old_rows))
            loads = LoadSweep(settings, PackageLoads(pool, settings.lease_s), store)
            loops.create_task(_every(settings.sweep_s, stopping, "stuck_loads", loads.unstick))
            loops.create_task(_every(settings.cleanup_s, stopping, "uploads", loads.clean))
            loops.create_task(
                _every(settings.sweep_s, stopping, "earlier_events", lambda: convert_earlier_events(pool))
            )
            if settings.scrub_bytes_per_s:
                paced = partial(pace_until, stopping, settings.scrub_bytes_per_s)
                scrub = Scrub(PackageScrubs(pool), store, settings.scrub_after_days * _DAY_S)
                loops.create_task(_every(settings.cleanup_s, stopping, "scrub", lambda: scrub.run(paced())))
            loops.create_task(
                _every(settings.cleanup_s, stopping, "syncs", partial(clean_syncs, pool, settings.sync_idle_s))
            )


def _old_rows(pool: Pool, settings: Settings, remover: Remover) -> dict[str, Callable[[], Awaitable[object]]]:
    """The tasks that remove expired rows, by their names."""
    keys_days = settings.idempotency_key_ttl_s / _DAY_S
    return {
        "audit": partial(prune_rows, AuditLog(pool), settings.keep_audit_days, AUDIT_ROWS),
        "deliveries": partial(prune_rows, Deliveries(pool), settings.keep_deliveries_days, DELIVERIES),
        "idempotency_keys": partial(prune_rows, OldKeys(pool), keys_days, KEYS),
        "reports": partial(prune_rows, OldReports(pool), settings.keep_reports_days, REPORTS),
        "exports": partial(remove_exports, OldExports(pool), remover, settings.keep_exports_days),
    }


async def _every(seconds: float, stopping: asyncio.Event, task: str, work: Callable[[], Awaitable[object]]) -> None:
    """Repeat the work; a store or database that does not answer costs one pass."""
    while not await stops_within(stopping, seconds):
        try:
            await work()
        except ExportError as error:
            _FAILED.labels(task).inc()
            get_logger().warning("pass_failed", task=task, reason=in_full(error))
        else:
            _LAST.labels(task).set_to_current_time()


async def look(settings: Settings, stopping: asyncio.Event) -> None:
    """One pass that changes nothing; one line for each thing that there is to do."""
    async with _opened(settings) as (pool, store):
        for each in await stuck(pool, requeue_after_s=settings.requeue_after_s):
            print(f"stuck: export {each.export_id}")  # noqa: T201  (its output)
        retention = Retention(pool)
        await Cleaning(settings, retention, store, Lister(OldEvents(pool), print)).run()


async def scrub_once(settings: Settings, stopping: asyncio.Event, *, dry_run: bool) -> None:
    """Read all packages now, at the rate of the settings; one line for each that is damaged."""
    async with _opened(settings) as (pool, store):
        rows = PackageScrubs(pool)
        scrub = Scrub(rows, store, after_s=0.0, print_line=print if dry_run else None)
        await scrub.run(pace_until(stopping, settings.scrub_bytes_per_s))
        if not dry_run:
            print(f"damaged packages: {await rows.damaged()}")  # noqa: T201  (its output)


def _work(arguments: Sequence[str]) -> Callable[[Settings, asyncio.Event], Coroutine[Any, Any, None]]:
    """What the process is to do."""
    dry_run = "--dry-run" in arguments
    if "--scrub" in arguments:
        return partial(scrub_once, dry_run=dry_run)
    return look if dry_run else main


if __name__ == "__main__":
    run_service("janitor", once_migrated(_work(sys.argv[1:])))
