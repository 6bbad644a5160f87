"""How much a token may ask for: an account of each, filled steadily and spent by requests (Canvas: leaky bucket)."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from aiohttp import web

from shared.http.answers import too_many


class Spent(NamedTuple):
    """What a request has cost its token, and what is left."""

    cost: float
    remaining: float


SPENT = web.RequestKey("spent", Spent)


@dataclass(slots=True)
class _Account:
    left: float
    since: float  # by the clock


_ACCOUNTS = 10_000  # kept at most; one that is let go starts full again
_READ, _WRITE = 1.0, 5.0


class RateLimit:
    """The accounts of one process. Requests without a token have none: what limits them stands in front."""

    def __init__(self, per_s: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_s = per_s
        self._burst = burst
        self._clock = clock
        self._accounts: OrderedDict[str, _Account] = OrderedDict()  # by token; the one used last is last

    def charge(self, request: web.Request, token: str) -> None:
        """Take the price of a request. Raises 429 where the account does not have it."""
        if not self._per_s or not token:
            return
        cost, now = _READ if request.method in ("GET", "HEAD") else _WRITE, self._clock()
        account = self._accounts.get(token) or self._opened(token, now)
        left = min(self._burst, account.left + (now - account.since) * self._per_s)
        after = left - cost
        account.left, account.since = (left if after < 0 else after), now
        self._accounts.move_to_end(token)
        request[SPENT] = Spent(cost, max(0.0, after))
        if after < 0:
            raise too_many(-after / self._per_s)

    def _opened(self, token: str, now: float) -> _Account:
        account = self._accounts[token] = _Account(self._burst, now)
        if len(self._accounts) > _ACCOUNTS:
            self._accounts.popitem(last=False)
        return account
