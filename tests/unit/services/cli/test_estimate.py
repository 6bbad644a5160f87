"""The estimate of an export, as people read it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from services.cli.estimate import read_estimate


def test_an_export_that_has_ended_has_no_estimate() -> None:
    assert read_estimate(None) is None
    assert read_estimate({}) is None


def test_a_waiting_export_has_its_place_and_two_times() -> None:
    ends, latest = datetime.now(UTC), datetime.now(UTC) + timedelta(microseconds=1)
    estimate = read_estimate({"place": 12, "ends_at": ends.isoformat(), "ends_latest": latest.isoformat()})
    clock, by = ends.astimezone(), latest.astimezone()
    assert str(estimate) == f"place 12, ends about {clock:%H:%M:%S}, by {by:%H:%M:%S} most probably"


def test_a_time_of_another_day_has_its_day() -> None:
    estimate = read_estimate({"ends_at": "2020-01-05T12:00:00.000Z"})
    assert str(estimate).startswith("ends about 2020-01-0")


def test_without_workers_there_is_a_place_alone() -> None:
    assert str(read_estimate({"place": 3, "place_lowest": 3, "place_highest": 3})) == "place 3"
