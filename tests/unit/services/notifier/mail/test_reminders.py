"""When a reminder is due."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from services.notifier.mail.reminders import Reminders, window_s
from shared.domain.errors import DatabaseUnavailable


@dataclass
class Packages:
    """Packages to look at, and errors before."""

    left: int
    errors: int = 0
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    looks: list[float] = field(default_factory=list)

    async def remind(self, within_s: float, limit: int) -> tuple[int, int]:
        self.looks.append(within_s)
        if len(self.looks) <= self.errors:
            self.stopping.set()
            raise DatabaseUnavailable
        looked_at = min(self.left, limit)
        self.left -= looked_at
        return looked_at, looked_at


@pytest.mark.parametrize(
    ("hours", "keep_days", "hours_before"), [(48, 30, 48), (48, 4, 24), (48, None, 48), (0, 30, 0), (2, 1, 2)]
)
def test_a_reminder_is_due_at_the_set_time_but_in_the_last_quarter_of_a_package(
    hours: float, keep_days: float | None, hours_before: float
) -> None:
    assert window_s(hours, keep_days and keep_days * 86_400) == hours_before * 3600


async def test_a_pass_goes_on_until_no_package_is_left() -> None:
    packages = Packages(1200)
    await Reminders(packages, 60.0).look()
    assert (packages.left, packages.looks) == (0, [60.0] * 3)


async def test_a_database_that_is_away_costs_a_pass() -> None:
    packages = Packages(1, errors=1)
    await Reminders(packages, 60.0).run(packages.stopping)
    assert packages.left == 1


async def test_without_mail_the_clock_never_strikes() -> None:
    packages = Packages(1)
    await Reminders(packages, 0.0).run(asyncio.Event())
    assert packages.looks == []
