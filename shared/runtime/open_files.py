"""How many files and sockets this process may hold open at once."""

from __future__ import annotations

import resource
from contextlib import suppress

_UNLIMITED = 1_048_576  # what an unlimited process is taken to manage


def open_files_limit() -> int:
    """The soft limit of this process (RLIMIT_NOFILE)."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _UNLIMITED if soft == resource.RLIM_INFINITY else soft


def raise_open_files_limit() -> int:
    """Raise the soft limit to the hard one, where the system lets us; returns the limit that holds then."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return open_files_limit()
