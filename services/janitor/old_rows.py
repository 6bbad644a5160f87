"""Removes the rows of logs whose time is over: of the audit log, and of deliveries that have ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from prometheus_client import Counter

from shared.runtime.logs import get_logger

_ROWS = 5000  # that one statement removes
_DAY_S = 86_400


class PrunableLog(Protocol):
    """A log whose old rows may go."""

    async def prune(self, older_than_s: float, limit: int) -> int:
        """Remove up to `limit` old rows; how many they were."""
        ...


@dataclass(frozen=True, slots=True)
class Pruning:
    """How the removal of the rows of a log is logged and counted."""

    event: str
    pruned: Counter


AUDIT_ROWS = Pruning(
    "audit_rows_pruned", Counter("content_exports_janitor_audit_rows_pruned_total", "Rows removed from the audit log")
)
DELIVERIES = Pruning(
    "deliveries_pruned", Counter("content_exports_janitor_deliveries_pruned_total", "Ended deliveries removed")
)


async def prune_rows(log: PrunableLog, keep_days: float, kind: Pruning) -> None:
    """Remove all old rows, some thousand a statement, so that none holds the table for long; 0 days keep everything."""
    while keep_days and (pruned := await log.prune(keep_days * _DAY_S, _ROWS)):
        kind.pruned.inc(pruned)
        get_logger().info(kind.event, rows=pruned)
