"""Builds one claimed export: pack, verify, then attach the packages, or fail, or hand the export back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection
from contextvars import copy_context
from functools import partial
from typing import Any, TypeVar

from shared.adapters.course_source import CourseSource
from shared.adapters.object_store import ObjectStore, discard_unfinished, package_key, package_prefix
from shared.domain.attempts import AttemptFacts, AttemptOutcome, HandedBack
from shared.domain.content.course import Course
from shared.domain.error_codes import ErrorCode
from shared.domain.errors import (
    ContentReplaced,
    DatabaseUnavailable,
    ExportError,
    Fenced,
    InvalidContent,
    InvalidOption,
    InvalidSelection,
    NothingSelected,
    StoreUnavailable,
    in_full,
)
from shared.domain.export import ContentExport, Context, ContextType
from shared.domain.report import Receipt
from shared.runtime.logs import get_logger
from shared.runtime.traces import add_attributes, fail, span
from shared.worker import measures
from shared.worker.error_log import log_survived
from shared.worker.export_builder import ExportBuilder
from shared.worker.infrastructure import STALLED, Stalled
from shared.worker.job_tools import Tools
from shared.worker.packaging import Job, pack
from shared.worker.reporter import Reporter
from shared.worker.verdict import Fail, Leave, Retry, verdict
from shared.worker.verification import PackingResult, VerificationFailed, verified

# They end an export, which names them itself; no operator has to act.
_MISTAKES_OF_CALLERS = (NothingSelected, InvalidSelection, InvalidOption, InvalidContent)

_TIDY_S = 30.0  # for removing leftovers; a store that hangs keeps no slot
_CHECK_S = 5.0
_RELEASE_AGAIN_S = 1.0  # between two tries to hand an export back

Result = TypeVar("Result")


async def run_export(export: ContentExport, builder: ExportBuilder, tools: Tools, reporter: Reporter) -> str:
    """Build a claimed export: it ends exported or failed, or is handed back for another attempt.

    Returns the code of the infrastructure error that it met; else the empty string.
    """
    log, started = get_logger(), time.perf_counter()
    context = f"{export.context.type}:{export.context.id}"
    log.info("export_started", export_type=export.export_type.value, context=context)
    measures.began(export)
    try:
        # The lease is renewed during packing and verification, which may take hours, and not after them.
        async with reporter.running():
            result, receipt = await _built(export, builder, tools, reporter)
        await _attach(export, tools, result, receipt, reporter.record.facts)
    except Exception as error:  # noqa: BLE001  (whatever it is, the verdict decides what follows)
        return await _settle_failure(error, export, tools, reporter)
    seconds = round(time.perf_counter() - started, 3)
    size = sum(package.size for package in result.packages)
    measures.exported(export, seconds, size, receipt.warnings)
    _ended(export, "exported")
    log.info(
        "export_finished",
        packages=len(result.packages),
        entries=len(result.entries),
        bytes=size,
        seconds=seconds,
        warnings=len(receipt.warnings),
    )
    return ""


async def _built(
    export: ContentExport, builder: ExportBuilder, tools: Tools, reporter: Reporter
) -> tuple[PackingResult, Receipt]:
    """Packages that have passed their verification, and the receipt. On an error, nothing that was stored stays."""
    try:
        result = await _build(export, builder, tools, reporter)
        return result, await _verified(result, tools, reporter)
    except Exception:
        await _discard(export, tools)
        raise


async def _build(export: ContentExport, builder: ExportBuilder, tools: Tools, reporter: Reporter) -> PackingResult:
    with reporter.record.phase("prepare"):
        generation, job = await _prepared(export, builder, tools, reporter)
    loop = asyncio.get_running_loop()
    source = CourseSource(tools.content, export.context, job.course, loop, reporter.beat)
    with span("pack", expected=(*_MISTAKES_OF_CALLERS, Fenced)), reporter.record.phase("pack"):
        result = await _in_thread(tools, reporter, pack, job, source, tools.store, reporter)
    # It reads one batch after another: what a load or a sync replaced in between would be in the package by half.
    if await tools.content.generation(export.context) != generation:
        raise ContentReplaced
    return result


async def _prepared(export: ContentExport, builder: ExportBuilder, tools: Tools, reporter: Reporter) -> tuple[int, Job]:
    """(generation of the content, what the packaging thread needs), once nothing of an earlier attempt is left."""
    # Only retries can have leftovers: a first attempt saves the list request to the store.
    if export.attempt > 1:  # what an earlier attempt has left unfinished
        async with asyncio.timeout(_TIDY_S):
            await discard_unfinished(tools.store, package_prefix(export.id))
    content = await tools.content.summary(export.context, builder.kinds)
    rights = await tools.access.rights_of(export.user_id, export.context)
    if content is None or rights is None:
        raise InvalidContent(f"The {export.context.type.lower()} {export.context.id} does not exist any more.")
    # Counted before packing: completion is a share of this, and never falls.
    reporter.total_members, reporter.total_bytes = content.objects, content.bytes
    settings, locales = tools.settings, await _locales(export, content.course, tools)
    job = Job(export, builder, content.course, rights, settings.canvas_url, settings.verify_sha256, locales)
    return content.generation, job


async def _locales(export: ContentExport, course: Course, tools: Tools) -> tuple[str | None, ...]:
    """The locale of the course, then that of the requester, who may have one where the course has none."""
    if not export.settings.include_index or export.user_id is None:
        return (course.locale,)
    requester = await tools.content.course(Context(ContextType.USER, export.user_id))
    return (course.locale, requester.locale if requester else None)


async def _verified(result: PackingResult, tools: Tools, reporter: Reporter) -> Receipt:
    """Read the packages back; the receipt with the outcome. Raises VerificationFailed."""
    started = time.perf_counter()
    with span("verify"), reporter.record.phase("verify"):
        receipt = await _in_thread(tools, reporter, verified, result, tools.store, reporter)
    get_logger().info("package_verified", seconds=round(time.perf_counter() - started, 3))
    return receipt


async def _in_thread(tools: Tools, reporter: Reporter, work: Callable[..., Result], *arguments: Any) -> Result:
    """The result of `work` in a packaging thread, while it makes progress; its log lines have the fields bound here."""
    within = partial(copy_context().run, work, *arguments)
    running = asyncio.get_running_loop().run_in_executor(tools.threads, within)
    return await tools.supervisor.result(running, reporter)


async def _attach(
    export: ContentExport, tools: Tools, result: PackingResult, receipt: Receipt, facts: AttemptFacts
) -> None:
    """The packages become the attachments, or are removed if the export is no longer this attempt's."""
    try:
        # One transaction: state, attachments, report and entries. A second worker with a lapsed lease gets Fenced.
        await tools.leases.finish(export.id, export.attempt, result.packages, receipt, result.entries, facts=facts)
    except Fenced:
        await _discard(export, tools)
        raise
    if export.attempt > 1:
        await _tidy(tools.store, package_prefix(export.id), {package.key for package in result.packages})


