"""The exports of all contexts, as operators list them. Each list begins in an index, whatever the filters."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msgspec import convert

from shared.adapters.postgres.content_exports import LATEST_RETRY
from shared.adapters.postgres.export_lists import Place, places_of_account
from shared.adapters.postgres.pool import Pool, Record, translated
from shared.adapters.postgres.unfinished import stuck
from shared.domain.export import Context, ContextType
from shared.domain.operator.export_rows import OperatorExport, OperatorFilter

_LAST_ID = 2**63 - 1

_MEETS = """
e.workflow_state = ANY($1::text[]) AND e.export_type = ANY($2::text[])
AND ($3::bigint IS NULL OR e.user_id = $3) AND ($4::text IS NULL OR (e.context_type = $4 AND e.context_id = $5::bigint))
AND ($6::text IS NULL OR e.worker = $6
     OR EXISTS (SELECT FROM export_attempts own WHERE own.content_export_id = e.id AND own.worker = $6))
AND ($7::text IS NULL OR e.error_code = $7)
AND e.created_at >= coalesce($8::timestamptz, '-infinity') AND e.created_at < coalesce($9::timestamptz, 'infinity')
"""
# By id, which rises with the time of creation. The attempts of a worker are read from export_attempts_by_worker, and the one
# that runs from what is being built.
OF_WORKER = f"""
SELECT id, at FROM (
    (SELECT DISTINCT e.id, e.created_at AS at FROM export_attempts a JOIN content_exports e ON e.id = a.content_export_id
      WHERE a.worker = $6 AND a.content_export_id < $10 AND {_MEETS} ORDER BY e.id DESC LIMIT $11)
    UNION
    (SELECT e.id, e.created_at FROM content_exports e
      WHERE e.workflow_state = 'exporting' AND e.worker = $6 AND e.id < $10 AND {_MEETS} ORDER BY e.id DESC LIMIT $11)
) found ORDER BY id DESC LIMIT $11
"""  # noqa: S608  (no value is put in)
OF_CODE = f"""
SELECT e.id, e.finished_at AS at FROM content_exports e
 WHERE e.workflow_state = 'failed' AND e.error_code = $7
   AND (e.finished_at, e.id) < (coalesce($12::timestamptz, 'infinity'), $10) AND {_MEETS}
 ORDER BY e.finished_at DESC, e.id DESC LIMIT $11
"""  # noqa: S608  (no value is put in)
# Merged from the newest of each state and type, as lists for callers are (export_lists.py).
OF_CONTEXT = f"""
SELECT found.id, found.at FROM unnest($1::text[]) AS s (state) CROSS JOIN unnest($2::text[]) AS t (type)
 CROSS JOIN LATERAL (
       SELECT e.id, e.created_at AS at FROM content_exports e
        WHERE e.context_type = $4 AND e.context_id = $5 AND e.workflow_state = s.state AND e.export_type = t.type
          AND e.id < $10 AND {_MEETS} ORDER BY e.id DESC LIMIT $11) found
 ORDER BY found.id DESC LIMIT $11
"""  # noqa: S608  (no value is put in)
OF_IDS = f"""
SELECT e.id, e.created_at AS at FROM content_exports e
 WHERE e.id = ANY($12::bigint[]) AND e.id < $10 AND {_MEETS} ORDER BY e.id DESC LIMIT $11
"""  # noqa: S608  (no value is put in)

ROWS = f"""
SELECT e.id, e.context_type, e.context_id, e.user_id, e.export_type, e.workflow_state, e.priority, p.completion, e.attempt,
       e.attempt - e.stopped_attempts AS tries, e.worker,
       e.workflow_state = 'exporting' AND e.lease_expires_at < now() AS lapsed, e.warnings_count, e.error_code, e.error_message,
       e.request_id, e.created_at, e.claimed_at, e.finished_at,
       CASE WHEN e.workflow_state IN ('failed', 'deleted') THEN {LATEST_RETRY} END AS retried_by
  FROM content_exports e JOIN progress p ON p.id = e.progress_id
 WHERE e.id = ANY($1::bigint[])
"""  # noqa: S608  (no value is put in)


class OperatorExports:
    """The exports of a database."""

    def __init__(self, pool: Pool, requeue_after_s: float) -> None:
        """`requeue_after_s` is how long a message may be on its way, before its export counts as stuck."""
        self._pool = pool
        self._requeue_after_s = requeue_after_s

    async def page(
        self, filters: OperatorFilter, limit: int, after: Place | None = None
    ) -> list[tuple[datetime, OperatorExport]]:
        """Up to `limit` exports after this place, the newest first, each with the time that its place has.

        That is the time of creation, and with an error code the end.
        """
        with translated():
            page = await self._page(filters, limit, after)
            rows = await self._pool.fetch(ROWS, [export_id for _, export_id in page])
        exports = {row["id"]: operator_export_from(row) for row in rows}
        return [(at, exports[export_id]) for at, export_id in page if export_id in exports]

    async def _page(self, filters: OperatorFilter, limit: int, after: Place | None) -> list[Place]:
        time, export_id = after or (None, _LAST_ID)
        query, *more = await self._query(filters, time)
        if query is None:
            return await places_of_account(self._pool, filters.common, limit, after)
        rows = await self._pool.fetch(query, *_columns(filters), export_id, limit, *more)
        return [(row["at"], row["id"]) for row in rows]

    async def _query(self, filters: OperatorFilter, time: datetime | None) -> tuple[str | None, *tuple[object, ...]]:
        """(the query, its values behind those of all); without a query, the whole account is listed."""
        if filters.stuck:
            return OF_IDS, [each.export_id for each in await stuck(self._pool, requeue_after_s=self._requeue_after_s)]
        if filters.worker is not None:
            return (OF_WORKER,)
        if filters.error_code is not None:
            return OF_CODE, time
        return (None if filters.context is None else OF_CONTEXT,)


def _columns(filters: OperatorFilter) -> Sequence[object]:
    common, context = filters.common, filters.context
    of_context = (None, None) if context is None else (context.type.value, context.id)
    return (
        *(common.states, common.types, common.user_id, *of_context),
        *(filters.worker, filters.error_code, common.created_after, common.created_before),
    )


def operator_export_from(row: Record) -> OperatorExport:
    """An export from a row of ROWS, which may have further columns."""
    columns = {name: row[name] for name in OperatorExport.__struct_fields__ if name != "context"}
    columns["context"] = Context(ContextType(row["context_type"]), row["context_id"])
    return convert(columns, OperatorExport)
