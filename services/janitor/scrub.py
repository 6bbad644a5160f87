"""The scrub: packages in the store are read again, at a rate, and compared with what was verified when they were built."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from prometheus_client import Counter, Gauge

from shared.adapters.postgres.packages.package_scrubs import ScrubbedPackage
from shared.domain.errors import ObjectMissing
from shared.domain.packages.package_state import PackageState
from shared.runtime.lifecycle import stops_within
from shared.runtime.logs import get_logger

_SCRUBBED = Counter("content_exports_scrubbed_total", "Packages that a scrub has read, by what it found", ["result"])
_BYTES = Counter("content_exports_scrubbed_bytes_total", "Bytes of packages that a scrub has read")
_DAMAGED = Gauge("content_exports_damaged_packages", "Packages that are changed or missing in the store")
for _state in PackageState:
    _SCRUBBED.labels(_state.value)

_BATCH = 100  # packages that are looked up at a time
_NO_BYTES = 4096  # what it costs to look for a package, in bytes of the rate

Wait = Callable[[float], Awaitable[bool]]  # whether the process stops within these seconds


class ScrubRows(Protocol):
    """What the database says about packages."""

    async def due(self, before: datetime, limit: int) -> Sequence[ScrubbedPackage]:
        """Up to `limit` packages that were last read before this time, the one of longest ago first."""
        ...

    async def record(self, attachment_id: int, state: PackageState) -> bool | None:
        """Write down what was found: whether that is news; None of a package that was given up meanwhile."""
        ...

    async def damaged(self) -> int:
        """How many packages are damaged."""
        ...


class ReadableStore(Protocol):
    """What lies in the object store."""

    async def size(self, key: str) -> int:
        """The number of bytes of an object. Raises ObjectMissing."""
        ...

    def read_range(self, key: str, start: int, stop: int) -> AsyncIterator[bytes | memoryview]:
        """The bytes [start, stop) of an object."""
        ...


class Stopping(Exception):
    """The process stops: what is half read is read again later."""


class Pace:
    """A rate of bytes, kept since the beginning of a pass; 0: as fast as it goes."""

    def __init__(self, bytes_per_s: float, wait: Wait, clock: Callable[[], float] = time.monotonic) -> None:
        self._bytes_per_s = bytes_per_s
        self._wait = wait
        self._clock = clock
        self._next = clock()  # when more may be read

    async def spend(self, size: int) -> None:
        """Account for bytes that were read, and wait until more may be. Raises Stopping."""
        _BYTES.inc(size)
        now = self._clock()
        if self._bytes_per_s:  # an idle time saves up nothing
            self._next = max(self._next, now - 1.0) + size / self._bytes_per_s
        if await self._wait(max(0.0, self._next - now)):
            raise Stopping


@dataclass(frozen=True, slots=True)
class Scrub:
    """Reads packages whose last reading is older than `after_s`. With `print_line`, it prints damage and records nothing."""

    rows: ScrubRows
    store: ReadableStore
    after_s: float
    print_line: Callable[[str], None] | None = None

    async def run(self, pace: Pace) -> None:
        """One pass, the package of longest ago first; it ends early where the process stops.

        Raises StoreUnavailable: what cannot be read now is neither intact nor damaged.
        """
        before, seen = datetime.now(UTC) - timedelta(seconds=self.after_s), 0
        try:
            while packages := (await self.rows.due(before, seen + _BATCH))[seen:]:
                for package in packages:
                    await self._look(package, pace)
                seen += len(packages) if self.print_line else 0  # what is recorded is not due any more
        except Stopping:
            return
        if self.print_line is None:
            _DAMAGED.set(await self.rows.damaged())

    async def _look(self, package: ScrubbedPackage, pace: Pace) -> None:
        state = await state_of(package, self.store, pace)
        if self.print_line is not None:
            if state.is_damaged:
                self.print_line(f"{state}: export {package.export_id} {package.key}")
            return
        is_news = await self.rows.record(package.attachment_id, state)
        if is_news is None:
            return
        _SCRUBBED.labels(state.value).inc()
        log = get_logger().bind(export_id=package.export_id, attachment_id=package.attachment_id, key=package.key)
        if state.is_damaged:
            log.error("package_damaged", package_state=state.value, is_news=is_news)
        else:
            log.debug("package_intact")


async def state_of(package: ScrubbedPackage, store: ReadableStore, pace: Pace) -> PackageState:
    """Whether the object has the size and the SHA-256 of the package. Raises StoreUnavailable and Stopping."""
    digest = hashlib.sha256()
    try:
        size = await store.size(package.key)
        await pace.spend(_NO_BYTES)
        if size != package.size:
            return PackageState.CHANGED
        async for chunk in store.read_range(package.key, 0, size):
            digest.update(chunk)
            await pace.spend(len(chunk))
    except ObjectMissing:
        return PackageState.MISSING
    return PackageState.INTACT if digest.hexdigest() == package.sha256 else PackageState.CHANGED


def pace_until(stopping: asyncio.Event, bytes_per_s: float) -> Pace:
    """The pace of a process, which ends with it."""

    async def wait(seconds: float) -> bool:
        return await stops_within(stopping, seconds) if seconds > 0 else stopping.is_set()

    return Pace(bytes_per_s, wait)
