"""The outbox: messages that have committed and wait for the relay."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from shared.adapters.postgres.pool import Connection, Pool, translated

_SELECT = "SELECT * FROM outbox ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED"
_DELETE = "DELETE FROM outbox WHERE id = ANY($1::bigint[])"


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
            if locked.confirmed:
                await db.execute(_DELETE, locked.confirmed)


async def depth(db: Connection | Pool) -> tuple[int, float]:
    """(number of waiting messages, seconds that the oldest has waited)."""
    with translated():
        row = await db.fetchrow(
            "SELECT count(*) AS waiting, coalesce(extract(epoch FROM now() - min(created_at)), 0) AS age FROM outbox"
        )
    return (row["waiting"], float(row["age"])) if row else (0, 0.0)
