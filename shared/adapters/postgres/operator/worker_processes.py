"""The worker processes: who they are, what they build, and which take no more exports."""

from __future__ import annotations

from shared.adapters.postgres.audit_log import record
from shared.adapters.postgres.pool import Pool, Record, acquired, translated
from shared.domain.audit import Action, Actor
from shared.domain.export import ExportType
from shared.domain.operator.worker_process import WorkerProcess

_SELECT = """
SELECT w.name, w.export_type, w.slots, w.version, w.started_at, w.seen_at, w.seen_until > now() AS is_alive, w.draining_since,
       ARRAY(SELECT e.id FROM content_exports e
              WHERE e.workflow_state = 'exporting' AND e.export_type = w.export_type AND e.worker = w.name
                AND e.lease_expires_at > now() ORDER BY e.id) AS running
  FROM worker_processes w
"""
_ALL = f"{_SELECT} ORDER BY w.export_type, w.name"
_ONE = f"{_SELECT} WHERE w.name = $1"
# Nobody's heartbeat waits: the row is changed only if another state was requested.
_DRAIN = """
UPDATE worker_processes SET draining_since = CASE WHEN $2 THEN now() END
 WHERE name = $1 AND (draining_since IS NOT NULL) <> $2 RETURNING true
"""


class WorkerProcesses:
    """The worker processes of a database."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def all(self) -> list[WorkerProcess]:
        """All of them, by type and name."""
        with translated():
            return [_worker_from(row) for row in await self._pool.fetch(_ALL)]

    async def drain(
        self, name: str, actor: Actor, *, draining: bool, dry_run: bool
    ) -> tuple[WorkerProcess, bool] | None:
        """(the worker, whether the request changes it): it takes no more exports, or takes them again. None: unknown.

        It notices at its next claim or heartbeat.
        """
        with translated():
            async with acquired(self._pool) as db, db.transaction():
                changed = not dry_run and await db.fetchval(_DRAIN, name, draining) is not None
                row = await db.fetchrow(_ONE, name)
                if row is None:
                    return None
                if changed:
                    action = Action.DRAIN if draining else Action.END_DRAIN
                    await record(db, action, actor, subject=f"worker:{name}")
        worker = _worker_from(row)
        return worker, changed or (dry_run and (worker.draining_since is not None) is not draining)


def _worker_from(row: Record) -> WorkerProcess:
    return WorkerProcess(**{**row, "export_type": ExportType(row["export_type"])})
