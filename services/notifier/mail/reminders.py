"""The clock of reminders: packages that expire soon and were never downloaded."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Protocol

from shared.domain.errors import DatabaseUnavailable, in_full
from shared.runtime.lifecycle import stops_within
from shared.runtime.logs import get_logger

_EVERY_S = 60.0
_BATCH = 500  # packages that one transaction looks at
_SHARE = 4  # a reminder comes in the last quarter of a package's time, however short that is


class ExpiringPackages(Protocol):
    """The packages of the database."""

    async def remind(self, within_s: float, limit: int) -> tuple[int, int]:
        """Write reminders; how many packages were looked at, and how many reminders are due."""
        ...


def window_s(hours: float, keep_s: float | None) -> float:
    """How long before the end of a package its reminder is due; 0: never."""
    return min(hours * 3600, (keep_s or float("inf")) / _SHARE)


@dataclass(frozen=True, slots=True)
class Reminders:
    """Writes the deliveries of reminders, which the sender of mails then finds."""

    packages: ExpiringPackages
    within_s: float

    async def run(self, stopping: asyncio.Event) -> None:
        """Look every minute until the process is stopping."""
        while self.within_s:
            try:
                await self.look()
            except DatabaseUnavailable as error:
                get_logger().warning("reminders_not_written", reason=in_full(error))
            if await stops_within(stopping, _EVERY_S):
                return

    async def look(self) -> None:
        """One pass over all packages whose reminder is due."""
        looked_at = _BATCH
        while looked_at == _BATCH:
            looked_at, due = await self.packages.remind(self.within_s, _BATCH)
            if due:
                get_logger().info("reminders_written", reminders=due)
