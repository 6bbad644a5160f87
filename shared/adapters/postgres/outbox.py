"""The outbox: messages that have committed and wait for the relay, and state changes that it publishes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from shared.adapters.postgres.pool import Connection, Pool, translated

_SELECT = "SELECT * FROM outbox ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED"
_DELETE = "DELETE FROM outbox WHERE id = ANY($1::bigint[])"

# State changes are published in the order of the log, so only one relay may do it: the lock ends with its transaction.
_LOCK_PUBLISHING = "SELECT pg_try_advisory_xact_lock(4201778)"
_UNPUBLISHED = """
SELECT id, data FROM export_events
 WHERE NOT published AND name = 'content_export.state' ORDER BY id LIMIT $1
"""
_MARK_PUBLISHED = "UPDATE export_events SET published = true WHERE id = ANY($1::bigint[])"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message of the outbox."""

    id: int
    exchange: str
    routing_key: str
    body: dict[str, Any]
    request_id: str | None


@dataclass(slots=True)
class LockedMessages:
    """Messages that no other relay sees during the transaction; those in `confirmed` (ids) are deleted at its end."""

    messages: list[Outgoing]
    confirmed: list[int]


@asynccontextmanager
async def lock_messages(pool: Pool, limit: int) -> AsyncIterator[LockedMessages]:
    """Lock up to `limit` of the oldest messages. Those that the block adds to `confirmed` are deleted after it."""
    with translated():
        async with pool.acquire() as db, db.transaction():
            rows = await db.fetch(_SELECT, limit)
            locked = LockedMessages(
                [Outgoing(r["id"], r["exchange"], r["routing_key"], r["body"], r["request_id"]) for r in rows], []
            )
            yield locked
            await db.execute(_DELETE, locked.confirmed)


@asynccontextmanager
async def lock_state_changes(
    pool: Pool, limit: int
) -> AsyncIterator[tuple[list[tuple[int, dict[str, Any]]], list[int]]]:
    """Lock state changes that have not been published: ((event id, data) in order, a list for the ids that are).

    The events whose ids the block adds to the list are marked as published after it. A second relay gets none.
    """
    with translated():
        async with pool.acquire() as db, db.transaction():
            events: list[tuple[int, dict[str, Any]]] = []
            if await db.fetchval(_LOCK_PUBLISHING):
                events = [(row["id"], row["data"]) for row in await db.fetch(_UNPUBLISHED, limit)]
            published: list[int] = []
            yield events, published
            if published:
                await db.execute(_MARK_PUBLISHED, published)


async def depth(db: Connection | Pool) -> tuple[int, float]:
    """(number of waiting messages, seconds that the oldest has waited)."""
    with translated():
        row = await db.fetchrow(
            "SELECT count(*) AS waiting, coalesce(extract(epoch FROM now() - min(created_at)), 0) AS age FROM outbox"
        )
    return (row["waiting"], float(row["age"])) if row else (0, 0.0)
