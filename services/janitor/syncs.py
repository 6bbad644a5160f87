"""Removes syncs of content that were abandoned, and the results of those that ended long ago."""

from __future__ import annotations

from shared.adapters.postgres.content_tables.content_syncs import forget_syncs
from shared.adapters.postgres.pool import Pool
from shared.runtime.logs import get_logger


async def clean_syncs(pool: Pool, idle_s: float) -> None:
    """One pass."""
    if abandoned := await forget_syncs(pool, idle_s):
        get_logger().warning("syncs_abandoned", syncs=abandoned)
