"""Returns memory that is free inside the process to the operating system."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable


def _trim() -> Callable[[int], object] | None:
    """The `malloc_trim` of glibc; None with another C library."""
    return getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None


_TRIM = _trim()


def release_free_memory() -> None:
    """Return the free pages between blocks in use to the operating system; this takes a millisecond or two.

    glibc keeps such pages. They add up where small long-lived blocks were allocated between large short-lived ones.
    """
    if _TRIM is not None:
        _TRIM(0)