async def _discard(export: ContentExport, tools: Tools) -> None:
    """Remove what this attempt has stored."""
    await _tidy(tools.store, package_key(export.id, export.attempt, ""))


async def _tidy(store: ObjectStore, prefix: str, keep: Collection[str] = ()) -> None:
    """Remove all but these. What cannot be removed now, the janitor will remove."""
    try:
        async with asyncio.timeout(_TIDY_S):
            await _remove(store, prefix, keep)
    except (StoreUnavailable, TimeoutError) as error:
        get_logger().warning("leftovers_not_removed", reason=in_full(error))


async def _remove(store: ObjectStore, prefix: str, keep: Collection[str]) -> None:
    async for package in store.list(prefix):
        if package.key not in keep:
            await store.delete(package.key)


async def _settle_failure(error: Exception, export: ContentExport, tools: Tools, reporter: Reporter) -> str:
    decision = verdict(error, export.attempt, tools.settings.retry_backoff_s, handed_back=reporter.handed_back)
    try:
        await _settle(decision, error, export, tools, reporter)
    except Exception as late:  # noqa: BLE001  (logged; the lease lapses, and another attempt follows)
        log_survived("export_outcome_not_written", late, Fenced, DatabaseUnavailable)
    return decision.cause if isinstance(decision, Retry) else ""


async def _settle(
    decision: Leave | Retry | Fail, error: Exception, export: ContentExport, tools: Tools, reporter: Reporter
) -> None:
    log = get_logger()
    match decision:
        case Leave():
            log.info("export_left", reason=in_full(error))
            _ended(export, "left")
        case Retry(wait_s, cause):
            if cause:
                fail(cause)
            (log.warning if cause else log.info)("export_handed_back", reason=in_full(error), retry_s=wait_s)
            # Where all servers answer, a stall is counted: what does not return may be of this export alone.
            counts = cause == STALLED and await _servers_answer(tools)
            await _release(export, tools, reporter, wait_s, stopped=not counts, reason=_reason(error, cause, reporter))
            _ended(export, "handed_back", cause)
        case Fail(code, message):
            _log_failure(error, code, message)
            receipt = error.receipt if isinstance(error, VerificationFailed) else None
            await tools.leases.fail(export.id, export.attempt, code, message, receipt, facts=reporter.record.facts)
            _ended(export, "failed", code)


async def _servers_answer(tools: Tools) -> bool:
    try:
        async with asyncio.timeout(_CHECK_S):
            await tools.store.check()
            await tools.leases.check()
    except (ExportError, TimeoutError):
        return False
    return True


def _reason(error: Exception, cause: str, reporter: Reporter) -> HandedBack:
    """Why the attempt is handed back; without the details of an error, which may name servers."""
    facts = reporter.record.facts
    if isinstance(error, Fenced):  # the process was stopped
        return HandedBack(facts=facts)
    outcome = AttemptOutcome.INFRASTRUCTURE if cause else AttemptOutcome.RELEASED
    message = str(error) if isinstance(error, (ExportError, Stalled)) else type(error).__name__
    return HandedBack(outcome, cause or getattr(error, "code", None), message, facts)


async def _release(
    export: ContentExport, tools: Tools, reporter: Reporter, wait_s: float, *, stopped: bool, reason: HandedBack
) -> None:
    """Hand the export back, for as long as the database is away and the process need not end: else the attempt counts."""
    while True:
        try:
            await tools.leases.release(export.id, export.attempt, wait_s, stopped=stopped, reason=reason)
        except DatabaseUnavailable:
            if reporter.handed_back:
                raise
            await asyncio.sleep(_RELEASE_AGAIN_S)
        else:
            return


def _log_failure(error: Exception, code: ErrorCode, message: str) -> None:
    if isinstance(error, _MISTAKES_OF_CALLERS):
        get_logger().info("export_failed", code=code, reason=message)
    else:
        fail(code)
        get_logger().error("export_failed", code=code, reason=message, exc_info=error)


def _ended(export: ContentExport, outcome: str, code: str = "") -> None:
    measures.ended(export, outcome, code)
    add_attributes({"outcome": outcome, "code": code})
