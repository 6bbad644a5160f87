"""Heartbeats of a worker process: its slots count, since large exports leave one of a type to others; it learns that it drains."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from shared.domain.errors import DatabaseUnavailable
from shared.domain.export import ExportType
from shared.runtime.settings import Settings
from shared.worker.error_log import log_survived
from shared.worker.job_tools import ExportLeases


@asynccontextmanager
async def present(
    leases: ExportLeases, export_type: ExportType, settings: Settings, draining: Callable[[], None]
) -> AsyncIterator[None]:
    """The slots of this process count while the block lasts; those of one that is killed, until a lease is over.

    Calls `draining` at each heartbeat at which an operator drains the process.
    """
    renewing = asyncio.create_task(_renew(leases, export_type, settings, draining))
    try:
        yield
    finally:
        renewing.cancel()
        await asyncio.gather(renewing, return_exceptions=True)
        try:
            await leases.withdraw()
        except DatabaseUnavailable as error:
            log_survived("presence_not_ended", error, DatabaseUnavailable)


async def _renew(
    leases: ExportLeases, export_type: ExportType, settings: Settings, draining: Callable[[], None]
) -> None:
    while True:
        try:
            if await leases.announce(export_type, settings.slots):
                draining()
        except Exception as error:  # noqa: BLE001  (logged: without it, large exports would have fewer slots)
            log_survived("presence_not_renewed", error, DatabaseUnavailable)
        await asyncio.sleep(settings.lease_s / 3)  # two renewals may fail
