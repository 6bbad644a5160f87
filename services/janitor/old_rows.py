"""Removes expired rows: of the audit log, ended deliveries, reports, idempotency keys, and whole exports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from prometheus_client import Counter

from services.janitor.removal import Removal
from shared.adapters.postgres.packages.retention import Removable
from shared.runtime.logs import get_logger

_ROWS = 1000  # that one statement removes
_EXPORTS = 200
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
REPORTS = Pruning(
    "reports_pruned", Counter("content_exports_janitor_reports_pruned_total", "Reports of exports removed")
)
KEYS = Pruning(
    "idempotency_keys_pruned",
    Counter("content_exports_janitor_idempotency_keys_pruned_total", "Idempotency keys removed"),
)
_EXPORTS_REMOVED = Counter("content_exports_janitor_exports_removed_total", "Ended exports removed")


async def prune_rows(log: PrunableLog, keep_days: float, kind: Pruning) -> None:
    """Remove all old rows, some thousand a statement, so that none holds the table for long; 0 days keep everything."""
    while keep_days and (pruned := await log.prune(keep_days * _DAY_S, _ROWS)):
        kind.pruned.inc(pruned)
        get_logger().info(kind.event, rows=pruned)


class EndedExports(Protocol):
    """The ended exports of the database."""

    async def old(self, older_than_s: float, limit: int) -> list[int]:
        """The ids of up to `limit` old ones."""
        ...

    async def remove(self, ids: Sequence[int]) -> int:
        """Remove them, as far as they may go by now; how many they were."""
        ...


async def remove_exports(exports: EndedExports, removal: Removal, keep_days: float) -> None:
    """Remove old exports, after their packages; 0 days keep all. One that may not go yet is left to a later pass."""
    while keep_days and (ids := await exports.old(keep_days * _DAY_S, _EXPORTS)):
        await removal.give_up([Removable("expired", "", export_id) for export_id in ids])
        removed = await exports.remove(ids)
        _EXPORTS_REMOVED.inc(removed)
        get_logger().info("exports_removed", exports=removed)
        if removed < len(ids):
            return
