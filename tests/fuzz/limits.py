"""What one input may cost its parser: time of the processor and memory."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable

LONGEST = 96 * 1024  # bytes of an input
_CPU_S = 1.0
_MEMORY = 256 * 1024 * 1024  # bytes by which the peak of the process may rise
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024

Check = Callable[[bytes], None]


class TooSlow(AssertionError):
    """An input took more time than it may."""


class TooMuchMemory(AssertionError):
    """An input took more memory than it may."""


def run_within_limits(check: Check, data: bytes) -> None:
    """Run a check on an input. Raises what it raises, else TooSlow or TooMuchMemory."""
    started, peak = time.process_time(), _peak()
    check(data)
    spent, grown = time.process_time() - started, _peak() - peak
    if spent > _CPU_S:
        raise TooSlow(f"{spent:.1f} s for {len(data)} bytes")
    if grown > _MEMORY:
        raise TooMuchMemory(f"{grown >> 20} MiB for {len(data)} bytes")


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _RSS_UNIT
