"""What a heartbeat costs the database."""

from __future__ import annotations

import pytest

from shared.adapters.postgres.leases import Leases
from shared.adapters.postgres.pool import Pool
from shared.domain.export import ExportType, PackedSoFar

HEARTBEATS = 40


@pytest.mark.parametrize("table", ["content_exports", "progress"])
async def test_a_heartbeat_writes_no_index(many: Pool, table: str) -> None:
    leases = Leases(many, "w", 60.0)
    export = await leases.claim(ExportType.QTI)
    assert export is not None
    before = await written(many, table)
    for beat in range(HEARTBEATS):
        await leases.report(export.id, export.attempt, float(beat + 1), PackedSoFar(1, 1, 1, 1))
    updated, hot = (after - first for after, first in zip(await written(many, table), before, strict=True))
    assert updated == HEARTBEATS
    assert hot >= HEARTBEATS * 0.9, "now and then a page is full of the versions of other transactions"


async def written(pool: Pool, table: str) -> tuple[int, int]:
    """(rows that were updated, those of them without an entry of an index)."""
    async with pool.acquire() as db:
        await db.execute("SELECT pg_stat_force_next_flush()")
        await db.execute("SELECT 1")
        row = await db.fetchrow("SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = $1", table)
    assert row is not None
    return row["n_tup_upd"], row["n_tup_hot_upd"]
