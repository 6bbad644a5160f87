"""Events that wait for the broker: every state, and the progress that the relay requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from shared.adapters.postgres.events.earlier_events import EVENT_DATA
from shared.adapters.postgres.events.export_events import event_from
from shared.adapters.postgres.events.relay_shards import SHARDS
from shared.adapters.postgres.pool import Pool, Record, translated
from shared.contracts.events import ExportEvent
from shared.domain.export import Context
from shared.runtime.logs import get_logger

_SPAN = 20_000  # ids that one statement looks at, so that a shard which was left behind costs many small ones

# Read in a statement before the events: see `settled_event_id` in the migrations.
_SETTLED = (
    "SELECT settled_event_id() AS settled, last_value - (NOT is_called)::integer AS drawn FROM export_events_id_seq"
)

# Read before the states: a state that commits in between has a higher id than any progress that this can see.
_PROGRESS = f"""
SELECT v.id, v.name, {EVENT_DATA}, v.traceparent FROM export_events v JOIN content_exports e ON e.id = v.content_export_id
 WHERE v.id = ANY($1::bigint[]) AND e.workflow_state = 'exporting' ORDER BY v.id
"""  # noqa: S608  (no value is put in)
_STATES = f"""
SELECT v.id, v.name, {EVENT_DATA}, v.traceparent
  FROM export_events v JOIN unnest($1::bigint[], $2::bigint[]) AS s (shard, published_id) ON s.shard = v.context_id % {SHARDS}
 WHERE v.id > $3 AND v.id <= $4 AND v.id > s.published_id AND v.name = 'content_export.state' ORDER BY v.id LIMIT $5
"""  # noqa: S608  (no value is put in)


@dataclass(frozen=True, slots=True)
class UnpublishedEvents:
    """Events of some shards, in the order of the log. These are all states of the shards up to the id `upto`.

    `unsettled`: there are later ones, which some transaction that has yet to commit is before.
    """

    events: list[ExportEvent]
    upto: int
    unsettled: bool = False


def shard_of(context: Context) -> int:
    """The shard that the events of a context are published in."""
    return context.id % SHARDS


async def unpublished_events(
    pool: Pool, published: Mapping[int, int], limit: int, progress: Sequence[int], base_url: str
) -> UnpublishedEvents:
    """Up to `limit` states of the shards behind their published ids, and of these progress events the valid ones.

    A progress event is valid while its export is being built.
    """
    after = min(published.values(), default=0)
    with translated():
        rising = await pool.fetch(_PROGRESS, progress) if progress else []
        [(settled, drawn)] = await pool.fetch(_SETTLED)
        upto = min(settled, after + _SPAN)
        shards = (list(published), list(published.values()))
        states = await pool.fetch(_STATES, *shards, after, upto, limit) if upto > after else []
    if len(states) == limit:  # there may be more states before what is beyond the last one
        upto = states[-1]["id"]
    rows = sorted([*(row for row in rising if row["id"] <= upto), *states], key=lambda row: row["id"])
    events = [event for event in _read(rows, base_url) if shard_of(event.context) in published]
    return UnpublishedEvents(events, upto, unsettled=settled < drawn)


def _read(rows: Sequence[Record], base_url: str) -> list[ExportEvent]:
    """The events of the rows. One that cannot be read is logged and passed over: it must not block those behind it."""
    events = []
    for row in rows:
        try:
            events.append(event_from(row, base_url))
        except msgspec.ValidationError:
            get_logger().exception("event_unreadable", event_id=row["id"])
    return events
