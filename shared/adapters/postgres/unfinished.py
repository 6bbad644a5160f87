"""Unfinished exports: how many there are, and the recovery of those that make no progress."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import Any, NamedTuple

import msgspec

from shared.adapters.postgres.pool import Pool, translated
from shared.contracts.messages import ExportRequested
from shared.contracts.topology import REQUESTS
from shared.domain.export import ExportType, WorkflowState

_BATCH = 100  # exports that one statement sends again
_UNFINISHED = (WorkflowState.CREATED, WorkflowState.EXPORTING)
_OLDEST = 16  # waiting exports of a type whose messages are looked after at a time

# Its worker is lost, or has handed it back and its wait is over; and no message has been sent since. Read from the index
# content_exports_in_flight, which has what is being built: no more than there are slots. The lease is in no index, since a
# heartbeat would have to write an entry of every index of the table then.
_DUE = """
    workflow_state = 'exporting' AND lease_expires_at < now()
    AND (requeued_at IS NULL OR requeued_at < lease_expires_at)
"""

# The message was sent, and nobody has taken the export since. Read from the same index.
_SENT_AGAIN = """
    workflow_state = 'exporting' AND requeued_at >= lease_expires_at AND requeued_at < now() - make_interval(secs => $1)
"""

# The oldest of each type that wait, where their message can be lost. Messages are taken in their order: as long as a type's
# workers are busy, and have begun nothing that was created later, the messages of its oldest are still on their way.
_WAITING = """
SELECT oldest.id
  FROM (SELECT t.export_type,
               greatest((SELECT created_at FROM content_exports
                          WHERE workflow_state = 'exporting' AND export_type = t.export_type ORDER BY created_at DESC LIMIT 1),
                        (SELECT created_at FROM content_exports
                          WHERE workflow_state = 'exported' AND export_type = t.export_type ORDER BY created_at DESC LIMIT 1))
                   AS newest_begun,
               (SELECT id FROM content_exports
                 WHERE workflow_state = 'exporting' AND export_type = t.export_type AND lease_expires_at >= now()
                 ORDER BY created_at DESC LIMIT 1) IS NULL AS idle
          FROM unnest($2::text[]) AS t (export_type)) AS types
 CROSS JOIN LATERAL (
       SELECT id, created_at, requeued_at FROM content_exports
        WHERE workflow_state = 'created' AND export_type = types.export_type ORDER BY created_at, id LIMIT $3) AS oldest
 WHERE coalesce(oldest.requeued_at, oldest.created_at) < now() - make_interval(secs => $1)
   AND (idle OR newest_begun > oldest.created_at)
"""

DUE = f"SELECT id, request_id FROM content_exports WHERE {_DUE} ORDER BY lease_expires_at LIMIT $1"  # noqa: S608  (no value is put in)
SENT_AGAIN = f"SELECT id, request_id FROM content_exports WHERE {_SENT_AGAIN} ORDER BY requeued_at LIMIT $2"  # noqa: S608  (no value is put in)
WAITING = f"SELECT id, request_id FROM content_exports WHERE id IN ({_WAITING})"  # noqa: S608  (no value is put in)

# Counted a part at a time from the index content_exports_by_state: no statement reads a whole backlog.
_COUNTED = 8_000
_BACKLOG = f"""
SELECT count(*) AS exports, max(created_at) AS newest,
       coalesce(max(id) FILTER (WHERE place = {_COUNTED}), 0) AS last_id, extract(epoch FROM now() - min(created_at))::float8 AS oldest_s
  FROM (SELECT id, created_at, row_number() OVER (ORDER BY created_at, id) AS place
          FROM content_exports
         WHERE workflow_state = $1 AND export_type = $2 AND (created_at, id) > (coalesce($3::timestamptz, '-infinity'), $4::bigint)
         ORDER BY created_at, id LIMIT {_COUNTED}) part
"""  # noqa: S608  (no value is put in)

# A context whose event log is locked is left to a later sweep: its holder may be frozen, and no other may wait for it. So is
# one whose flow is locked: a create locks flows before contexts.
_GIVE_UP = f"""
WITH due AS MATERIALIZED (
    SELECT id, context_type, context_id, export_type, user_id, priority, held FROM content_exports
     WHERE {_DUE} AND attempt - stopped_attempts >= $1 ORDER BY lease_expires_at LIMIT $2 FOR UPDATE SKIP LOCKED
), flow AS MATERIALIZED (
    SELECT export_type, user_id, priority FROM export_flows
     WHERE (export_type, user_id, priority) IN (SELECT export_type, user_id, priority FROM due) FOR UPDATE SKIP LOCKED
), free AS MATERIALIZED (
    SELECT id FROM due
     WHERE (held IS NULL OR (export_type, user_id, priority) IN (SELECT export_type, user_id, priority FROM flow))
       AND pg_try_advisory_xact_lock(hashtextextended(context_type || context_id::text, 0))
)
UPDATE content_exports e
   SET workflow_state = 'failed', error_code = 'attempts_exhausted', finished_at = now(), updated_at = now(),
       error_message = format('The export was given up after %s attempts: each worker that built it was lost, or made no progress.',
                              e.attempt - e.stopped_attempts),
       lease_expires_at = NULL
  FROM free WHERE e.id = free.id
