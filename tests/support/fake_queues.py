"""Queues in memory, which estimates are made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from shared.domain.export import ExportType
from shared.domain.fairness.queue_view import QueueView
from shared.domain.fairness.rates import Rates


@dataclass
class FakeQueues:
    """Every type has this queue. `error` is raised instead."""

    view: dict[str, Any] = field(default_factory=lambda: {"slots": 1})
    rates_now: Rates = field(default_factory=Rates)
    error: Exception | None = None
    read: int = 0

    async def queue(self, export_type: ExportType) -> QueueView:
        """The queue."""
        self.read += 1
        if self.error is not None:
            raise self.error
        return QueueView(**self.view)

    async def rates(self, export_type: ExportType) -> Rates:
        """Its rates."""
        if self.error is not None:
            raise self.error
        return self.rates_now
