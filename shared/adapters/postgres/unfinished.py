"""Unfinished exports: how many there are, and the recovery of those that make no progress."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec

from shared.adapters.postgres.pool import Pool, translated
from shared.contracts.messages import ExportRequested
from shared.contracts.topology import REQUESTS
from shared.domain.export import ExportType, WorkflowState

# `requeued_at` keeps a sweep from sending a message again before a worker had time to take the last one.
_STUCK = """
SELECT id, request_id FROM content_exports
 WHERE workflow_state IN ('created', 'exporting')
   AND ((workflow_state = 'exporting' AND lease_expires_at < now())
        OR (workflow_state = 'created' AND created_at < now() - make_interval(secs => $1)))
   AND (requeued_at IS NULL OR requeued_at < now() - make_interval(secs => $1))
 ORDER BY id LIMIT 100
"""

_BACKLOG = """
SELECT export_type, workflow_state, count(*) AS exports, extract(epoch FROM now() - min(created_at)) AS oldest_s
  FROM content_exports WHERE workflow_state IN ('created', 'exporting') GROUP BY export_type, workflow_state
"""

_GIVE_UP = """
UPDATE content_exports
   SET workflow_state = 'failed', error_code = 'attempts_exhausted', finished_at = now(), updated_at = now(),
       error_message = format('The export was given up after %s attempts: each worker that built it was lost.',
                              attempt - stopped_attempts),
       lease_expires_at = NULL
 WHERE id = $1 AND workflow_state = 'exporting' AND lease_expires_at < now() AND attempt - stopped_attempts >= $2
RETURNING id
"""

_REQUEUE = """
WITH again AS (
    UPDATE content_exports SET requeued_at = now()
     WHERE id = $1 AND (workflow_state = 'created' OR (workflow_state = 'exporting' AND lease_expires_at < now()))
    RETURNING id, export_type, request_id
)
INSERT INTO outbox (exchange, routing_key, body, request_id)
SELECT $2, export_type,
       $3::jsonb || jsonb_build_object('export_id', id, 'export_type', export_type, 'request_id', request_id), request_id
  FROM again
RETURNING id
"""


class Stuck(NamedTuple):
    """An export that makes no progress, and the id of the request that created it."""

    export_id: int
    request_id: str | None


async def stuck(pool: Pool, *, requeue_after_s: float) -> list[Stuck]:
    """The exports that the next sweep would requeue or give up: their worker or their message is lost."""
    with translated():
        return [Stuck(row["id"], row["request_id"]) for row in await pool.fetch(_STUCK, requeue_after_s)]


@dataclass(frozen=True, slots=True)
class Waiting:
    """The exports of one type in one unfinished state."""

    export_type: ExportType
    workflow_state: WorkflowState
    count: int
    oldest_s: float  # seconds since the oldest of them was created


async def backlog(pool: Pool) -> list[Waiting]:
    """The unfinished exports by type and state; a pair without any is absent."""
    with translated():
        rows = await pool.fetch(_BACKLOG)
    return [
        Waiting(
            ExportType(row["export_type"]), WorkflowState(row["workflow_state"]), row["exports"], float(row["oldest_s"])
        )
        for row in rows
    ]


async def sweep(pool: Pool, *, max_attempts: int, requeue_after_s: float) -> tuple[list[Stuck], list[Stuck]]:
    """Requeue exports whose worker or message is lost, and fail those that have used up their attempts.

    Returns (requeued, given up). Several processes may run it at once: a message that is sent twice does no harm.
    """
    template = msgspec.to_builtins(ExportRequested(export_id=0, export_type=""))
    requeued, given_up = [], []
    for each in await stuck(pool, requeue_after_s=requeue_after_s):
        # Each statement checks the state again: another process may have dealt with the export since `stuck` read it.
        if await _changes(pool, _GIVE_UP, each.export_id, max_attempts):
            given_up.append(each)
        elif await _changes(pool, _REQUEUE, each.export_id, REQUESTS, template):
            requeued.append(each)
    return requeued, given_up


async def _changes(pool: Pool, statement: str, *arguments: Any) -> bool:
    """Run a statement with RETURNING. Returns whether it changed a row."""
    with translated():
        return await pool.fetchval(statement, *arguments) is not None
