"""Decides what follows from an error, before anything is done about it."""

from __future__ import annotations

from dataclasses import dataclass

from shared.domain.error_codes import ErrorCode
from shared.domain.errors import ExportError, Fenced

_LONGEST_WAIT_S = 300.0


@dataclass(frozen=True, slots=True)
class Leave:
    """The export is no longer this attempt's: remove what this attempt stored, and change nothing else."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Another attempt may help, after a wait."""

    wait_s: float


@dataclass(frozen=True, slots=True)
class Fail:
    """The export ends here, with a stable code and a sentence that a person can act on."""

    code: ErrorCode
    message: str


def verdict(error: Exception, tries: int, max_attempts: int, backoff_s: float) -> Leave | Retry | Fail:
    """What to do after `error` in this try (the first is 1); waits double from `backoff_s`."""
    if isinstance(error, Fenced):
        return Leave()
    if not isinstance(error, ExportError):
        return Fail(ErrorCode.INTERNAL_ERROR, ErrorCode.INTERNAL_ERROR.sentence)
    if error.retry and tries < max_attempts:
        return Retry(min(backoff_s * 2 ** (tries - 1), _LONGEST_WAIT_S))
    tried = f" It was tried {tries} times." if error.retry else ""
    return Fail(error.code, f"{error}{tried}")
