"""Requeues exports whose worker or message was lost; those that have used up their attempts end as failed."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import partial
from itertools import product

from prometheus_client import Counter, Gauge

from shared.adapters.postgres.operator.pauses import Pauses, uncount_paused
from shared.adapters.postgres.operator.quarantine import quarantine_contexts
from shared.adapters.postgres.pool import Pool
from shared.adapters.postgres.unfinished import backlog, sweep
from shared.domain.errors import DatabaseUnavailable
from shared.domain.export import ExportType, WorkflowState
from shared.runtime.logs import get_logger
from shared.runtime.settings import Settings
from shared.runtime.sparing import Sparing

_REQUEUED = Counter("content_exports_requeued_total", "Exports put back on the queue")
_GIVEN_UP = Counter("content_exports_given_up_total", "Exports ended after too many attempts")
_UNFINISHED = Gauge(
    "content_exports_unfinished", "Exports that wait or are being built", ["export_type", "workflow_state"]
)
_OLDEST = Gauge(
    "content_exports_unfinished_oldest_seconds",
    "Since the oldest export of a type in an unfinished state was asked for",
    ["export_type", "workflow_state"],
)
_QUARANTINED = Counter(
    "content_exports_quarantined_total", "Contexts put into quarantine, because their exports ended workers"
)
_PAUSES = Gauge("content_exports_pauses", "What is paused by operators, and contexts in quarantine", ["kind"])


@dataclass(slots=True)
class StuckExports:
    """What the janitor does about exports that make no progress."""

    pool: Pool
    settings: Settings
    _not_before: float = 0.0
    _measuring: Sparing = field(default_factory=Sparing)

    async def unstick(self) -> None:
        """One pass: requeue or end what is stuck, and measure what waits.

        After an outage of the database, workers have the time of a lease to renew theirs, which have lapsed meanwhile.
        """
        try:
            if time.monotonic() >= self._not_before:
                await self._sweep()
            await self._measuring.run(partial(measure, self.pool))
        except DatabaseUnavailable:
            self._not_before = time.monotonic() + self.settings.lease_s
            raise

    async def _sweep(self) -> None:
        await self._quarantine()
        await uncount_paused(self.pool)
        requeued, given_up = await sweep(
            self.pool, max_attempts=self.settings.max_attempts, requeue_after_s=self.settings.requeue_after_s
        )
        _REQUEUED.inc(len(requeued))
        _GIVEN_UP.inc(len(given_up))
        for each in requeued:
            get_logger().warning("export_requeued", export_id=each.export_id, request_id=each.request_id)
        for each in given_up:
            get_logger().error("export_given_up", export_id=each.export_id, request_id=each.request_id)

    async def _quarantine(self) -> None:
        """Quarantine the contexts whose exports end workers, before lost exports are sent again."""
        workers, within_s = self.settings.quarantine_after, self.settings.quarantine_within_s
        for each in await quarantine_contexts(self.pool, workers=workers, within_s=within_s) if workers else ():
            _QUARANTINED.inc()
            get_logger().error("context_quarantined", context=each.context.path, reason=each.reason)


async def measure(pool: Pool) -> None:
    """How many exports wait, for how long, and what is paused, for /metrics; 0 for a type without any."""
    pauses = await Pauses(pool).all()
    for quarantine, name in ((False, "pause"), (True, "quarantine")):
        _PAUSES.labels(name).set(sum(each.quarantine is quarantine for each in pauses))
    backlogs = {(each.export_type, each.workflow_state): each for each in await backlog(pool)}
    for kind in product(ExportType, (WorkflowState.CREATED, WorkflowState.EXPORTING)):
        each = backlogs.get(kind)
        _UNFINISHED.labels(*kind).set(each.count if each else 0)
        _OLDEST.labels(*kind).set(each.oldest_s if each else 0)
