"""Events that earlier releases have logged: read in the form of later ones, and written in it a few at a time."""

from __future__ import annotations

from shared.adapters.postgres.pool import Pool, affected, translated

# The column `data` of a row `v` of export_events.
EVENT_DATA = "CASE WHEN v.sequence IS NULL THEN earlier_event_data(v) ELSE v.data END AS data"

_BATCH = 500  # rows that are locked at once
_BATCHES = 20  # of one pass

# What the relay or the cleaning has locked is left to a later pass.
_CONVERT = """
WITH earlier AS (
    SELECT v.id FROM export_events v JOIN content_exports e ON e.id = v.content_export_id
     WHERE v.sequence IS NULL ORDER BY v.id LIMIT $1 FOR UPDATE OF v SKIP LOCKED
)
UPDATE export_events v SET sequence = earlier_event_number(v), data = earlier_event_data(v)
  FROM earlier WHERE v.id = earlier.id
"""


async def convert_earlier_events(pool: Pool) -> int:
    """Bring some of the earliest events into the present form, each batch in a transaction. Returns their number; 0 at the end."""
    converted = 0
    for _ in range(_BATCHES):
        with translated():
            count = affected(await pool.execute(_CONVERT, _BATCH))
        converted += count
        if count == 0:
            break
    return converted
