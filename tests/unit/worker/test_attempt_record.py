"""What is kept of the time that an attempt takes."""

from __future__ import annotations

import pytest

from shared.domain.attempts import SlowObject
from shared.worker.attempt_record import AttemptRecord


def test_only_the_slowest_members_are_kept_the_slowest_first() -> None:
    record = AttemptRecord()
    for number in (3, 9, 1, 7, 5, 8, 2):
        record.took(SlowObject(f"{number}.html", float(number)))
    assert [each.path for each in record.facts.slowest] == ["9.html", "8.html", "7.html", "5.html", "3.html"]


def test_members_that_took_equally_long_are_kept_as_well() -> None:
    record = AttemptRecord()
    for number in range(6):
        record.took(SlowObject(f"{number}.html", 1.0, "pages", number, None))
    assert len(record.facts.slowest) == 5


def test_a_phase_that_ends_by_an_error_is_measured_too_and_one_that_is_repeated_is_added_up() -> None:
    record = AttemptRecord()
    for _ in range(2):
        with pytest.raises(MemoryError), record.phase("pack"):
            raise MemoryError
    assert set(record.facts.phases) == {"pack"}
    assert record.facts.phases["pack"] >= 0
