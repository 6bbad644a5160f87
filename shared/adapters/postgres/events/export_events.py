"""The event log of exports, read in order. Triggers of the database write it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import msgspec

from shared.adapters.postgres.coalesce import Coalesced
from shared.adapters.postgres.events.earlier_events import EVENT_DATA
from shared.adapters.postgres.pool import Connection, Pool, Record, acquired, translated
from shared.contracts.events import ExportEvent
from shared.contracts.export_events import ExportEventData, at_address
from shared.domain.export import Context

Subject = int | Context  # of a stream: one progress by its id, or all exports of a context

BATCH = 250  # the most events that one reader gets at once

# One statement serves many readers: each row of the input is a reader and the id of the last event that it has.
_AFTER_OF_PROGRESS = f"""
SELECT w.place, e.id, e.name, e.data
  FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS w (progress_id, after, place)
 CROSS JOIN LATERAL (SELECT v.id, v.name, {EVENT_DATA} FROM export_events v
                      WHERE progress_id = w.progress_id AND id > w.after ORDER BY id LIMIT $3) e
 ORDER BY w.place, e.id
"""  # noqa: S608  (no value is put in)
_AFTER_OF_CONTEXT = f"""
SELECT w.place, e.id, e.name, e.data
  FROM unnest($1::text[], $2::bigint[], $3::bigint[]) WITH ORDINALITY AS w (context_type, context_id, after, place)
 CROSS JOIN LATERAL (SELECT v.id, v.name, {EVENT_DATA} FROM export_events v
                      WHERE context_type = w.context_type AND context_id = w.context_id AND id > w.after
                      ORDER BY id LIMIT $4) e
 ORDER BY w.place, e.id
"""  # noqa: S608  (no value is put in)
_EVENTS = f"SELECT v.id, v.name, {EVENT_DATA} FROM export_events v"  # noqa: S608  (no value is put in)
_NEWEST_OF_PROGRESS = f"{_EVENTS} WHERE progress_id = $1 ORDER BY id DESC LIMIT 1"
_BY_ID = f"{_EVENTS} WHERE id = $1"
_NEWEST_ID_OF_CONTEXT = "SELECT coalesce(max(id), 0) FROM export_events WHERE context_type = $1 AND context_id = $2"

_BY_IDS = f"{_EVENTS} WHERE id = ANY($1::bigint[]) ORDER BY id"

# One statement, so that all ids are from one snapshot. The latest of each export is read from the index alone.
_UNFINISHED = f"""
SELECT ({_NEWEST_ID_OF_CONTEXT}) AS newest_id,
       ARRAY(SELECT latest.id FROM content_exports x
              CROSS JOIN LATERAL (SELECT v.id FROM export_events v WHERE v.progress_id = x.progress_id ORDER BY v.id DESC LIMIT 1) latest
              WHERE x.context_type = $1 AND x.context_id = $2 AND x.workflow_state IN ('created', 'exporting')
              ORDER BY latest.id) AS ids
"""  # noqa: S608  (no value is put in)


class ExportEvents:
    """Reads the event log. `base_url` is the service's public address, which its links begin with; it may be empty."""

    def __init__(self, pool: Pool, base_url: str = "") -> None:
        self._pool = pool
        self._base_url = base_url
        connect = partial(acquired, pool)
        self._of_progress: Coalesced[tuple[int, int], list[ExportEvent]] = Coalesced(self._after_of_progress, connect)
        self._of_context: Coalesced[tuple[Context, int], list[ExportEvent]] = Coalesced(self._after_of_context, connect)

    async def after(self, subject: Subject, event_id: int) -> list[ExportEvent]:
        """Up to BATCH events of a progress or context after this id, in order. After a full batch there may be more.

        Simultaneous calls share a statement, so that a thousand streams can catch up at once.
        """
        if isinstance(subject, Context):
            return await self._of_context((subject, event_id))
        return await self._of_progress((subject, event_id))

    async def newest(self, progress_id: int) -> ExportEvent | None:
        """The latest event of an export, which has its current state; None for an unknown progress."""
        with translated():
            row = await self._pool.fetchrow(_NEWEST_OF_PROGRESS, progress_id)
        return event_from(row, self._base_url) if row else None

    async def newest_id(self, context: Context) -> int:
        """The id of the latest event of a context; 0 if it has none."""
        with translated():
            newest: int = await self._pool.fetchval(_NEWEST_ID_OF_CONTEXT, context.type.value, context.id)
        return newest

    async def unfinished(self, context: Context) -> tuple[list[int], int]:
        """(rising ids of the latest event of each unfinished export, newest event id of the context), in one snapshot."""
        with translated():
            row = await self._pool.fetchrow(_UNFINISHED, context.type.value, context.id)
        assert row is not None
        return row["ids"], row["newest_id"]

    async def events(self, ids: Sequence[int]) -> list[ExportEvent]:
        """The events with these ids, by rising id; those that are not kept any more are left out."""
        with translated():
            rows = await self._pool.fetch(_BY_IDS, ids)
        return [event_from(row, self._base_url) for row in rows]

    async def _after_of_progress(self, readers: Sequence[tuple[int, int]], db: Connection) -> list[list[ExportEvent]]:
        ids, after = zip(*readers, strict=True)
        with translated():
            rows = await db.fetch(_AFTER_OF_PROGRESS, ids, after, BATCH)
        return self._by_reader(rows, len(readers))

    async def _after_of_context(
        self, readers: Sequence[tuple[Context, int]], db: Connection
    ) -> list[list[ExportEvent]]:
        types = [context.type.value for context, _ in readers]
        ids = [context.id for context, _ in readers]
        with translated():
            rows = await db.fetch(_AFTER_OF_CONTEXT, types, ids, [after for _, after in readers], BATCH)
        return self._by_reader(rows, len(readers))

    def _by_reader(self, rows: Sequence[Record], readers: int) -> list[list[ExportEvent]]:
        """The events of each reader, in order; `place` counts readers from 1."""
        events: list[list[ExportEvent]] = [[] for _ in range(readers)]
        for row in rows:
            events[row["place"] - 1].append(event_from(row, self._base_url))
        return events


async def find_event(db: Connection, event_id: int) -> ExportEvent | None:
    """The event with this id, with paths as links; None for an unknown one."""
    with translated():
        row = await db.fetchrow(_BY_ID, event_id)
    return event_from(row, "") if row else None


def event_from(row: Record, base_url: str) -> ExportEvent:
    """An event from a row of export_events. Raises msgspec.ValidationError for data that no trigger writes."""
    data: ExportEventData = msgspec.convert(row["data"], ExportEventData)
    return ExportEvent(
        id=row["id"], name=row["name"], data=at_address(data, base_url), traceparent=row.get("traceparent")
    )
