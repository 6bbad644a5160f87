"""Decides what follows from an error, before anything is done about it."""

from __future__ import annotations

from dataclasses import dataclass

from shared.domain.error_codes import ErrorCode
from shared.domain.errors import ContentReplaced, ExportError, Fenced
from shared.worker.infrastructure import infrastructure_cause

_LONGEST_WAIT_S = 300.0
_MOST_DOUBLINGS = 30


@dataclass(frozen=True, slots=True)
class Leave:
    """The export is no longer this attempt's: remove what this attempt stored, and change nothing else."""


@dataclass(frozen=True, slots=True)
class Retry:
    """No fault of the export: another attempt follows after a wait, and this one does not count."""

    wait_s: float
    cause: str = ""  # a code of the infrastructure; empty where the process was stopped, or the content replaced


@dataclass(frozen=True, slots=True)
class Fail:
    """The export ends here, with a stable code and a sentence that a person can act on."""

    code: ErrorCode
    message: str


def verdict(error: Exception, attempt: int, backoff_s: float, *, handed_back: bool = False) -> Leave | Retry | Fail:
    """What to do after `error` in this attempt (the first is 1); waits double from `backoff_s`.

    Only what is wrong with the export itself ends it: an outage costs time, however long it lasts. A reporter stops the
    work with Fenced for a lost lease and for a shutdown alike: `handed_back` says that it was a shutdown, which alone
    gives the export back.
    """
    if isinstance(error, Fenced):
        return Retry(0.0) if handed_back else Leave()
    cause = infrastructure_cause(error)
    if cause is not None:
        replaced = isinstance(error, ContentReplaced)
        wait_s = min(backoff_s * 2 ** min(attempt - 1, _MOST_DOUBLINGS), _LONGEST_WAIT_S)
        return Retry(wait_s, "" if replaced else cause)
    if isinstance(error, ExportError):
        return Fail(error.code, str(error))
    return Fail(ErrorCode.INTERNAL_ERROR, ErrorCode.INTERNAL_ERROR.sentence)
