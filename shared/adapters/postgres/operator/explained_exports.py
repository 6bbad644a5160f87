"""Everything that is known of one export, for operators."""

from __future__ import annotations

from typing import Any

import msgspec

from shared.adapters.postgres.events.relay_shards import SHARDS
from shared.adapters.postgres.operator.export_rows import ROWS, operator_export_from
from shared.adapters.postgres.operator.pauses import Pauses
from shared.adapters.postgres.pool import Connection, Pool, Record, acquired, translated
from shared.contracts.messages import ExportRequested
from shared.domain.attempts import NO_FACTS, Attempt, AttemptFacts, AttemptOutcome
from shared.domain.export import WorkflowState
from shared.domain.operator.export_rows import (
    ExplainedExport,
    Notice,
    OperatorExport,
    PlaceInQueue,
    StateEvent,
    WaitingMessage,
)

_MOST_EVENTS = 200
_FARTHEST = 10_000  # exports before one that are counted

_MORE = "SELECT progress_id, traceparent, requeued_at, lease_expires_at FROM content_exports WHERE id = $1"
# An operator who takes an export from its worker raises the attempt beyond the one that ran: nobody had that one.
_ATTEMPTS = """
SELECT attempt, worker, claimed_at, ended_at, outcome, counts, error_code, error_message, facts
  FROM export_attempts WHERE content_export_id = $1 AND (worker IS NOT NULL OR claimed_at IS NOT NULL) ORDER BY attempt
"""
_EVENTS = f"""
SELECT v.id, v.created_at AS at, v.name, v.data, v.id <= s.published_id AS published FROM (
    (SELECT id, created_at, name, data, context_id FROM export_events
      WHERE progress_id = $1 AND name = 'content_export.state' ORDER BY id LIMIT $2)
    UNION ALL
    (SELECT id, created_at, name, data, context_id FROM export_events
      WHERE progress_id = $1 AND name = 'content_export.progress' ORDER BY id DESC LIMIT 1)
) v JOIN relay_shards s ON s.shard = v.context_id % {SHARDS} ORDER BY v.id
"""  # noqa: S608  (no value is put in)
# From the index outbox_of_exports: while the broker is away, the outbox is long.
_MESSAGES = """
SELECT exchange, routing_key, created_at FROM outbox
 WHERE body ->> 'type' = $2 AND body ->> 'export_id' = $1::bigint::text ORDER BY id LIMIT 20
"""
_NOTICES = """
SELECT channel, state, attempt, answer, updated_at FROM deliveries
 WHERE event_id = ANY(ARRAY(SELECT id::text FROM export_events
                             WHERE progress_id = $1 AND name = 'content_export.state' ORDER BY id LIMIT $2))
 ORDER BY id LIMIT 100
"""
_WARNINGS = """
SELECT w ->> 'code' AS code, count(*) AS warnings
  FROM export_reports r CROSS JOIN LATERAL jsonb_array_elements(r.receipt -> 'warnings') w
 WHERE r.content_export_id = $1 GROUP BY 1 ORDER BY 2 DESC, 1
"""
_TURN = """
SELECT (SELECT count(*) FROM (
            SELECT FROM content_exports other
             WHERE other.export_type = e.export_type AND other.large IN (false, true) AND other.workflow_state = 'created'
               AND other.held IS NOT TRUE AND (other.turn, other.id) < (e.turn, e.id) LIMIT $2) before) + 1 AS place,
       e.held IS TRUE AS held, count(w.name) AS workers, coalesce(sum(w.slots), 0)::integer AS slots
  FROM content_exports e
  LEFT JOIN worker_processes w ON w.export_type = e.export_type AND w.seen_until > now() AND w.draining_since IS NULL
 WHERE e.id = $1 GROUP BY e.id
"""


class ExplainedExports:
    """The exports of a database, each with all that is known of it."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._pauses = Pauses(pool)

    async def find(self, export_id: int) -> ExplainedExport | None:
        """The export with this id; None for an unknown one."""
        with translated():
            async with acquired(self._pool) as db:
                rows, more = await db.fetch(ROWS, [export_id]), await db.fetchrow(_MORE, export_id)
                if not rows or more is None:
                    return None
                export = operator_export_from(rows[0])
                explained = await _read(db, export, more)
        return msgspec.structs.replace(explained, pauses=await self._pauses.of(export_id))


async def _read(db: Connection, export: OperatorExport, more: Record) -> ExplainedExport:
    """What the tables around have of it."""
    progress_id = more["progress_id"]
    attempts = [_attempt_from(row) for row in await db.fetch(_ATTEMPTS, export.id)]
    tag = ExportRequested.__struct_config__.tag
    waits = export.workflow_state is WorkflowState.CREATED
    turn = await db.fetchrow(_TURN, export.id, _FARTHEST) if waits else None
    return ExplainedExport(
        export=export,
        traceparent=more["traceparent"],
        requeued_at=more["requeued_at"],
        lease_expires_at=more["lease_expires_at"],
        attempts=[*attempts, *_running(export, attempts)],
        events=[_event_from(row) for row in await db.fetch(_EVENTS, progress_id, _MOST_EVENTS)],
        messages=[WaitingMessage(**row) for row in await db.fetch(_MESSAGES, export.id, tag)],
        notices=[Notice(**row) for row in await db.fetch(_NOTICES, progress_id, _MOST_EVENTS)],
        warnings={row["code"]: row["warnings"] for row in await db.fetch(_WARNINGS, export.id)},
        turn=None if turn is None else PlaceInQueue(**turn),
    )


def _running(export: OperatorExport, ended: list[Attempt]) -> list[Attempt]:
    """The attempt that has no row: it runs, or is of an earlier release."""
    if not export.attempt or export.worker is None or any(each.number == export.attempt for each in ended):
        return []
    return [Attempt(export.attempt, export.worker, export.claimed_at)]


def _attempt_from(row: Record) -> Attempt:
    facts: Any = row["facts"]
    return Attempt(
        number=row["attempt"],
        worker=row["worker"],
        claimed_at=row["claimed_at"],
        ended_at=row["ended_at"],
        outcome=AttemptOutcome(row["outcome"]),
        counts=row["counts"],
        error_code=row["error_code"],
        error_message=row["error_message"],
        facts=NO_FACTS if facts is None else msgspec.convert(facts, AttemptFacts),
    )


def _event_from(row: Record) -> StateEvent:
    data = row["data"]
    columns = {name: row[name] for name in ("id", "at", "name", "published")}
    return StateEvent(**columns, workflow_state=data["workflow_state"], completion=data["completion"])
