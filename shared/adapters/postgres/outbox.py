"""The outbox: messages that have committed, on their way to the broker."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from shared.adapters.postgres.pool import Connection, Pool, translated

_TAKE = "SELECT * FROM outbox ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED"
_SENT = "DELETE FROM outbox WHERE id = ANY($1::bigint[])"

# State changes are told in the order of the log: one relay at a time, by a lock that ends with its transaction.
_ONE_TELLS = "SELECT pg_try_advisory_xact_lock(4201778)"
_UNTOLD = """
SELECT id, data FROM export_events
 WHERE NOT published AND name = 'content_export.state' ORDER BY id LIMIT $1
"""
_TOLD = "UPDATE export_events SET published = true WHERE id = ANY($1::bigint[])"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message of the outbox."""

    id: int
    exchange: str
    routing_key: str
    body: dict[str, Any]
    request_id: str | None


@dataclass(slots=True)
class Taken:
    """Messages that this relay alone has while its transaction lasts; `confirmed` are removed at its end."""

    messages: list[Outgoing]
    confirmed: list[int]


@asynccontextmanager
async def take(pool: Pool, limit: int) -> AsyncIterator[Taken]:
    """The oldest messages that no other relay has; those confirmed inside the block are gone after it."""
    with translated():
        async with pool.acquire() as db, db.transaction():
            rows = await db.fetch(_TAKE, limit)
            taken = Taken(
                [Outgoing(r["id"], r["exchange"], r["routing_key"], r["body"], r["request_id"]) for r in rows], []
            )
            yield taken
            await db.execute(_SENT, taken.confirmed)


@asynccontextmanager
async def take_events(pool: Pool, limit: int) -> AsyncIterator[tuple[list[tuple[int, dict[str, Any]]], list[int]]]:
    """(state changes not told to the broker yet, in order; a list for the ids that were). Empty for a second relay."""
    with translated():
        async with pool.acquire() as db, db.transaction():
            found: list[tuple[int, dict[str, Any]]] = []
            if await db.fetchval(_ONE_TELLS):
                found = [(row["id"], row["data"]) for row in await db.fetch(_UNTOLD, limit)]
            told: list[int] = []
            yield found, told
            if told:
                await db.execute(_TOLD, told)


async def depth(db: Connection | Pool) -> tuple[int, float]:
    """(messages waiting, seconds the oldest has waited)."""
    with translated():
        row = await db.fetchrow(
            "SELECT count(*) AS waiting, coalesce(extract(epoch FROM now() - min(created_at)), 0) AS age FROM outbox"
        )
    return (row["waiting"], float(row["age"])) if row else (0, 0.0)
