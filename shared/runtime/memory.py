"""Memory that is free inside of the process, and not to others."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable


def _trim() -> Callable[[int], object] | None:
    """The `malloc_trim` of glibc; None where the C library is another."""
    return getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None


_TRIM = _trim()


def give_back() -> None:
    """Give the system back what lies free between blocks that are in use; it takes a millisecond or two.

    glibc keeps such holes, and where long-lived small blocks lie between large ones for a moment, they add up.
    """
    if _TRIM is not None:
        _TRIM(0)
