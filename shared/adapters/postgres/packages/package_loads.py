"""The loads of uploaded packages: added by the gateway, taken by the loader under leases, recovered by the janitor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from shared.adapters.postgres.audit_log import actor_columns, record
from shared.adapters.postgres.pool import Connection, Pool, Record, translated
from shared.contracts.messages import LoadRequested
from shared.contracts.topology import LOADS
from shared.domain.audit import Action, Actor
from shared.domain.error_codes import ErrorCode
from shared.domain.errors import Fenced
from shared.domain.export import Context, ContextType
from shared.domain.packages.package_load import NewLoad, PackageLoad
from shared.runtime.traces import traceparent

_COLUMNS = """
id, progress_id, context_type, context_id, key, filename, size, user_id, real_user_id, token, address, request_id,
workflow_state, completion, attempt, stopped_attempts, created_at, updated_at, error_code, error_message, result
"""
_CREATE = f"""
WITH load AS (
    INSERT INTO package_loads (context_type, context_id, key, filename, size, user_id, real_user_id, token, address, request_id)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
    RETURNING {_COLUMNS}
), queued AS (
    INSERT INTO outbox (exchange, routing_key, body, request_id)
    SELECT $11, $11, $12::jsonb || jsonb_build_object('load_id', id, 'request_id', request_id), request_id FROM load
)
SELECT {_COLUMNS} FROM load
"""  # noqa: S608  (no value is put in)
_BY_ID = f"SELECT {_COLUMNS} FROM package_loads WHERE id = $1"  # noqa: S608  (no value is put in)
_BY_PROGRESS = f"SELECT {_COLUMNS} FROM package_loads WHERE progress_id = $1"  # noqa: S608  (no value is put in)

_CLAIM = f"""
UPDATE package_loads
   SET workflow_state = 'running', attempt = attempt + 1, lease_expires_at = now() + make_interval(secs => $2),
       completion = 0, requeued_at = NULL, updated_at = now()
 WHERE id = $1 AND (workflow_state = 'queued' OR (workflow_state = 'running' AND lease_expires_at < now()))
RETURNING {_COLUMNS}
"""  # noqa: S608  (no value is put in)
_REPORT = """
UPDATE package_loads
   SET completion = greatest(completion, $3), lease_expires_at = now() + make_interval(secs => $4), updated_at = now()
 WHERE id = $1 AND attempt = $2 AND workflow_state = 'running'
RETURNING id
"""
_END = """
UPDATE package_loads
   SET workflow_state = $3, completion = 100, result = $4, error_code = $5, error_message = $6, lease_expires_at = NULL,
       updated_at = now(), finished_at = now()
 WHERE id = $1 AND attempt = $2 AND workflow_state = 'running'
RETURNING id
"""
_RELEASE = """
UPDATE package_loads
   SET lease_expires_at = now() + make_interval(secs => $3), updated_at = now(),
       stopped_attempts = stopped_attempts + $4::boolean::integer
 WHERE id = $1 AND attempt = $2 AND workflow_state = 'running'
"""
_STUCK = """
SELECT id FROM package_loads
 WHERE workflow_state IN ('queued', 'running')
   AND ((workflow_state = 'running' AND lease_expires_at < now())
        OR (workflow_state = 'queued' AND created_at < now() - make_interval(secs => $1)))
   AND (requeued_at IS NULL OR requeued_at < now() - make_interval(secs => $1))
 ORDER BY id LIMIT 100
"""
_GIVE_UP = """
UPDATE package_loads
   SET workflow_state = 'failed', completion = 100, error_code = 'attempts_exhausted', lease_expires_at = NULL,
       error_message = format('The load was given up after %s attempts: each process that ran it was lost.',
                              attempt - stopped_attempts),
       updated_at = now(), finished_at = now()
 WHERE id = $1 AND workflow_state = 'running' AND lease_expires_at < now() AND attempt - stopped_attempts >= $2
