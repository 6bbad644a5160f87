"""The end of exports and of their reports: rows that have ended go after their time, some at a time."""

from __future__ import annotations

from collections.abc import Sequence

from shared.adapters.postgres.pool import Pool, affected, translated
from shared.domain.export import FINISHED, ExportType

# The oldest of each state and type are the beginning of a range of the index content_exports_by_state.
_OLD = """
SELECT e.id
  FROM unnest($1::text[]) AS s (state) CROSS JOIN unnest($2::text[]) AS t (type)
 CROSS JOIN LATERAL (
       SELECT id, created_at FROM content_exports
        WHERE workflow_state = s.state AND export_type = t.type AND created_at < now() - make_interval(secs => $3)
        ORDER BY created_at, id LIMIT $4) e
 ORDER BY e.created_at, e.id LIMIT $4
"""
# Its members and idempotency keys go with the export (ON DELETE CASCADE). The audit log and the record of removals stay. An
# event that has yet to go to the broker, such as that of the end of its packages, keeps an export for another pass.
_REMOVE = """
WITH old AS MATERIALIZED (
    SELECT id, progress_id FROM content_exports e
     WHERE id = ANY($1::bigint[]) AND workflow_state = ANY($2::text[])
       AND NOT EXISTS (SELECT FROM export_events v
                        WHERE v.progress_id = e.progress_id AND v.id > (SELECT min(published_id) FROM relay_shards))
     ORDER BY id FOR UPDATE SKIP LOCKED
), reports AS (
    DELETE FROM export_reports WHERE content_export_id IN (SELECT id FROM old)
), packages AS (
    DELETE FROM attachments WHERE content_export_id IN (SELECT id FROM old)
), completion AS (
    DELETE FROM progress WHERE id IN (SELECT progress_id FROM old)
), events AS (
    DELETE FROM export_events WHERE progress_id IN (SELECT progress_id FROM old)
)
DELETE FROM content_exports WHERE id IN (SELECT id FROM old)
"""
# Reports lie in the order of their exports: the oldest are the first.
_REMOVE_REPORTS = """
DELETE FROM export_reports WHERE content_export_id = ANY(ARRAY(
    SELECT e.id FROM (SELECT content_export_id AS id FROM export_reports ORDER BY content_export_id LIMIT $2) first
      JOIN content_exports e USING (id) WHERE e.created_at < now() - make_interval(secs => $1)))
"""


class OldExports:
    """The ended exports of a database."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def old(self, older_than_s: float, limit: int) -> list[int]:
        """The ids of up to `limit` ended exports that were created before this, the oldest first."""
        with translated():
            rows = await self._pool.fetch(_OLD, list(FINISHED), list(ExportType), older_than_s, limit)
        return [row["id"] for row in rows]

    async def remove(self, ids: Sequence[int]) -> int:
        """Remove ended exports with all that belongs to them, whose packages have been given up. Returns how many."""
        with translated():
            return affected(await self._pool.execute(_REMOVE, ids, list(FINISHED)))


class OldReports:
    """The reports of a database."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def prune(self, older_than_s: float, limit: int) -> int:
        """Remove up to `limit` reports of exports that were created before this, the oldest first. Returns how many."""
        with translated():
            return affected(await self._pool.execute(_REMOVE_REPORTS, older_than_s, limit))
