"""The reads of the audit log: written in the background, so that a slow database never slows a download."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from itertools import islice

from prometheus_client import Counter

from shared.adapters.postgres.audit_log import copy
from shared.adapters.postgres.pool import Pool, acquired, translated
from shared.domain.audit import Action, Actor, AuditEntry
from shared.domain.errors import DatabaseUnavailable, in_full
from shared.runtime.logs import get_logger

_DROPPED = Counter(
    "content_exports_audit_rows_dropped_total", "Reads that the audit log does not have: its queue was full, or lost"
)

_MOST = 20_000  # rows that wait at most; some five MB
_BATCH = 2_000  # rows of one statement
_PAUSE_S = 0.1  # before each write: the reads of this time go together, since a row costs a hundredth of a statement
_STOP_S = 5.0  # how long the last rows may take when the process stops

Write = Callable[[Sequence[AuditEntry]], Awaitable[None]]


class ReadAuditQueue:
    """A bounded queue of rows, and the task that writes them. `write` adds rows; DatabaseUnavailable is tried again."""

    def __init__(self, write: Write, *, most: int = _MOST, pause_s: float = _PAUSE_S) -> None:
        self._write = write
        self._most = most
        self._pause_s = pause_s
        self._waiting: deque[AuditEntry] = deque()
        self._some = asyncio.Event()

    def note(self, action: Action, export_id: int | None, actor: Actor, subject: str | None = None) -> None:
        """Record a read. Returns at once; where the queue is full, the row is dropped and counted."""
        if len(self._waiting) >= self._most:
            _DROPPED.inc()
            return
        self._waiting.append(AuditEntry(datetime.now(UTC), action, actor, export_id, subject))
        self._some.set()

    async def run(self) -> None:
        """Write, until cancelled."""
        while True:
            await self._some.wait()
            await asyncio.sleep(self._pause_s)
            try:
                await self.flush()
            except DatabaseUnavailable as error:
                get_logger().warning("audit_waits", rows=len(self._waiting), reason=in_full(error))

    async def flush(self) -> None:
        """Write what waits now, and not what comes meanwhile. Raises DatabaseUnavailable; the rows wait on then."""
        remaining = len(self._waiting)
        while remaining:
            batch = list(islice(self._waiting, min(_BATCH, remaining)))
            try:
                await self._write(batch)
            except DatabaseUnavailable:
                raise
            except Exception as error:  # noqa: BLE001  (rows that cannot be written must not hold up all later ones)
                _DROPPED.inc(len(batch))
                get_logger().exception("audit_rows_lost", rows=len(batch), exc_info=error)
            for _ in batch:
                self._waiting.popleft()
            remaining -= len(batch)
        if not self._waiting:
            self._some.clear()

    async def close(self) -> None:
        """Write what waits, within some seconds; what cannot be written is dropped and counted."""
        try:
            async with asyncio.timeout(_STOP_S):
                await self.flush()
        # A process that is stopping cannot wait for a database: SIGKILL follows the grace time.
        except (DatabaseUnavailable, TimeoutError) as error:
            _DROPPED.inc(len(self._waiting))
            get_logger().error("audit_rows_lost", rows=len(self._waiting), reason=in_full(error))


@asynccontextmanager
async def open_read_audit(pool: Pool) -> AsyncIterator[ReadAuditQueue]:
    """The queue, written while the block lasts and emptied at its end."""
    audit = ReadAuditQueue(partial(_write, pool))
    writing = asyncio.create_task(audit.run())
    try:
        yield audit
    finally:
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        await audit.close()


async def _write(pool: Pool, entries: Sequence[AuditEntry]) -> None:
    with translated():
        async with acquired(pool) as db:
            await copy(db, entries)
