"""Removes the rows of the audit log whose time is over."""

from __future__ import annotations

from typing import Protocol

from prometheus_client import Counter

from shared.runtime.logs import get_logger

_ROWS = 5000  # that one statement removes
_DAY_S = 86_400

_PRUNED = Counter("janitor_audit_rows_pruned_total", "Rows removed from the audit log")


class AuditRetention(Protocol):
    """The log."""

    async def prune(self, older_than_s: float, limit: int) -> int:
        """Remove up to `limit` old rows; how many they were."""
        ...


async def prune_audit(log: AuditRetention, keep_days: float) -> None:
    """Remove all old rows, some thousand a statement, so that none holds the table for long; 0 days keep everything."""
    while keep_days and (pruned := await log.prune(keep_days * _DAY_S, _ROWS)):
        _PRUNED.inc(pruned)
        get_logger().info("audit_rows_pruned", rows=pruned)
