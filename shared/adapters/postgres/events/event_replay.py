"""The whole event log in the order of ids, as far as it is settled: what commits late is not passed over.

A transaction draws the ids of its events before it commits, so that an id may become visible after a higher one. A replay
reads up to the id below which none can appear any more, which the database says (settled_event_id in the migrations).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.adapters.postgres.events.earlier_events import EVENT_DATA
from shared.adapters.postgres.events.export_events import event_from
from shared.adapters.postgres.pool import Pool, Record, translated
from shared.contracts.events import ExportEvent
from shared.contracts.export_events import EventType
from shared.domain.export import Context

PAGE = 250  # the most events of one statement
_SPAN = 20_000  # ids that one statement looks at, so that a rare type costs many small ones instead of a long one

_SETTLED = "SELECT settled_event_id() AS settled, last_value AS drawn FROM export_events_id_seq"
_EVENTS = f"SELECT v.id, v.name, {EVENT_DATA}, v.traceparent, v.created_at FROM export_events v"  # noqa: S608  (no value is put in)
_CONDITIONS = """
 WHERE (cardinality($4::text[]) = 0 OR data ->> 'type' = ANY($4)) AND ($5::timestamptz IS NULL OR created_at >= $5)
 ORDER BY id LIMIT $3
"""
# Both sort: the inner order lets an index give it, and the outer one end after a page.
_ALL = f"SELECT id, name, data, traceparent FROM ({_EVENTS} WHERE id > $1 AND id <= $2 ORDER BY id) e {_CONDITIONS}"  # noqa: S608
_OF_CONTEXT = f"""
SELECT id, name, data, traceparent
  FROM ({_EVENTS} WHERE context_type = $6 AND context_id = $7 AND id > $1 AND id <= $2 ORDER BY id) e {_CONDITIONS}
"""  # noqa: S608
_NEXT = "SELECT min(id) - 1 FROM export_events WHERE id > $1"


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events: of these types (all without any), of one context, logged at this time or later."""

    types: tuple[EventType, ...] = ()
    context: Context | None = None
    since: datetime | None = None


class EventReplay:
    """Reads the log of a database. Links begin with `base_url`, which may be empty."""

    def __init__(self, pool: Pool, base_url: str = "") -> None:
        self._pool = pool
        self._base_url = base_url

    async def settled(self) -> tuple[int, int]:
        """(the id up to which every event has committed or never will, the highest id that was drawn)."""
        with translated():
            (row,) = await self._pool.fetch(_SETTLED)
        return row["settled"], row["drawn"]

    async def page(self, after: int, upto: int, which: EventFilter) -> tuple[list[ExportEvent], int]:
        """(events after an id in order, the id up to which these are all). `upto` must be settled.

        It reads a part of a long log at a time: where the second is below `upto`, there may be more.
        """
        with translated():
            rows, read = await self._rows(after, upto, which)
            if not rows and read < upto:  # old events are removed: whole spans may be empty
                read = min(upto, max(read, await self._pool.fetchval(_NEXT, read) or upto))
        return [event_from(row, self._base_url) for row in rows], read

    async def _rows(self, after: int, upto: int, which: EventFilter) -> tuple[Sequence[Record], int]:
        conditions = (PAGE, [each.value for each in which.types], which.since)
        if which.context is None:
            upto = min(upto, after + _SPAN)
            rows = await self._pool.fetch(_ALL, after, upto, *conditions)
        else:
            context = which.context
            rows = await self._pool.fetch(_OF_CONTEXT, after, upto, *conditions, context.type.value, context.id)
        return rows, rows[-1]["id"] if len(rows) == PAGE else upto
