"""Failed exports that are created again in bounded batches: each once, even if several callers retry it at the same moment."""

from __future__ import annotations

from collections.abc import Sequence

import asyncpg
from msgspec.structs import replace

from shared.adapters.postgres.content_exports import export_columns, export_from, insert
from shared.adapters.postgres.pool import Connection, Pool, Record, acquired, translated
from shared.domain.audit import Actor
from shared.domain.export import ExportRequest
from shared.domain.fairness.fair_turns import QUEUE_LIMITS, QueueLimits
from shared.domain.operator.export_actions import FailedExports, RetriedExport

# Of a chain of retries, the latest alone counts. Those that another one has already retried have a later one.
_FAILED = f"""
SELECT {export_columns("e")} FROM content_exports e
 WHERE e.workflow_state = 'failed' AND e.error_code = $1 AND e.finished_at >= $2 AND e.finished_at < $3
   AND e.user_id IS NOT NULL
   AND ($4::text IS NULL OR e.export_type = $4)
   AND ($5::text IS NULL OR (e.context_type, e.context_id) = ($5, $6::bigint))
   AND ($7::bigint IS NULL OR e.user_id = $7)
   AND NOT EXISTS (SELECT FROM content_exports r
                    WHERE r.settings ? 'retry_of' AND r.id > e.id
                      AND (r.settings ->> 'retry_of')::bigint = coalesce((e.settings ->> 'retry_of')::bigint, e.id))
 ORDER BY e.finished_at, e.id LIMIT $8
"""  # noqa: S608  (no value is put in)
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('retries of failed exports', 0))"  # one batch at a time
_LIVE_RETRY = "content_exports_live_retry"
_TRIES = 3


class FailedRetries:
    """The failed exports of a database."""

    def __init__(self, pool: Pool, limits: QueueLimits = QUEUE_LIMITS) -> None:
        self._pool = pool
        self._limits = limits

    async def retry(
        self, failed: FailedExports, limit: int, actor: Actor, *, dry_run: bool
    ) -> tuple[list[RetriedExport], bool]:
        """(up to `limit` failed exports with the ones that retry them, whether others remain), the oldest end first.

        A batch is created as a whole, in the name of the owners, as exports whose turns are drawn anew.
        """
        for tries_left in reversed(range(_TRIES)):
            try:
                return await self._batch_of_its_own(failed, limit, actor, dry_run=dry_run)
            except asyncpg.UniqueViolationError as error:  # an owner has retried one of them meanwhile
                if error.constraint_name != _LIVE_RETRY or not tries_left:
                    raise
        raise AssertionError("the last try returns or raises")

    async def _batch_of_its_own(
        self, failed: FailedExports, limit: int, actor: Actor, *, dry_run: bool
    ) -> tuple[list[RetriedExport], bool]:
        with translated():
            async with acquired(self._pool) as db, db.transaction():
                return await self._batch(db, failed, limit, actor, dry_run=dry_run)

    async def _batch(
        self, db: Connection, failed: FailedExports, limit: int, actor: Actor, *, dry_run: bool
    ) -> tuple[list[RetriedExport], bool]:
        if not dry_run:
            await db.execute(_LOCK)
        page = await db.fetch(_FAILED, *_columns(failed), limit + 1)
        rows = page[:limit]
        if dry_run or not rows:
            return [RetriedExport(row["id"], None) for row in rows], len(page) > limit
        created = await insert(db, [_request(row, actor) for row in rows], self._limits)
        retried = [RetriedExport(row["id"], export.id) for row, export in zip(rows, created, strict=True)]
        return retried, len(page) > limit


def _columns(failed: FailedExports) -> Sequence[object]:
    context = failed.context
    of_context = (None, None) if context is None else (context.type.value, context.id)
    return (
        *(failed.code.value, failed.since, failed.before, failed.export_type and failed.export_type.value),
        *(*of_context, failed.user_id),
    )


def _request(row: Record, actor: Actor) -> ExportRequest:
    """The same export for the same owner, at the cost that it was estimated at."""
    export = export_from(row)
    assert export.user_id is not None
    settings = replace(export.settings, retry_of=export.settings.retry_of or export.id, command=None)
    by = replace(actor, user_id=export.user_id, real_user_id=actor.real_user_id or actor.user_id)
    return ExportRequest(
        export.context,
        export.user_id,
        export.export_type,
        settings,
        actor.request_id or "",
        actor=by,
        cost_s=row["cost"],
    )
