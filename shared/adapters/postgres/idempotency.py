"""Requests that may be repeated and create one export: those with an Idempotency-Key, and retries of a failed one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

import asyncpg
import msgspec

from shared.adapters.postgres.content_exports import find_many, insert
from shared.adapters.postgres.pool import Connection, Pool, Record, acquired, affected, translated
from shared.domain.errors import KeyReused
from shared.domain.export import ContentExport, ExportRequest
from shared.domain.fairness.fair_turns import QUEUE_LIMITS, QueueLimits

# A second request with the key waits here until the first has committed, and then finds its row. A key that is over
# its time is taken anew.
_TAKE = """
INSERT INTO idempotency_keys AS known (owner, route, key, request_digest) VALUES ($1, $2, $3, $4)
ON CONFLICT (owner, route, key) DO UPDATE
   SET request_digest = EXCLUDED.request_digest, content_export_id = NULL, status = NULL, body = NULL, created_at = now()
 WHERE known.created_at < now() - make_interval(secs => $5)
RETURNING true
"""
_ANSWERED = """
SELECT request_digest, content_export_id, status, body FROM idempotency_keys WHERE (owner, route, key) = ($1, $2, $3)
"""
_REMEMBER = """
UPDATE idempotency_keys SET content_export_id = $4, status = $5, body = $6 WHERE (owner, route, key) = ($1, $2, $3)
"""
_FORGET = """
DELETE FROM idempotency_keys WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM idempotency_keys
     WHERE created_at < now() - make_interval(secs => $1) ORDER BY created_at LIMIT $2))
"""
_LOCK_IDENTICAL = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"  # requests of one owner that may be identical
_IDENTICAL = """
SELECT id FROM content_exports
 WHERE user_id = $1 AND workflow_state IN ('created', 'exporting') AND export_type = $2
   AND context_type = $3 AND context_id = $4 AND settings - '{command,retry_of,priority}'::text[] = $5
 ORDER BY id LIMIT 1
"""
_NOT_COMPARED = ("command", "retry_of", "priority")
_LIVE_RETRY = """
SELECT id FROM content_exports
 WHERE (settings ->> 'retry_of')::bigint = $1 AND settings ? 'retry_of' AND workflow_state NOT IN ('failed', 'deleted')
"""

KEY_TTL_S = 86_400.0


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """An Idempotency-Key, as far as it reaches: one token, one route."""

    owner: str
    route: str
    key: str
    request_digest: bytes  # of the parameters, which must be the same each time


@dataclass(frozen=True, slots=True)
class FirstAnswer:
    """What the first request with a key was answered: a status, and JSON."""

    export_id: int
    status: int
    body: bytes


class Exports(Protocol):
    """Where exports are created: content_exports.py, or command_exports.py."""

    def create(self, request: ExportRequest) -> Awaitable[ContentExport]:
        """Add an export. Raises asyncpg's UniqueViolationError for a second retry beside a live one."""

    def find(self, export_id: int) -> Awaitable[ContentExport | None]:
        """The export with this id."""


AnswerOf = Callable[[ContentExport], FirstAnswer]


class Idempotency:
    """The idempotency keys and retries of a database."""

    def __init__(
        self, pool: Pool, exports: Exports, limits: QueueLimits = QUEUE_LIMITS, *, ttl_s: float = KEY_TTL_S
    ) -> None:
        """`ttl_s` is how many seconds a key is remembered."""
        self._pool = pool
        self._exports = exports
        self._limits = limits
        self._ttl_s = ttl_s

    async def once(
        self, key: IdempotencyKey, request: ExportRequest, answer_of: AnswerOf, refusal: Exception | None
    ) -> tuple[FirstAnswer, bool]:
        """(the answer, whether it is a replay): the first request with a key creates the export.

        The answer is committed with the export, and a replay is what it was then. Instead of a first request's export,
        `refusal` is raised, and the key stays unused. Raises KeyReused where the key has been used for another request.
        """
        with translated():
            async with acquired(self._pool) as db, db.transaction():
                if await db.fetchval(_TAKE, key.owner, key.route, key.key, key.request_digest, self._ttl_s):
                    export = await self._first(db, request, refusal)
                    answer = answer_of(export)
                    await db.execute(_REMEMBER, key.owner, key.route, key.key, export.id, answer.status, answer.body)
                    return answer, False
                stored = await _answered(db, key)
        if stored["status"] is not None:
            return FirstAnswer(stored["content_export_id"], stored["status"], bytes(stored["body"])), True
        existing = await self._exports.find(stored["content_export_id"])  # of an earlier release, which kept no answer
        assert existing is not None
        return answer_of(existing), True

    async def joined(self, request: ExportRequest, refusal: Exception | None) -> ContentExport:
        """The owner's identical export that waits or runs; else a new one. Instead of a new one, `refusal` is raised."""
        with translated():
            async with acquired(self._pool) as db, db.transaction():
                existing = await self._joined(db, request)
                if existing is None and refusal is None:
                    (existing,) = await insert(db, [request], self._limits)
        if existing is None:
            assert refusal is not None
            raise refusal
        return existing

    async def _first(self, db: Connection, request: ExportRequest, refusal: Exception | None) -> ContentExport:
        """The export of a request whose key is new. Raises `refusal`, which rolls the key back."""
        if refusal is not None:
            raise refusal
        existing = await self._joined(db, request) if request.coalesce else None
        return existing or (await insert(db, [request], self._limits))[0]

    async def _joined(self, db: Connection, request: ExportRequest) -> ContentExport | None:
        """An identical export that has not ended; those who look at the same moment look one after another."""
        context = request.context
        await db.execute(_LOCK_IDENTICAL, f"alike {request.user_id} {request.export_type} {context.type} {context.id}")
        settings = {
            name: value for name, value in msgspec.to_builtins(request.settings).items() if name not in _NOT_COMPARED
        }
        place = (request.user_id, request.export_type.value, context.type.value, context.id)
        export_id = await db.fetchval(_IDENTICAL, *place, settings)
        return None if export_id is None else (await find_many([export_id], db))[0]

    async def retry(self, failed_id: int, request: ExportRequest) -> ContentExport:
        """The retry of a failed export that is under way or has succeeded; a new one if there is none.

        `request.settings` has `retry_of`.
        """
        # Ends: each turn either creates a retry or finds one; another turn needs one that failed in between.
        while True:
            try:
                return await self._exports.create(request)
            except asyncpg.UniqueViolationError:
                with translated():
                    export_id = await self._pool.fetchval(_LIVE_RETRY, failed_id)
                existing = None if export_id is None else await self._exports.find(export_id)
                if existing is not None:  # else it has failed meanwhile, and another may be created
                    return existing


async def _answered(db: Connection, key: IdempotencyKey) -> Record:
    row = await db.fetchrow(_ANSWERED, key.owner, key.route, key.key)
    assert row is not None
    if bytes(row["request_digest"]) != key.request_digest:
        raise KeyReused
    return row


@dataclass(frozen=True, slots=True)
class OldKeys:
    """The expired keys of a database."""

    pool: Pool

    async def prune(self, older_than_s: float, limit: int) -> int:
        """Remove up to `limit` keys that are older than this. Returns how many."""
        with translated():
            return affected(await self.pool.execute(_FORGET, older_than_s, limit))
