"""What a scrub finds of packages in the store, and how fast it reads them."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import pytest
from prometheus_client import REGISTRY

from services.janitor.scrub import Pace, Scrub, pace_until
from shared.adapters.postgres.packages.package_scrubs import ScrubbedPackage
from shared.domain.errors import ObjectMissing, StoreUnavailable
from shared.domain.packages.package_state import PackageState

MIB = 1 << 20
DATA = bytes(3 * MIB)


@dataclass
class Rows:
    """Packages in memory; what is recorded is not due any more."""

    packages: list[ScrubbedPackage]
    recorded: dict[int, PackageState] = field(default_factory=dict)

    async def due(self, before: datetime, limit: int) -> Sequence[ScrubbedPackage]:
        return [each for each in self.packages if each.attachment_id not in self.recorded][:limit]

    async def record(self, attachment_id: int, state: PackageState) -> bool | None:
        self.recorded[attachment_id] = state
        return True

    async def damaged(self) -> int:
        return sum(each.is_damaged for each in self.recorded.values())


@dataclass
class Store:
    """Objects in memory, read by the MiB."""

    objects: dict[str, bytes]
    error: Exception | None = None

    async def size(self, key: str) -> int:
        if self.error is not None:
            raise self.error
        if key not in self.objects:
            raise ObjectMissing(key)
        return len(self.objects[key])

    async def read_range(self, key: str, start: int, stop: int) -> AsyncIterator[bytes]:
        for begin in range(start, stop, MIB):
            yield self.objects[key][begin : min(stop, begin + MIB)]


@dataclass
class Clock:
    """Time passes by waiting alone."""

    now: float = 100.0
    stops_at: float = float("inf")

    async def wait(self, seconds: float) -> bool:
        self.now += seconds
        return self.now >= self.stops_at

    def pace(self, bytes_per_s: float) -> Pace:
        return Pace(bytes_per_s, self.wait, lambda: self.now)


def package(number: int, data: bytes = DATA) -> ScrubbedPackage:
    return ScrubbedPackage(number, 1000 + number, f"packages/{number}", len(data), hashlib.sha256(data).hexdigest())


def scrubbed(result: PackageState) -> float:
    return REGISTRY.get_sample_value("content_exports_scrubbed_total", {"result": result}) or 0.0


@pytest.mark.parametrize(
    ("stored", "state"),
    [
        (DATA, PackageState.INTACT),
        (DATA[:-1] + b"!", PackageState.CHANGED),
        (DATA[:-1], PackageState.CHANGED),
        (DATA + b"!", PackageState.CHANGED),
        (None, PackageState.MISSING),
    ],
)
async def test_a_package_is_intact_changed_or_missing(stored: bytes | None, state: PackageState) -> None:
    rows, before = Rows([package(1)]), scrubbed(state)
    store = Store({} if stored is None else {"packages/1": stored})
    await Scrub(rows, store, after_s=0).run(Clock().pace(0))
    assert rows.recorded == {1: state}
    assert scrubbed(state) == before + 1
    assert REGISTRY.get_sample_value("content_exports_damaged_packages") == float(state.is_damaged)


async def test_every_package_is_read_however_many_there_are() -> None:
    rows = Rows([package(number, b"x") for number in range(1, 251)])
    await Scrub(rows, Store({each.key: b"x" for each in rows.packages}), after_s=0).run(Clock().pace(0))
    assert len(rows.recorded) == 250


@pytest.mark.parametrize("bytes_per_s", [1_000_000, 50_000_000])
async def test_the_rate_is_kept_over_large_and_small_packages(bytes_per_s: float) -> None:
    clock, rows = Clock(), Rows([package(1), package(2, b"x"), package(3)])
    store = Store({"packages/1": DATA, "packages/2": b"x", "packages/3": DATA})
    await Scrub(rows, store, after_s=0).run(clock.pace(bytes_per_s))
    read = 2 * len(DATA) + 1
    assert read / bytes_per_s <= clock.now - 100.0 <= (read + 4 * 4096) / bytes_per_s


async def test_an_idle_time_saves_up_one_second_at_most() -> None:
    clock = Clock()
    pace = clock.pace(MIB)
    clock.now += 3600
    for _ in range(10):
        await pace.spend(MIB)
    assert clock.now - 3700.0 >= 9.0


async def test_a_process_that_stops_ends_the_pass_and_records_nothing_half_read() -> None:
    rows = Rows([package(1), package(2)])
    clock = Clock(stops_at=104.5)
    await Scrub(rows, Store({"packages/1": DATA, "packages/2": DATA}), after_s=0).run(clock.pace(MIB))
    assert list(rows.recorded) == [1]


async def test_the_wait_for_the_rate_ends_with_the_process() -> None:
    stopping = asyncio.Event()
    stopping.set()
    rows = Rows([package(1)])
    await Scrub(rows, Store({"packages/1": DATA}), after_s=0).run(pace_until(stopping, 1.0))
    assert rows.recorded == {}


async def test_a_store_that_is_away_has_no_damaged_packages() -> None:
    rows = Rows([package(1)])
    with pytest.raises(StoreUnavailable):
        await Scrub(rows, Store({}, StoreUnavailable("away")), after_s=0).run(Clock().pace(0))
    assert rows.recorded == {}


async def test_a_dry_run_prints_what_is_damaged_and_records_nothing() -> None:
    rows, lines = Rows([package(number, b"x") for number in range(1, 151)]), list[str]()
    store = Store({each.key: b"x" for each in rows.packages[:-1]})
    await Scrub(rows, store, after_s=0, print_line=lines.append).run(Clock().pace(0))
    assert rows.recorded == {}
    assert lines == ["missing: export 1150 packages/150"]
