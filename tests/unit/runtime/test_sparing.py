"""Work that is done now and then rests in proportion to the time that it takes."""

from __future__ import annotations

import time

import pytest

from shared.runtime.sparing import Sparing


class Clock:
    """Goes on by the time that each count takes, and as the test says."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, took_s: float) -> None:
        self.now, self.counts, self.took_s = 1000.0, 0, took_s
        monkeypatch.setattr(time, "monotonic", lambda: self.now)

    async def count(self) -> None:
        self.counts += 1
        self.now += self.took_s


@pytest.mark.parametrize(("every_s", "took_s", "rest_s"), [(0.0, 2.0, 40.0), (5.0, 0.1, 5.0), (5.0, 1.0, 20.0)])
async def test_a_count_rests_for_its_interval_and_for_twenty_times_as_long_as_it_took(
    monkeypatch: pytest.MonkeyPatch, every_s: float, took_s: float, rest_s: float
) -> None:
    clock, sparing = Clock(monkeypatch, took_s), Sparing(every_s)
    for _ in range(2):
        await sparing.run(clock.count)
    assert clock.counts == 1
    clock.now += rest_s - 0.01
    await sparing.run(clock.count)
    assert clock.counts == 1
    clock.now += 0.02
    await sparing.run(clock.count)
    assert clock.counts == 2


async def test_a_count_that_fails_is_due_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, sparing = Clock(monkeypatch, 1.0), Sparing(5.0)

    async def failing() -> None:
        raise OSError

    with pytest.raises(OSError):  # noqa: PT011  (any)
        await sparing.run(failing)
    await sparing.run(clock.count)
    assert clock.counts == 1
