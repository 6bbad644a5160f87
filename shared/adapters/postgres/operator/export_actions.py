"""Actions on exports by their ids: sent again, or ended. A worker that has lost its export finds itself fenced."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from shared.adapters.postgres.audit_log import actor_columns
from shared.adapters.postgres.content_exports import ContentExports
from shared.adapters.postgres.pool import Pool, translated
from shared.contracts.messages import ExportRequested
from shared.contracts.topology import REQUESTS
from shared.domain.audit import Action, Actor
from shared.domain.error_codes import ErrorCode
from shared.domain.export import WorkflowState
from shared.domain.operator.export_actions import ActionResult, ended, requeued

# A running export gets a higher attempt, which no worker has: every later write of its worker is void. Its lease is over, so
# that the next claim takes it at its turn, with all attempts before it. The row of its attempt says why that has ended.
_REQUEUE = """
WITH named AS MATERIALIZED (
    SELECT id, workflow_state, attempt, worker, claimed_at, lease_expires_at FROM content_exports
     WHERE id = ANY($1::bigint[]) ORDER BY id FOR UPDATE
), again AS (
    UPDATE content_exports e
       SET requeued_at = now(), updated_at = now(),
           attempt = CASE WHEN named.workflow_state = 'exporting' THEN e.attempt + 1 ELSE e.attempt END,
           stopped_attempts = CASE WHEN named.workflow_state = 'exporting' THEN e.attempt + 1 ELSE e.stopped_attempts END,
           lease_expires_at = CASE WHEN named.workflow_state = 'exporting' THEN now() END, worker = NULL, claimed_at = NULL
      FROM named WHERE e.id = named.id AND named.workflow_state IN ('created', 'exporting')
    RETURNING e.id, e.export_type, e.request_id
), taken AS (
    INSERT INTO export_attempts (content_export_id, attempt, worker, claimed_at, ended_at, outcome, counts, error_message)
    SELECT id, attempt, worker, claimed_at, least(now(), lease_expires_at),
           CASE WHEN lease_expires_at < now() THEN 'lapsed' ELSE 'released' END, false,
           'An operator took the export from its worker.'
      FROM named WHERE workflow_state = 'exporting' AND worker IS NOT NULL
    ON CONFLICT DO NOTHING
), queued AS (
    INSERT INTO outbox (exchange, routing_key, body, request_id)
    SELECT $2, export_type,
           $3::jsonb || jsonb_build_object('export_id', id, 'export_type', export_type, 'request_id', request_id), request_id
      FROM again
), audited AS (
    INSERT INTO audit_log (action, content_export_id, user_id, real_user_id, token, address, request_id)
    SELECT $4, id, $5, $6, $7, $8, $9 FROM again
)
SELECT id, workflow_state FROM named
"""
_STATES = "SELECT id, workflow_state FROM content_exports WHERE id = ANY($1::bigint[])"


class ExportActions:
    """The exports of a database, as an operator changes them."""

    def __init__(self, pool: Pool, exports: ContentExports) -> None:
        self._pool = pool
        self._exports = exports

    async def requeue(self, ids: Sequence[int], actor: Actor, *, dry_run: bool) -> list[ActionResult]:
        """Send waiting exports again, and take running ones from their workers. Returns the outcome of each, in this order."""
        if dry_run:
            states = await self._states(ids)
        else:
            message = (REQUESTS, msgspec.to_builtins(ExportRequested(export_id=0, export_type="")))
            columns = (Action.REQUEUE.value, *actor_columns(actor))
            with translated():
                rows = await self._pool.fetch(_REQUEUE, ids, *message, *columns)
            states = {row["id"]: WorkflowState(row["workflow_state"]) for row in rows}
        return [requeued(each, states.get(each)) for each in dict.fromkeys(ids)]

    async def end(
        self, ids: Sequence[int], code: ErrorCode, message: str, actor: Actor, *, dry_run: bool
    ) -> list[ActionResult]:
        """End exports as failed, each by one statement. Returns the outcome of each, in this order."""
        before = await self._states(ids)
        results = [ended(each, before.get(each)) for each in dict.fromkeys(ids)]
        if dry_run:
            return results
        return [
            result
            if not result.outcome.is_done or await self._exports.cancel(result.id, message, code, actor)
            else ended(result.id, (await self._states([result.id])).get(result.id))
            for result in results
        ]

    async def _states(self, ids: Sequence[int]) -> dict[int, WorkflowState]:
        with translated():
            rows = await self._pool.fetch(_STATES, ids)
        return {row["id"]: WorkflowState(row["workflow_state"]) for row in rows}
