"""What follows from an error, as a table."""

import pytest

from shared.domain.errors import Fenced, InvalidContent, NothingSelected, StoreUnavailable
from shared.worker.verdict import Fail, Leave, Retry, verdict


@pytest.mark.parametrize(
    ("error", "attempt", "expected"),
    [
        (Fenced(), 1, Leave()),
        (Fenced(), 5, Leave()),
        (StoreUnavailable("no answer"), 1, Retry(2.0)),
        (StoreUnavailable("no answer"), 2, Retry(4.0)),
        (StoreUnavailable("no answer"), 4, Retry(16.0)),
        (StoreUnavailable("no answer"), 5, Fail("store_unavailable", "no answer It was tried 5 times.")),
        (NothingSelected("nothing"), 1, Fail("nothing_selected", "nothing")),
        (InvalidContent("gone"), 1, Fail("invalid_content", "gone")),
    ],
)
def test_infrastructure_faults_are_retried_with_back_off_and_then_fail_with_a_reason(
    error: Exception, attempt: int, expected: object
) -> None:
    assert verdict(error, attempt, max_attempts=5, backoff_s=2.0) == expected


def test_an_unexpected_error_fails_the_export_without_telling_its_insides() -> None:
    decided = verdict(KeyError("password=secret"), 1, max_attempts=5, backoff_s=2.0)
    assert isinstance(decided, Fail)
    assert decided.code == "internal_error"
    assert "secret" not in decided.message


def test_the_wait_between_attempts_is_bounded() -> None:
    assert verdict(StoreUnavailable(), 60, max_attempts=100, backoff_s=2.0) == Retry(300.0)