RETURNING id
"""
_REQUEUE = """
WITH again AS (
    UPDATE package_loads SET requeued_at = now()
     WHERE id = $1 AND (workflow_state = 'queued' OR (workflow_state = 'running' AND lease_expires_at < now()))
    RETURNING id, request_id
)
INSERT INTO outbox (exchange, routing_key, body, request_id)
SELECT $2, $2, $3::jsonb || jsonb_build_object('load_id', id, 'request_id', request_id), request_id FROM again
RETURNING id
"""
_NEEDED = "SELECT key FROM package_loads WHERE key = ANY($1::text[]) AND workflow_state IN ('queued', 'running')"


class Swept(NamedTuple):
    """What a sweep has done: the ids of loads that it put back on the queue, and of those that it ended."""

    requeued: list[int]
    given_up: list[int]


class PackageLoads:
    """The loads of a database."""

    def __init__(self, pool: Pool, lease_s: float) -> None:
        self._pool = pool
        self._lease_s = lease_s

    async def create(self, new: NewLoad) -> PackageLoad:
        """Add a load with the message that will have it run; committed when this returns."""
        context = (new.into.type.value, new.into.id) if new.into else (None, None)
        upload, who = (new.key, new.filename, new.size), actor_columns(new.actor)
        with translated():
            row = await self._pool.fetchrow(_CREATE, *context, *upload, *who, LOADS, _template(traceparent()))
        assert row is not None
        return _load_from(row)

    async def find(self, load_id: int) -> PackageLoad | None:
        """The load with this id."""
        return await self._one(_BY_ID, load_id)

    async def of_progress(self, progress_id: int) -> PackageLoad | None:
        """The load with this progress."""
        return await self._one(_BY_PROGRESS, progress_id)

    async def claim(self, load_id: int) -> PackageLoad | None:
        """Take a load as its next attempt; None if it is finished, another process has it, or it is missing."""
        return await self._one(_CLAIM, load_id, self._lease_s)

    async def report(self, load_id: int, attempt: int, completion: float) -> None:
        """Renew the lease and report completion in percent. Raises Fenced once the attempt does not own the load."""
        with translated():
            if await self._pool.fetchval(_REPORT, load_id, attempt, min(completion, 99.0), self._lease_s) is None:
                raise Fenced

    async def fail(self, load: PackageLoad, code: ErrorCode, message: str) -> None:
        """End the load as failed. Raises Fenced."""
        with translated():
            if await self._pool.fetchval(_END, load.id, load.attempt, "failed", None, code.value, message) is None:
                raise Fenced

    async def release(self, load: PackageLoad, wait_s: float, *, stopped: bool = False) -> None:
        """Hand the load back: another attempt may take it after `wait_s`. One that was stopped does not count."""
        with translated():
            await self._pool.execute(_RELEASE, load.id, load.attempt, wait_s, stopped)

    async def sweep(self, *, max_attempts: int, requeue_after_s: float) -> Swept:
        """Requeue loads whose process or message is lost, and fail those that have used up their attempts."""
        swept = Swept([], [])
        with translated():
            for row in await self._pool.fetch(_STUCK, requeue_after_s):
                await self._sweep(row["id"], max_attempts, swept)
        return swept

    async def _sweep(self, load_id: int, max_attempts: int, swept: Swept) -> None:
        if await self._pool.fetchval(_GIVE_UP, load_id, max_attempts) is not None:
            swept.given_up.append(load_id)
        elif await self._pool.fetchval(_REQUEUE, load_id, LOADS, _template(None)) is not None:
            swept.requeued.append(load_id)

    async def unneeded(self, keys: Sequence[str]) -> list[str]:
        """Those of the uploads' keys that no unfinished load needs."""
        with translated():
            needed = {row["key"] for row in await self._pool.fetch(_NEEDED, list(keys))}
        return [key for key in keys if key not in needed]

    async def _one(self, query: str, *values: Any) -> PackageLoad | None:
        with translated():
            row = await self._pool.fetchrow(query, *values)
        return _load_from(row) if row else None


async def complete(db: Connection, load: PackageLoad, result: dict[str, Any], subject: str) -> None:
    """End the load as completed, audited, in the transaction that writes the content. Raises Fenced, which undoes it."""
    with translated():
        if await db.fetchval(_END, load.id, load.attempt, "completed", result, None, None) is None:
            raise Fenced
        await record(db, Action.LOAD, load.actor, subject=subject)


def _template(trace: str | None) -> dict[str, Any]:
    template: dict[str, Any] = msgspec.to_builtins(LoadRequested(load_id=1, traceparent=trace))
    return template


def _load_from(row: Record) -> PackageLoad:
    into = None if row["context_id"] is None else Context(ContextType(row["context_type"]), row["context_id"])
    actor = Actor(row["user_id"], row["real_user_id"], row["token"], row["address"], row["request_id"])
    same = [name for name in PackageLoad.__struct_fields__ if name not in ("into", "actor")]
    return PackageLoad(into=into, actor=actor, **{name: row[name] for name in same})
