"""Which errors are the infrastructure's: of servers, of the disk, of this process. No export is to blame for them."""

from __future__ import annotations

import errno
from concurrent.futures import BrokenExecutor
from enum import StrEnum

from shared.domain.errors import ExportError


class Shortage(StrEnum):
    """What a process, or its machine, has no more of."""

    OUT_OF_MEMORY = "out_of_memory"
    OUT_OF_THREADS = "out_of_threads"
    OUT_OF_FILES = "out_of_files"
    DISK_FULL = "disk_full"


STALLED = "stalled"
_SYSTEM_ERROR = "system_error"  # a disk or a network that fails
_BY_NUMBER = {
    errno.ENOMEM: Shortage.OUT_OF_MEMORY,
    errno.EAGAIN: Shortage.OUT_OF_THREADS,  # fork(2): a limit of processes or threads
    errno.EMFILE: Shortage.OUT_OF_FILES,
    errno.ENFILE: Shortage.OUT_OF_FILES,
    errno.ENOBUFS: Shortage.OUT_OF_MEMORY,
    errno.ENOSPC: Shortage.DISK_FULL,
    errno.EDQUOT: Shortage.DISK_FULL,
    errno.EIO: _SYSTEM_ERROR,
    errno.EROFS: _SYSTEM_ERROR,
    errno.ESTALE: _SYSTEM_ERROR,
}
_NO_THREAD = "can't start new thread"  # CPython's words: its RuntimeError has no type of its own


class Stalled(Exception):
    """An attempt that has made no progress for too long: a read or a write of it does not return."""


class ThreadsStuck(Exception):
    """Too many threads of this process never returned."""


def infrastructure_cause(error: BaseException | None) -> str | None:
    """The code of the infrastructure's fault, of this error or of the one it was raised from; None for any other error."""
    while error is not None:
        cause = _cause_of(error)
        if cause is not None:
            return cause
        error = error.__cause__
    return None


def is_shortage(cause: str | None) -> bool:
    """Whether the fault is one of this process and its machine, so that another process may do better."""
    return cause in set(Shortage)


def _cause_of(error: BaseException) -> str | None:
    if isinstance(error, ExportError):
        return error.code if error.retry else None
    if isinstance(error, MemoryError):
        return Shortage.OUT_OF_MEMORY
    if isinstance(error, Stalled):
        return STALLED
    if isinstance(error, (BrokenExecutor, ThreadsStuck)) or (
        isinstance(error, RuntimeError) and _NO_THREAD in str(error)
    ):
        return Shortage.OUT_OF_THREADS
    if isinstance(error, (ConnectionError, TimeoutError)):
        return _SYSTEM_ERROR
    return _BY_NUMBER.get(error.errno or 0) if isinstance(error, OSError) else None
