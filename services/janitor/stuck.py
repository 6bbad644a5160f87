"""Exports whose worker was lost, or whose message was, go back on the queue; hopeless ones end as failed."""

from __future__ import annotations

from prometheus_client import Counter

from shared.adapters.postgres.leases import sweep
from shared.adapters.postgres.pool import Pool
from shared.runtime.logs import get_logger
from shared.runtime.settings import Settings

_REQUEUED = Counter("exports_requeued_total", "Exports put back on the queue")
_GIVEN_UP = Counter("exports_given_up_total", "Exports ended after too many attempts")


async def unstick(pool: Pool, settings: Settings) -> None:
    """One look at what does not move."""
    requeued, given_up = await sweep(pool, max_attempts=settings.max_attempts, requeue_after_s=settings.requeue_after_s)
    _REQUEUED.inc(len(requeued))
    _GIVEN_UP.inc(len(given_up))
    if requeued or given_up:
        get_logger().warning("exports_swept", requeued=requeued, given_up=given_up)
