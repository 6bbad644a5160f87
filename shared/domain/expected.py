"""When an export is expected to start and end, as times of a clock."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec import Struct

from shared.domain.fairness.estimate import Estimate, Place
from shared.domain.fairness.rates import Span


class Moments(Struct, frozen=True):
    """A time as expected, and between what it is nine times of ten."""

    expected: datetime
    earliest: datetime
    latest: datetime


class ExpectedTimes(Struct, frozen=True):
    """What is expected of an export; a time is None where it is unknown, as the place is of one that is being built."""

    place: Place | None = None
    starts: Moments | None = None
    ends: Moments | None = None
    build_s: tuple[float, float, float] | None = None  # of building, before it begins: expected, least, most


def at(now: datetime, estimate: Estimate, build: Span | None = None) -> ExpectedTimes:
    """The times of an estimate that was made now."""
    return ExpectedTimes(
        estimate.place,
        _moments(now, estimate.starts),
        _moments(now, estimate.ends),
        None if build is None else (build.expected, build.earliest, build.latest),
    )


def _moments(now: datetime, span: Span | None) -> Moments | None:
    if span is None:
        return None
    times = (now + timedelta(seconds=each) for each in (span.expected, span.earliest, span.latest))
    return Moments(*times)
