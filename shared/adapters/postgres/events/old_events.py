"""The end of the event log: the events of ended exports, but for the last of each, go after their time."""

from __future__ import annotations

from shared.adapters.postgres.pool import Pool, translated

# A stream begins with the newest event of an export, and an unpublished state change has yet to go to the broker.
_REMOVABLE = """
       old.created_at < now() - make_interval(secs => $1)
   AND old.id <= (SELECT min(published_id) FROM relay_shards)
   AND EXISTS (SELECT FROM content_exports e
                WHERE e.id = old.content_export_id AND e.workflow_state IN ('exported', 'failed', 'deleted'))
   AND EXISTS (SELECT FROM export_events newer WHERE newer.progress_id = old.progress_id AND newer.id > old.id)
"""
_COUNT = f"SELECT count(*) FROM export_events old WHERE {_REMOVABLE}"  # noqa: S608  (no value is put in)

# A part of the log in its order, so that no index by time is needed and what stays is not read again and again.
_PRUNE = f"""
WITH part AS MATERIALIZED (
    SELECT id, created_at FROM export_events WHERE id > $2 ORDER BY id LIMIT $3
), removed AS (
    DELETE FROM export_events old USING part WHERE old.id = part.id AND {_REMOVABLE} RETURNING 1
)
SELECT max(id) FILTER (WHERE created_at < now() - make_interval(secs => $1)) AS upto, count(*) AS looked_at,
       (SELECT count(*) FROM removed) AS removed
  FROM part
"""  # noqa: S608  (no value is put in)


class OldEvents:
    """Shortens the log of a database, from its beginning on: what has been looked at once is not read again."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._after = 0

    async def count(self, older_than_s: float) -> int:
        """The number of events of ended exports that are older than this and not the last of their export."""
        with translated():
            count: int = await self._pool.fetchval(_COUNT, older_than_s)
        return count

    async def prune(self, older_than_s: float, limit: int) -> int | None:
        """Look at up to `limit` further events, and remove those that may go. Returns their number; None once no event is old enough."""
        with translated():
            [part] = await self._pool.fetch(_PRUNE, older_than_s, self._after, limit)
        if part["upto"] is None:
            return None
        self._after = part["upto"]
        return int(part["removed"])