RETURNING e.id, e.request_id
"""  # noqa: S608  (no value is put in)

_SEND = """
, again AS (
    UPDATE content_exports e SET requeued_at = now() FROM found WHERE e.id = found.id
    RETURNING e.id, e.export_type, e.request_id
), queued AS (
    INSERT INTO outbox (exchange, routing_key, body, request_id)
    SELECT $4, export_type,
           $5::jsonb || jsonb_build_object('export_id', id, 'export_type', export_type, 'request_id', request_id), request_id
      FROM again
)
SELECT id, request_id FROM again ORDER BY id
"""
_REQUEUE_DUE = f"""
WITH found AS MATERIALIZED (
    SELECT id FROM content_exports
     WHERE {_DUE} AND attempt - stopped_attempts < $1 ORDER BY lease_expires_at LIMIT $2 FOR UPDATE SKIP LOCKED
), unused AS (SELECT $3::integer)
{_SEND}
"""  # noqa: S608  (no value is put in)
_REQUEUE_SENT_AGAIN = f"""
WITH found AS MATERIALIZED (
    SELECT id FROM content_exports WHERE {_SENT_AGAIN} ORDER BY requeued_at LIMIT $2 FOR UPDATE SKIP LOCKED
), unused AS (SELECT $3::integer)
{_SEND}
"""  # noqa: S608  (no value is put in)
_REQUEUE_WAITING = f"""
WITH found AS MATERIALIZED (
    SELECT id FROM content_exports WHERE id IN ({_WAITING}) AND workflow_state = 'created' FOR UPDATE SKIP LOCKED
)
{_SEND}
"""  # noqa: S608  (no value is put in)


class Stuck(NamedTuple):
    """An export that makes no progress, and the id of the request that created it."""

    export_id: int
    request_id: str | None


async def stuck(pool: Pool, *, requeue_after_s: float) -> list[Stuck]:
    """The exports that the next sweep would requeue or give up: their worker or their message is lost."""
    return [
        *await _stuck_rows(pool, DUE, _BATCH),
        *await _stuck_rows(pool, SENT_AGAIN, requeue_after_s, _BATCH),
        *await _stuck_rows(pool, WAITING, requeue_after_s, list(ExportType), _OLDEST),
    ]


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
        counted = [await _counted(pool, *each) for each in product(ExportType, _UNFINISHED)]
    return [each for each in counted if each.count]


async def _counted(pool: Pool, export_type: ExportType, state: WorkflowState) -> Waiting:
    count, oldest_s = 0, 0.0
    place: tuple[datetime | None, int] = (None, 0)
    while True:
        [part] = await pool.fetch(_BACKLOG, state.value, export_type.value, *place)
        oldest_s = oldest_s if count else part["oldest_s"] or 0.0
        count += part["exports"]
        if part["exports"] < _COUNTED:
            return Waiting(export_type, state, count, oldest_s)
        place = (part["newest"], part["last_id"])


async def sweep(pool: Pool, *, max_attempts: int, requeue_after_s: float) -> tuple[list[Stuck], list[Stuck]]:
    """Requeue exports whose worker or message is lost, and fail those that have used up their attempts.

    Returns (requeued, given up). Several processes may run it at once: each leaves out what another has locked. Each
    statement is one round trip, and reads what is due alone.
    """
    template = msgspec.to_builtins(ExportRequested(export_id=0, export_type=""))
    message = (REQUESTS, template)
    requeued = [
        *await _stuck_rows(pool, _REQUEUE_DUE, max_attempts, _BATCH, None, *message),
        *await _stuck_rows(pool, _REQUEUE_SENT_AGAIN, requeue_after_s, _BATCH, None, *message),
        *await _stuck_rows(pool, _REQUEUE_WAITING, requeue_after_s, list(ExportType), _OLDEST, *message),
    ]
    return requeued, await _stuck_rows(pool, _GIVE_UP, max_attempts, _BATCH)


async def _stuck_rows(pool: Pool, statement: str, *arguments: Any) -> list[Stuck]:
    with translated():
        return [Stuck(row["id"], row["request_id"]) for row in await pool.fetch(statement, *arguments)]
