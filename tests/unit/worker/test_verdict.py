"""What follows from an error, as a table."""

from __future__ import annotations

import errno
from concurrent.futures.thread import BrokenThreadPool

import pytest

from shared.domain.error_codes import ErrorCode
from shared.domain.errors import (
    ContentReplaced,
    DatabaseUnavailable,
    Fenced,
    InvalidContent,
    NothingSelected,
    ObjectMissing,
    StoreFull,
    StoreUnavailable,
)
from shared.worker.infrastructure import infrastructure_cause, is_shortage
from shared.worker.verdict import Fail, Leave, Retry, verdict


@pytest.mark.parametrize(
    ("error", "attempt", "expected"),
    [
        (Fenced(), 1, Leave()),
        (Fenced(), 5, Leave()),
        (StoreUnavailable("no answer"), 1, Retry(2.0, "store_unavailable")),
        (StoreUnavailable("no answer"), 2, Retry(4.0, "store_unavailable")),
        (StoreUnavailable("no answer"), 4, Retry(16.0, "store_unavailable")),
        (ContentReplaced(), 2, Retry(4.0)),  # no server is at fault: the worker goes on
        (StoreFull("full"), 1, Retry(2.0, "store_full")),
        (DatabaseUnavailable("gone"), 1, Retry(2.0, "database_unavailable")),
        (MemoryError(), 1, Retry(2.0, "out_of_memory")),
        (RuntimeError("can't start new thread"), 1, Retry(2.0, "out_of_threads")),
        (BrokenThreadPool("a thread failed"), 1, Retry(2.0, "out_of_threads")),
        (OSError(errno.EMFILE, "Too many open files"), 1, Retry(2.0, "out_of_files")),
        (OSError(errno.ENFILE, "Too many open files in system"), 1, Retry(2.0, "out_of_files")),
        (OSError(errno.ENOSPC, "No space left on device"), 1, Retry(2.0, "disk_full")),
        (OSError(errno.EIO, "Input/output error"), 1, Retry(2.0, "system_error")),
        (ConnectionResetError(), 1, Retry(2.0, "system_error")),
        (NothingSelected("nothing"), 1, Fail("nothing_selected", "nothing")),
        (InvalidContent("gone"), 1, Fail("invalid_content", "gone")),
        (FileNotFoundError(errno.ENOENT, "a file of this program"), 1, Fail("internal_error", "")),
        (RuntimeError("a defect"), 1, Fail("internal_error", "")),
    ],
)
def test_only_what_is_wrong_with_an_export_ends_it_and_the_rest_is_retried_with_back_off(
    error: Exception, attempt: int, expected: Leave | Retry | Fail
) -> None:
    decided = verdict(error, attempt, backoff_s=2.0)
    if isinstance(expected, Fail) and not expected.message:
        assert isinstance(decided, Fail)
        assert decided.code == expected.code
    else:
        assert decided == expected


def test_work_that_a_shutdown_stopped_is_given_back_at_once_and_other_errors_are_what_they_are() -> None:
    assert verdict(Fenced(), 3, backoff_s=2.0, handed_back=True) == Retry(0.0)
    assert verdict(StoreFull("full"), 1, backoff_s=2.0, handed_back=True) == Retry(2.0, "store_full")
    failed = verdict(InvalidContent("gone"), 1, backoff_s=2.0, handed_back=True)
    assert failed == Fail(ErrorCode.INVALID_CONTENT, "gone")


@pytest.mark.parametrize("attempt", [5, 6, 60, 5000])
def test_an_outage_of_any_length_never_ends_an_export_and_the_wait_between_attempts_is_bounded(attempt: int) -> None:
    decided = verdict(StoreUnavailable("no answer"), attempt, backoff_s=2.0)
    assert isinstance(decided, Retry)
    assert decided.wait_s <= 300.0


def test_a_shortage_that_another_error_was_raised_for_is_still_a_shortage() -> None:
    error = InvalidContent("the page cannot be read")
    error.__cause__ = MemoryError()
    assert infrastructure_cause(error) == "out_of_memory"


def test_a_missing_object_is_no_fault_of_the_infrastructure_whatever_the_store_raised_for_it() -> None:
    error = ObjectMissing()
    error.__cause__ = FileNotFoundError(errno.ENOENT, "no such file")
    assert infrastructure_cause(error) is None


def test_shortages_of_the_process_are_told_from_outages_of_servers() -> None:
    assert is_shortage(infrastructure_cause(MemoryError()))
    assert not is_shortage(infrastructure_cause(StoreUnavailable()))


def test_an_unexpected_error_fails_the_export_without_telling_its_insides() -> None:
    decided = verdict(KeyError("password=secret"), 1, backoff_s=2.0)
    assert isinstance(decided, Fail)
    assert decided.code == "internal_error"
    assert "secret" not in decided.message
