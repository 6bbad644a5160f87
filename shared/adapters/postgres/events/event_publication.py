"""Events that wait for the broker: every state, and of progress what the relay asks for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import msgspec

from shared.adapters.postgres.events.earlier_events import EVENT_DATA
from shared.adapters.postgres.events.export_events import event_from
from shared.adapters.postgres.pool import Connection, Pool, Record, translated
from shared.contracts.events import ExportEvent
from shared.runtime.logs import get_logger

# Events are published in the order of the log, so only one relay may do it: the lock ends with its transaction.
_LOCK = "SELECT pg_try_advisory_xact_lock(4201778)"

# Read before the states: a state that commits in between has a higher id than any progress that this can see.
_PROGRESS = f"""
SELECT v.id, v.name, {EVENT_DATA}, v.traceparent FROM export_events v JOIN content_exports e ON e.id = v.content_export_id
 WHERE v.id = ANY($1::bigint[]) AND NOT v.published AND e.workflow_state = 'exporting' ORDER BY v.id
"""  # noqa: S608  (no value is put in)
_STATES = f"""
SELECT v.id, v.name, {EVENT_DATA}, v.traceparent FROM export_events v
 WHERE NOT published AND name = 'content_export.state' ORDER BY id LIMIT $1
"""  # noqa: S608  (no value is put in)
_MARK = "UPDATE export_events SET published = true WHERE id = ANY($1::bigint[])"


@dataclass(slots=True)
class LockedEvents:
    """Events that no other relay publishes during the transaction; those in `published` (ids) are marked at its end."""

    events: list[ExportEvent] = field(default_factory=list)
    published: list[int] = field(default_factory=list)


@asynccontextmanager
async def lock_events(pool: Pool, limit: int, progress: Sequence[int], base_url: str) -> AsyncIterator[LockedEvents]:
    """Lock unpublished events, in the order of the log: up to `limit` states, and of these progress events the valid ones.

    A progress event is valid while its export is being built. Those that the block adds to `published` are marked after
    it. A second relay gets none.
    """
    with translated():
        async with pool.acquire() as db, db.transaction():
            locked = LockedEvents()
            if await db.fetchval(_LOCK):
                rows = await _rows(db, limit, progress)
                _read_into(locked, rows, base_url)
            yield locked
            if locked.published:
                await db.execute(_MARK, locked.published)


async def _rows(db: Connection, limit: int, progress: Sequence[int]) -> list[Record]:
    rising = await db.fetch(_PROGRESS, progress) if progress else []
    states = await db.fetch(_STATES, limit)
    if len(states) == limit:  # there may be more states before what is beyond the last one
        rising = [row for row in rising if row["id"] < states[-1]["id"]]
    return sorted([*rising, *states], key=lambda row: row["id"])


def _read_into(locked: LockedEvents, rows: Sequence[Record], base_url: str) -> None:
    """The events of the rows. One that cannot be read is logged and passed over: it must not block those behind it."""
    for row in rows:
        try:
            locked.events.append(event_from(row, base_url))
        except msgspec.ValidationError:
            get_logger().exception("event_unreadable", event_id=row["id"])
            locked.published.append(row["id"])
