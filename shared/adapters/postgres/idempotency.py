"""Requests that may be repeated and create one export: those with an Idempotency-Key, and retries of a failed one."""

from __future__ import annotations

from dataclasses import dataclass

import asyncpg

from shared.adapters.postgres.content_exports import ContentExports, insert
from shared.adapters.postgres.pool import Connection, Pool, acquired, translated
from shared.domain.errors import KeyReused
from shared.domain.export import ContentExport, ExportRequest

# A second request with the key waits here until the first has committed, and then finds its row. A key that is over
# its time is taken anew.
_TAKE = """
INSERT INTO idempotency_keys AS known (owner, route, key, request_digest) VALUES ($1, $2, $3, $4)
ON CONFLICT (owner, route, key) DO UPDATE
   SET request_digest = EXCLUDED.request_digest, content_export_id = NULL, created_at = now()
 WHERE known.created_at < now() - make_interval(secs => $5)
RETURNING true
"""
_ANSWERED = "SELECT request_digest, content_export_id FROM idempotency_keys WHERE (owner, route, key) = ($1, $2, $3)"
_REMEMBER = "UPDATE idempotency_keys SET content_export_id = $4 WHERE (owner, route, key) = ($1, $2, $3)"
_FORGET = "DELETE FROM idempotency_keys WHERE created_at < now() - make_interval(secs => $1)"
_RETRY_OF = "SELECT id FROM content_exports WHERE (settings ->> 'retry_of')::bigint = $1 AND settings ? 'retry_of'"

KEY_TTL_S = 86_400.0


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """An Idempotency-Key, as far as it reaches: one token, one route."""

    owner: str
    route: str
    key: str
    request_digest: bytes  # of the parameters, which must be the same each time


class Idempotency:
    """The idempotency keys and retries of a database."""

    def __init__(self, pool: Pool, exports: ContentExports) -> None:
        self._pool = pool
        self._exports = exports

    async def once(self, key: IdempotencyKey, request: ExportRequest) -> tuple[ContentExport, bool]:
        """(the export, whether it existed before): the first request with a key creates it, for 24 hours.

        Raises KeyReused where the key has been used for another request.
        """
        with translated():
            async with acquired(self._pool) as db, db.transaction():
                if await db.fetchval(_TAKE, key.owner, key.route, key.key, key.request_digest, KEY_TTL_S):
                    (export,) = await insert(db, [request])
                    await db.execute(_REMEMBER, key.owner, key.route, key.key, export.id)
                    return export, False
                export_id = await _answered(db, key)
        existing = await self._exports.find(export_id)
        assert existing is not None
        return existing, True

    async def retry(self, failed_id: int, request: ExportRequest) -> ContentExport:
        """The export that retries a failed one; the first call creates it. `request.settings` has `retry_of`."""
        try:
            return await self._exports.create(request)
        except asyncpg.UniqueViolationError:
            with translated():
                export_id = await self._pool.fetchval(_RETRY_OF, failed_id)
            existing = await self._exports.find(export_id)
            assert existing is not None
            return existing


async def _answered(db: Connection, key: IdempotencyKey) -> int:
    row = await db.fetchrow(_ANSWERED, key.owner, key.route, key.key)
    assert row is not None
    if bytes(row["request_digest"]) != key.request_digest:
        raise KeyReused
    export_id: int = row["content_export_id"]
    return export_id


async def forget_keys(pool: Pool) -> None:
    """Remove the keys whose time is over."""
    with translated():
        await pool.execute(_FORGET, KEY_TTL_S)
