"""When a delivery that failed is tried again. Source: Standard Webhooks 1.0.0, "Deliverability and reliability"."""

from __future__ import annotations

import random
from collections.abc import Callable

_MINUTE_S, _HOUR_S = 60.0, 3600.0

# The waits after the first try, the second, ...
RETRIES_S = (
    5.0,
    5 * _MINUTE_S,
    30 * _MINUTE_S,
    2 * _HOUR_S,
    5 * _HOUR_S,
    10 * _HOUR_S,
    14 * _HOUR_S,
    20 * _HOUR_S,
    24 * _HOUR_S,
)
_JITTER = 0.1  # a wait is longer by up to this share, so that what failed together is not tried together again


def wait_after(attempt: int, scale: float = 1.0, chance: Callable[[], float] = random.random) -> float | None:
    """Seconds until the next try after this one, counted from 1; None after the last one."""
    if attempt > len(RETRIES_S):
        return None
    return RETRIES_S[attempt - 1] * scale * (1 + _JITTER * chance())
