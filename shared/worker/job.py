"""Build one export and keep it. Safe to run twice: a finished export is left as it is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection
from concurrent.futures import Executor
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from prometheus_client import Counter, Histogram

from shared.adapters.course_source import CourseSource
from shared.adapters.object_store import ObjectStore, discard_unfinished, package_key, package_prefix
from shared.adapters.postgres.access import Access
from shared.adapters.postgres.content import ContentRows
from shared.adapters.postgres.leases import Leases
from shared.domain.errors import DatabaseUnavailable, Fenced, InvalidContent, StoreUnavailable
from shared.domain.export import ContentExport
from shared.domain.report import Receipt
from shared.runtime.logs import get_logger
from shared.runtime.settings import Settings
from shared.runtime.traces import add_attributes, span
from shared.worker.build import Recipe
from shared.worker.packaging import Job, pack
from shared.worker.reporter import Reporter
from shared.worker.verdict import Fail, Leave, Retry, verdict
from shared.worker.verification import Packed, VerificationFailed, verified

_SECONDS = Histogram(
    "export_seconds",
    "Time that the attempt took which made an export exported",
    ["export_type"],
    buckets=(0.1, 0.5, 1, 5, 15, 60, 300, 1800, 7200),
)

_OUTCOMES = Counter(
    "export_attempts_total",
    "Attempts by how they ended: exported, failed (with its code), handed_back, left (somebody else's now)",
    ["export_type", "outcome", "code"],
)

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Tools:
    """What a worker process has open."""

    settings: Settings
    leases: Leases
    content: ContentRows
    access: Access
    store: ObjectStore
    threads: Executor


async def run_export(export: ContentExport, recipe: Recipe, tools: Tools, reporter: Reporter) -> None:
    """Build a claimed export: it ends exported or failed, or is handed back for another attempt."""
    log, started = get_logger(), time.perf_counter()
    context = f"{export.context.type}:{export.context.id}"
    log.info("export_started", export_type=export.export_type.value, context=context)
    try:
        async with reporter.running():
            packed, receipt = await _built(export, recipe, tools, reporter)
        await _keep(export, tools, packed, receipt)
    except Exception as error:  # noqa: BLE001  (whatever it is, the verdict says what follows)
        await _after(error, export, tools, handed_back=reporter.handed_back)
        return
    seconds = round(time.perf_counter() - started, 3)
    _SECONDS.labels(export.export_type.value).observe(seconds)
    _ended(export, "exported")
    log.info(
        "export_finished",
        packages=len(packed.packages),
        entries=len(packed.entries),
        bytes=sum(package.size for package in packed.packages),
        seconds=seconds,
        warnings=len(receipt.warnings),
    )


async def _built(export: ContentExport, recipe: Recipe, tools: Tools, reporter: Reporter) -> tuple[Packed, Receipt]:
    """Packages that were read back and are whole, and the receipt; nothing stays of any others."""
    try:
        packed = await _build(export, recipe, tools, reporter)
        return packed, await _verified(packed, tools, reporter)
    except Exception:
        await _give_up(export, tools)
        raise


async def _build(export: ContentExport, recipe: Recipe, tools: Tools, reporter: Reporter) -> Packed:
    if export.attempt > 1:  # what a lost attempt left half written
        await discard_unfinished(tools.store, package_prefix(export.id))
    course = await tools.content.course(export.context)
    held = await tools.access.rights_of(export.user_id, export.context)
    if course is None or held is None:
        raise InvalidContent(f"The {export.context.type.lower()} {export.context.id} does not exist any more.")
    reporter.total_members, reporter.total_bytes = await tools.content.volume(export.context, recipe.kinds)
    job = Job(export, recipe, course, held, tools.settings.canvas_url, tools.settings.verify_sha256)
    loop = asyncio.get_running_loop()
    source = CourseSource(tools.content, export.context, course, loop)
    with span("pack"):
        return await _in_thread(tools, pack, job, source, tools.store, reporter)


async def _verified(packed: Packed, tools: Tools, reporter: Reporter) -> Receipt:
    """The receipt of packages that were read back and are whole."""
    loop, started = asyncio.get_running_loop(), time.perf_counter()
    with span("verify"):
        receipt = await _in_thread(tools, verified, packed, tools.store, reporter, loop)
    get_logger().info("package_verified", seconds=round(time.perf_counter() - started, 3))
    return receipt


async def _in_thread(tools: Tools, work: Callable[..., Result], *arguments: Any) -> Result:
    """What `work` gives, from a packaging thread; what is bound to log lines here is bound there too."""
    within = partial(copy_context().run, work, *arguments)
    return await asyncio.get_running_loop().run_in_executor(tools.threads, within)


async def _keep(export: ContentExport, tools: Tools, packed: Packed, receipt: Receipt) -> None:
    """The packages become the attachments, or go: they are this attempt's, and void when the attempt is."""
    try:
        await tools.leases.finish(export.id, export.attempt, packed.packages, receipt, packed.entries)
    except Fenced:
        await _give_up(export, tools)
        raise
    if export.attempt > 1:
        await _remove(tools.store, package_prefix(export.id), {package.key for package in packed.packages})


async def _give_up(export: ContentExport, tools: Tools) -> None:
    """Remove what this attempt has stored; what a store keeps that does not answer now, the janitor finds."""
    try:
        await _remove(tools.store, package_key(export.id, export.attempt, ""))
    except StoreUnavailable as error:
        get_logger().warning("leftovers_not_removed", reason=str(error))


async def _remove(store: ObjectStore, prefix: str, spared: Collection[str] = ()) -> None:
    async for left in store.list(prefix):
        if left.key not in spared:
            await store.delete(left.key)


async def _after(error: Exception, export: ContentExport, tools: Tools, *, handed_back: bool) -> None:
    log, settings = get_logger(), tools.settings
    decision = verdict(error, export.tries, settings.max_attempts, settings.retry_backoff_s)
    stopped = handed_back and isinstance(decision, Leave)
    if stopped:
        decision = Retry(0.0)
    try:
        match decision:
            case Leave():
                log.info("export_left", reason=str(error))
                _ended(export, "left")
            case Retry(wait_s):
                log.warning("export_handed_back", reason=str(error), retry_s=wait_s)
                await tools.leases.release(export.id, export.attempt, wait_s, stopped=stopped)
                _ended(export, "handed_back")
            case Fail(code, message):
                log.error("export_failed", code=code, reason=message, exc_info=error)
                receipt = error.receipt if isinstance(error, VerificationFailed) else None
                await tools.leases.fail(export.id, export.attempt, code, message, receipt)
                _ended(export, "failed", code)
    except Exception as late:
        unforeseen = not isinstance(late, (Fenced, DatabaseUnavailable))
        log.warning("export_outcome_not_written", reason=str(late), exc_info=unforeseen)


def _ended(export: ContentExport, outcome: str, code: str = "") -> None:
    _OUTCOMES.labels(export.export_type.value, outcome, code).inc()
    add_attributes(outcome=outcome, code=code)
