"""The outbox: messages that have committed and wait for the relay."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from shared.adapters.postgres.events.relay_shards import SHARDS
from shared.adapters.postgres.pool import Connection, Pool, translated

_OLDEST = f"""
SELECT id, exchange, routing_key, body, request_id FROM outbox
 WHERE id % {SHARDS} = ANY($1::bigint[]) ORDER BY id LIMIT $2
"""  # noqa: S608  (no value is put in)
_DELETE = "DELETE FROM outbox WHERE id = ANY($1::bigint[])"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message of the outbox."""

    id: int
    exchange: str
    routing_key: str
    body: dict[str, Any]
    request_id: str | None


async def oldest_messages(pool: Pool, shards: Collection[int], limit: int) -> list[Outgoing]:
    """Up to `limit` of the oldest messages of these shards (relay_shards.py)."""
    with translated():
        return [Outgoing(*row) for row in await pool.fetch(_OLDEST, list(shards), limit)]


async def remove_messages(pool: Pool, ids: Sequence[int]) -> None:
    """Remove messages that the broker has confirmed."""
    with translated():
        await pool.execute(_DELETE, ids)


async def depth(db: Connection | Pool) -> tuple[int, float]:
    """(number of waiting messages, seconds that the oldest has waited)."""
    with translated():
        row = await db.fetchrow(
            "SELECT count(*) AS waiting, coalesce(extract(epoch FROM now() - min(created_at)), 0) AS age FROM outbox"
        )
    return (row["waiting"], float(row["age"])) if row else (0, 0.0)
