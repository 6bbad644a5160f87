"""Reports the completion of a build a few times a second; the same write renews the lease and notices its loss."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

from shared.domain.errors import DatabaseUnavailable, Fenced
from shared.domain.export import ExportId, PackedSoFar
from shared.worker.attempt_record import AttemptRecord
from shared.worker.error_log import log_survived

_LOOK_S = 0.25  # at most four writes a second
_HEARTBEAT_S = 2.0  # at least one write in this time, so that a cancelled export stops soon
_STEP = 1.0  # percent worth a write
_MEMBER_BYTES = 4096  # what a member weighs beside its bytes, for courses of many small objects


class LeaseReports(Protocol):
    """Where completion is reported and the lease renewed."""

    async def report(self, export_id: ExportId, attempt: int, completion: float, so_far: PackedSoFar) -> None:
        """Raises Fenced once the export is no longer this attempt's."""
        ...


@dataclass(slots=True)
class Reporter:
    """Shared by a packaging thread, which counts, and the event loop, which reports."""

    reports: LeaseReports
    export_id: ExportId
    attempt: int
    lease_s: float
    total_bytes: int = 0
    total_members: int = 0
    stop: threading.Event = field(default_factory=threading.Event)
    handed_back: bool = False  # stopped because the process ends, not because the export does
    beats: int = 0  # rises with every sign of progress
    record: AttemptRecord = field(default_factory=AttemptRecord)
    _began_at: float = field(init=False)
    _beat_at: float = field(init=False)
    _done_bytes: int = 0
    _done_members: int = 0

    def __post_init__(self) -> None:
        """The attempt begins."""
        self._began_at = self._beat_at = time.monotonic()

    def progress(self, done_bytes: int, done_members: int) -> None:
        """Called by the thread: source bytes and members written so far."""
        self._done_bytes, self._done_members = done_bytes, done_members
        self.beat()

    def beat(self) -> None:
        """Called by the thread, or for it: something was read, written or checked."""
        self.beats += 1
        self._beat_at = time.monotonic()

    def hand_back(self) -> None:
        """Stop the thread; another worker shall take the export."""
        self.handed_back = True
        self.stop.set()

    @property
    def age_s(self) -> float:
        """Seconds since the attempt began."""
        return time.monotonic() - self._began_at

    @property
    def silent_s(self) -> float:
        """Seconds since the last sign of progress."""
        return time.monotonic() - self._beat_at

    @property
    def completion(self) -> float:
        """Percent, 0 to 99: the last one belongs to the finish."""
        total = self.total_bytes + self.total_members * _MEMBER_BYTES
        done = self._done_bytes + self._done_members * _MEMBER_BYTES
        return min(99.0, 99.0 * done / total) if total else 0.0

    @property
    def so_far(self) -> PackedSoFar:
        """What has been written; a package may have more members than its context has objects."""
        return PackedSoFar(
            items_done=self._done_members,
            items_total=max(self.total_members, self._done_members),
            bytes_done=self._done_bytes,
            bytes_total=max(self.total_bytes, self._done_bytes),
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Report, and renew the lease, while the block lasts."""
        reporting = asyncio.create_task(self._report())
        try:
            yield
        finally:
            reporting.cancel()
            await asyncio.gather(reporting, return_exceptions=True)

    async def _report(self) -> None:
        reported, reported_at = 0.0, time.monotonic()
        # A third: two renewals may fail before the lease lapses.
        heartbeat = min(_HEARTBEAT_S, self.lease_s / 3)
        while True:
            await asyncio.sleep(_LOOK_S)
            completion, now = round(self.completion, 1), time.monotonic()
            if not due(completion - reported, now - reported_at, heartbeat):
                continue
            try:
                await self.reports.report(self.export_id, self.attempt, completion, self.so_far)
            except Fenced:
                self.stop.set()
                return
            except Exception as error:  # noqa: BLE001  (logged: a silent end would cost the lease of a sound build)
                log_survived("lease_not_renewed", error, DatabaseUnavailable)
            reported, reported_at = completion, now


def due(rise: float, waited_s: float, heartbeat_s: float) -> bool:
    """Whether completion has risen enough, or silence has lasted long enough, for a write."""
    return rise >= _STEP or waited_s >= heartbeat_s
