"""Leaky buckets as Canvas throttles with them: an account for each key, refilled steadily and spent by requests."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

Clock = Callable[[], float]

_MOST = 10_000  # buckets kept; the one unused for longest is dropped, and starts full again


@dataclass(slots=True)
class _Bucket:
    level: float
    at: float  # when the level was right, by the clock


class LeakyBuckets:
    """The buckets of one process. Each holds `burst` at most and gets `per_s` back a second, which must not be 0."""

    def __init__(self, per_s: float, burst: float, clock: Clock = time.monotonic) -> None:
        self._per_s = per_s
        self._burst = burst
        self._clock = clock
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()  # the most recently used is last

    def __len__(self) -> int:
        return len(self._buckets)

    def level(self, key: str) -> float:
        """What a bucket holds now."""
        bucket = self._buckets.get(key)
        return self._burst if bucket is None else self._refilled(bucket, self._clock())

    def spend(self, key: str, amount: float) -> float:
        """Take an amount from a bucket. Returns the level after that; where it is below zero, nothing has been taken."""
        now = self._clock()
        bucket = self._buckets.get(key) or self._opened(key, now)
        level = self._refilled(bucket, now)
        after = level - amount
        # A refused request costs nothing: a client that retries too early would never get credit otherwise.
        bucket.level, bucket.at = (level if after < 0 else after), now
        self._buckets.move_to_end(key)
        return after

    def seconds_until(self, amount: float) -> float:
        """How long it takes to refill an amount."""
        return amount / self._per_s

    def _refilled(self, bucket: _Bucket, now: float) -> float:
        return min(self._burst, bucket.level + (now - bucket.at) * self._per_s)

    def _opened(self, key: str, now: float) -> _Bucket:
        bucket = self._buckets[key] = _Bucket(self._burst, now)
        if len(self._buckets) > _MOST:
            self._buckets.popitem(last=False)
        return bucket
