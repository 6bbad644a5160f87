"""The rate limit: how many requests a token has, as an account that requests spend by their cost."""

from __future__ import annotations

import time
from typing import NamedTuple

from aiohttp import web

from shared.http.answers import too_many
from shared.runtime.leaky_buckets import Clock, LeakyBuckets


class Spent(NamedTuple):
    """The cost of a request to its token, and the remaining rate."""

    cost: float
    remaining: float


SPENT = web.RequestKey("spent", Spent)

_READ, _WRITE = 1.0, 5.0  # costs: a write is a transaction that is flushed to disk, and work for a worker


class RateLimit:
    """The accounts of one process; 0 per second: no limit. Requests without a token are limited by the proxy in front."""

    def __init__(self, per_s: float, burst: float, clock: Clock = time.monotonic) -> None:
        self._buckets = LeakyBuckets(per_s, burst, clock) if per_s else None

    def charge(self, request: web.Request, token: str) -> None:
        """Take the cost of a request from its token. Raises 429 if the account does not have it."""
        if self._buckets is None or not token:
            return
        cost = _READ if request.method in ("GET", "HEAD") else _WRITE
        after = self._buckets.spend(token, cost)
        request[SPENT] = Spent(cost, max(0.0, after))
        if after < 0:
            raise too_many(self._buckets.seconds_until(-after))
