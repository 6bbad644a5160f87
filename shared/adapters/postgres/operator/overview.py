"""The queues of all types, and the last hours, for operators. Each statement reads a bounded number of rows from an index."""

from __future__ import annotations

from typing import Any

from shared.adapters.postgres.pool import Pool, Record, acquired, translated
from shared.domain.export import ExportType
from shared.domain.operator.overview import MOST_COUNTED, HourOfExports, Lane, TypeQueue

_TYPES = [each.value for each in ExportType]
_MOST_READ = 5000  # exports of a type and state that the hours are made of: the newest

LANES = """
SELECT t.export_type, l.large,
       (SELECT count(*) FROM (SELECT FROM content_exports e
                               WHERE e.workflow_state = 'created' AND e.held IS NOT TRUE AND e.export_type = t.export_type
                                 AND e.large = l.large LIMIT $2) ready) AS waiting,
       (SELECT count(*) FROM (SELECT e.large FROM content_exports e
                               WHERE e.workflow_state = 'created' AND e.held AND e.export_type = t.export_type
                               LIMIT $2) held WHERE held.large = l.large) AS held,
       (SELECT count(*) FROM (SELECT e.large FROM content_exports e
                               WHERE e.workflow_state = 'exporting' AND e.export_type = t.export_type
                               LIMIT $2) building WHERE building.large = l.large) AS building
  FROM unnest($1::text[]) WITH ORDINALITY AS t (export_type, place)
 CROSS JOIN (VALUES (false), (true)) AS l (large)
 ORDER BY t.place, l.large
"""
TYPES = """
SELECT t.export_type,
       (SELECT e.created_at FROM content_exports e WHERE e.workflow_state = 'created' AND e.export_type = t.export_type
         ORDER BY e.created_at, e.id LIMIT 1) AS oldest_waiting,
       w.workers, w.slots
  FROM unnest($1::text[]) WITH ORDINALITY AS t (export_type, place)
 CROSS JOIN LATERAL (SELECT count(*) AS workers, coalesce(sum(p.slots), 0) AS slots FROM worker_processes p
                      WHERE p.export_type = t.export_type AND p.seen_until > now() AND p.draining_since IS NULL) w
 ORDER BY t.place
"""
# What ended within the time was created within it or as long before: an index has the time of creation alone.
HOURS = """
SELECT ended.export_type, ended.began,
       count(*) FILTER (WHERE ended.state = 'exported') AS exported, count(*) FILTER (WHERE ended.state = 'failed') AS failed,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY ended.wait_s) AS median_wait_s,
       percentile_cont(0.9) WITHIN GROUP (ORDER BY ended.wait_s) AS longest_wait_s
  FROM (SELECT s.state, t.export_type, date_bin('1 hour', e.finished_at, '2000-01-01 00:00Z') AS began,
               extract(epoch FROM e.started_at - e.created_at)::double precision AS wait_s, e.finished_at
          FROM unnest('{exported,failed}'::text[]) AS s (state)
         CROSS JOIN unnest($1::text[]) AS t (export_type)
         CROSS JOIN LATERAL (SELECT finished_at, started_at, created_at FROM content_exports
                              WHERE workflow_state = s.state AND export_type = t.export_type
                                AND created_at > now() - make_interval(hours => 2 * $2)
                              ORDER BY created_at DESC, id DESC LIMIT $3) e
         WHERE e.finished_at > now() - make_interval(hours => $2)) ended
 GROUP BY GROUPING SETS ((ended.began), (ended.export_type, ended.began))
 ORDER BY ended.began, ended.export_type NULLS FIRST
"""


class Overviews:
    """The queues and hours of a database. Every method raises DatabaseUnavailable."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def queues(self) -> tuple[list[TypeQueue], list[Lane]]:
        """(all types, the two lanes of each: first what is not large)."""
        with translated():
            async with acquired(self._pool) as db:
                types = await db.fetch(TYPES, _TYPES)
                lanes = await db.fetch(LANES, _TYPES, MOST_COUNTED)
        return [TypeQueue(**_typed(row)) for row in types], [Lane(**_typed(row)) for row in lanes]

    async def hours(self, hours: int) -> list[HourOfExports]:
        """The last hours, the first one first; one in which nothing ended is left out. Of many exports, the newest are read."""
        with translated():
            rows = await self._pool.fetch(HOURS, _TYPES, hours, _MOST_READ)
        return [HourOfExports(**_typed(row)) for row in rows]


def _typed(row: Record) -> dict[str, Any]:
    export_type = row["export_type"]
    return {**row, "export_type": None if export_type is None else ExportType(export_type)}
