"""Relays of tests: what is published counts from now, and shards are let go at the end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shared.adapters.postgres.events.relay_shards import RelayShards
from shared.adapters.postgres.pool import Pool


async def begin_at_the_end(pool: Pool) -> None:
    """Take all events that there are as published, and all relays that there were as gone."""
    await pool.execute("DELETE FROM relays")
    await pool.execute(
        "UPDATE relay_shards SET leased_until = '-infinity', published_id ="
        " (SELECT last_value - (NOT is_called)::integer FROM export_events_id_seq)"
    )


@asynccontextmanager
async def held_shards(pool: Pool, name: str) -> AsyncIterator[RelayShards]:
    """The shards of a relay of this name, during the block."""
    shards = RelayShards(pool, name)
    try:
        yield shards
    finally:
        await shards.release()
