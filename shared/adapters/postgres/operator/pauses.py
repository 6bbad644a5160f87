"""What is paused or in quarantine: rows that every claim reads (leases.py)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from shared.adapters.postgres.audit_log import record
from shared.adapters.postgres.operator.paused import IS_PAUSED_BY
from shared.adapters.postgres.pool import Pool, Record, acquired, translated
from shared.domain.audit import Action, Actor
from shared.domain.export import Context, ContextType, ExportType
from shared.domain.operator.pauses import Pause, PauseTarget

_COLUMNS = "id, export_type, user_id, context_type, context_id, quarantine, reason, paused_by, paused_at"
_ALL = f"SELECT {_COLUMNS} FROM export_pauses WHERE resumed_at IS NULL ORDER BY id"  # noqa: S608  (no value is put in)
_OF_EXPORT = f"""
SELECT {_COLUMNS} FROM export_pauses p
 WHERE EXISTS (SELECT FROM content_exports e
                WHERE e.id = $1 AND e.workflow_state IN ('created', 'exporting') AND {IS_PAUSED_BY})
 ORDER BY p.id
"""  # noqa: S608  (no value is put in)
_IS_TARGET = """
resumed_at IS NULL AND quarantine = $1 AND export_type IS NOT DISTINCT FROM $2 AND user_id IS NOT DISTINCT FROM $3
AND context_type IS NOT DISTINCT FROM $4 AND context_id IS NOT DISTINCT FROM $5
"""
_FIND = f"SELECT {_COLUMNS} FROM export_pauses WHERE {_IS_TARGET}"  # noqa: S608  (no value is put in)
_ADD = f"""
INSERT INTO export_pauses (quarantine, export_type, user_id, context_type, context_id, reason, paused_by)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING {_COLUMNS}
"""  # noqa: S608  (no value is put in)
_END = f"""
UPDATE export_pauses SET resumed_at = now() WHERE {_IS_TARGET} RETURNING {_COLUMNS}
"""  # noqa: S608  (no value is put in)

# A few at a time, and none that another transaction has locked: a later pass finds them. Flows are locked as a create does.
_UNCOUNT = """
WITH waiting AS MATERIALIZED (
    SELECT e.id, e.export_type, e.user_id, e.priority
      FROM (SELECT DISTINCT context_type, context_id FROM export_pauses
             WHERE resumed_at IS NULL AND context_id IS NOT NULL) p
      JOIN content_exports e USING (context_type, context_id)
     WHERE e.workflow_state IN ('created', 'exporting') AND e.held = false
       AND (e.workflow_state = 'created' OR e.lease_expires_at < now())
     ORDER BY e.id LIMIT 100 FOR UPDATE OF e SKIP LOCKED
), flow AS MATERIALIZED (
    SELECT export_type, user_id, priority FROM export_flows
     WHERE (export_type, user_id, priority) IN (SELECT export_type, user_id, priority FROM waiting) FOR UPDATE SKIP LOCKED
)
UPDATE content_exports e SET held = NULL
  FROM waiting w JOIN flow f ON (f.export_type, f.user_id, f.priority) = (w.export_type, w.user_id, w.priority)
 WHERE e.id = w.id
RETURNING e.id
"""

_ACTIONS = {False: (Action.PAUSE, Action.RESUME), True: (Action.QUARANTINE, Action.END_QUARANTINE)}


class Pauses:
    """The pauses of a database."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def all(self) -> list[Pause]:
        """What is paused now, the oldest first."""
        with translated():
            return [_pause_from(row) for row in await self._pool.fetch(_ALL)]

    async def of(self, export_id: int) -> list[Pause]:
        """What keeps an unfinished export waiting, or will once its attempt has ended; the oldest first."""
        with translated():
            return [_pause_from(row) for row in await self._pool.fetch(_OF_EXPORT, export_id)]

    async def add(
        self, target: PauseTarget, reason: str, actor: Actor, *, quarantine: bool, dry_run: bool
    ) -> tuple[Pause, bool]:
        """(the pause, whether it is new): one that stands already stays as it is. Claims that have begun go on."""
        columns = _columns(target, quarantine=quarantine)
        with translated():
            async with acquired(self._pool) as db, db.transaction():
                if (existing := await db.fetchrow(_FIND, *columns)) is not None:
                    return _pause_from(existing), False
                if dry_run:
                    return Pause(None, target, quarantine, reason, actor.user_id, datetime.now(UTC)), True
                row = await db.fetchrow(_ADD, *columns, reason, actor.user_id)
                if row is not None:
                    await record(db, _ACTIONS[quarantine][0], actor, subject=target.name)
                    return _pause_from(row), True
                existing = await db.fetchrow(_FIND, *columns)  # of another operator, who was as quick
                assert existing is not None
                return _pause_from(existing), False

    async def end(self, target: PauseTarget, actor: Actor, *, quarantine: bool, dry_run: bool) -> Pause | None:
        """The ended pause, whose exports take their turns now; None if it does not exist."""
        columns = _columns(target, quarantine=quarantine)
        with translated():
            async with acquired(self._pool) as db, db.transaction():
                row = await db.fetchrow(_FIND if dry_run else _END, *columns)
                if row is None:
                    return None
                if not dry_run:
                    await record(db, _ACTIONS[quarantine][1], actor, subject=target.name)
                return _pause_from(row)


async def uncount_paused(pool: Pool) -> list[int]:
    """Let waiting exports of paused contexts take no place of their owners' others; their ids, a few at a time."""
    with translated():
        return [row["id"] for row in await pool.fetch(_UNCOUNT)]


def _columns(target: PauseTarget, *, quarantine: bool) -> Sequence[object]:
    context = target.context
    of_context = (None, None) if context is None else (context.type.value, context.id)
    return quarantine, target.export_type and target.export_type.value, target.user_id, *of_context


def _pause_from(row: Record) -> Pause:
    context = None if row["context_id"] is None else Context(ContextType(row["context_type"]), row["context_id"])
    export_type = None if row["export_type"] is None else ExportType(row["export_type"])
    target = PauseTarget(export_type, row["user_id"], context)
    return Pause(row["id"], target, row["quarantine"], row["reason"], row["paused_by"], row["paused_at"])
