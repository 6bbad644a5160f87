"""One load: fetch the upload, load it, and end the job; or hand it back for another attempt."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from prometheus_client import Counter

from shared.adapters.translate import full_disk_translated
from shared.domain.error_codes import ErrorCode
from shared.domain.errors import DatabaseUnavailable, ExportError, Fenced, StoreUnavailable, in_full
from shared.domain.packages.package_load import PackageLoad
from shared.intake.load import Report
from shared.runtime.logs import get_logger
from shared.runtime.settings import Settings
from shared.runtime.traces import add_attributes, fail
from shared.worker.reporter import Reporter
from shared.worker.supervision import Supervisor
from shared.worker.verdict import Fail, Leave, Retry, verdict

_OUTCOMES = Counter(
    "content_exports_load_attempts_total",
    "Attempts to load an uploaded package by how they ended: completed, failed (with its code), handed_back, left",
    ["outcome", "code"],
)

# Percent at the begin and the end of each step of a load.
_STEPS = {"upload": (0.0, 10.0), "bytes of files": (10.0, 70.0), "objects": (70.0, 99.0)}

LoadPackage = Callable[[PackageLoad, Path, Report], Awaitable[None]]


class Loads(Protocol):
    """The loads of the database, as this process changes them."""

    async def fail(self, load: PackageLoad, code: ErrorCode, message: str) -> None:
        """End the load as failed. Raises Fenced."""
        ...

    async def release(self, load: PackageLoad, wait_s: float, *, stopped: bool = False) -> None:
        """Hand the load back for another attempt."""
        ...


class Uploads(Protocol):
    """The object store, as far as a load needs it."""

    def open(self, key: str) -> Iterator[bytes | memoryview]:
        """The bytes of an upload. Raises ObjectMissing."""
        ...

    async def delete(self, key: str) -> None:
        """Delete an upload."""
        ...


@dataclass(frozen=True, slots=True)
class LoadTools:
    """What a load needs. `load_package` ends the load as completed in the transaction that writes the content."""

    settings: Settings
    loads: Loads
    uploads: Uploads
    load_package: LoadPackage
    supervisor: Supervisor = field(init=False)

    def __post_init__(self) -> None:
        """Loads that never return are counted for the whole process."""
        object.__setattr__(self, "supervisor", Supervisor(self.settings.stall_s))


async def run_load(load: PackageLoad, tools: LoadTools, reporter: Reporter) -> str:
    """Run a claimed load: it ends completed or failed, or is handed back for another attempt.

    Returns the code of the infrastructure error that it met; else the empty string.
    """
    get_logger().info("load_started", filename=load.filename, bytes=load.size)
    try:
        async with reporter.running():
            await _while_it_makes_progress(load, tools, reporter)
    except Exception as error:  # noqa: BLE001  (whatever it is, the verdict decides what follows)
        return await _settle(error, load, tools, handed_back=reporter.handed_back)
    _ended("completed")
    get_logger().info("load_finished")
    await _discard(load, tools)
    return ""


async def _while_it_makes_progress(load: PackageLoad, tools: LoadTools, reporter: Reporter) -> None:
    """Raises Stalled for a load that reports nothing for too long: a read of it does not return."""
    loading = asyncio.create_task(_load(load, tools, partial(_report, reporter)))
    try:
        await tools.supervisor.result(loading, reporter)
    finally:
        loading.cancel()


async def _load(load: PackageLoad, tools: LoadTools, report: Report) -> None:
    """A zip is read from its end, so the upload becomes a file of this machine first."""
    with full_disk_translated(), TemporaryDirectory(prefix="load-") as folder:
        package = Path(folder) / "package"
        await asyncio.to_thread(_fetch, load, tools.uploads, package, report)
        await tools.load_package(load, package, report)


def _fetch(load: PackageLoad, uploads: Uploads, to: Path, report: Report) -> None:
    written = 0
    with to.open("wb") as file:
        for chunk in uploads.open(load.key):
            written += file.write(chunk)
            report("upload", written, load.size)


def _report(reporter: Reporter, step: str, done: int, total: int) -> None:
    """Count a step. Raises Fenced where the load has been taken away, or the process stops: this ends its thread."""
    if reporter.stop.is_set():
        raise Fenced
    begin, end = _STEPS[step]
    reporter.progress(int(begin + (end - begin) * done / max(total, 1)), 0)


async def _settle(error: Exception, load: PackageLoad, tools: LoadTools, *, handed_back: bool) -> str:
    decision = verdict(error, load.attempt, tools.settings.retry_backoff_s, handed_back=handed_back)
    try:
        match decision:
            case Leave():
                _ended("left")
                get_logger().info("load_left", reason="another attempt has it")
            case Retry(wait_s, cause):
                if cause:
                    fail(cause)
                _ended("handed_back", cause)
                await tools.loads.release(load, wait_s, stopped=True)
                get_logger().warning("load_handed_back", wait_s=wait_s, reason=in_full(error))
            case Fail():
                await _fail(decision, error, load, tools)
    except Fenced:
        get_logger().info("load_left", reason="another attempt has it")
    except DatabaseUnavailable as lost:  # the lease ends by itself, and the janitor puts the load on the queue
        get_logger().warning("load_not_settled", reason=in_full(lost))
    return decision.cause if isinstance(decision, Retry) else ""


async def _fail(decision: Fail, error: Exception, load: PackageLoad, tools: LoadTools) -> None:
    """An error in the package is the uploader's own; any other is one that an operator should see."""
    item = error.item if isinstance(error, ExportError) else None
    message = f"{item}: {decision.message}" if item and item not in decision.message else decision.message
    await tools.loads.fail(load, decision.code, message)
    _ended("failed", decision.code.value)
    if isinstance(error, ExportError) and not error.retry:
        get_logger().info("load_failed", code=decision.code, reason=in_full(error))
    else:
        fail(decision.code.value)
        get_logger().error("load_failed", code=decision.code, reason=in_full(error), exc_info=error)
    await _discard(load, tools)


def _ended(outcome: str, code: str = "") -> None:
    _OUTCOMES.labels(outcome, code).inc()
    add_attributes({"outcome": outcome, "code": code})


async def _discard(load: PackageLoad, tools: LoadTools) -> None:
    """Remove the upload of an ended load. What cannot be removed now, the janitor will remove."""
    try:
        await tools.uploads.delete(load.key)
    except StoreUnavailable as error:
        get_logger().warning("upload_not_removed", reason=in_full(error))
