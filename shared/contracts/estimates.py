"""When an export is expected to start and end, as API, events and the table of exports have it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from msgspec import UNSET, Struct

from shared.contracts.estimate_body import EstimateBody
from shared.domain.expected import ExpectedTimes, Moments
from shared.domain.fairness.estimate import Place


class StoredEstimate(Struct, frozen=True, omit_defaults=True):
    """What was expected of an export when it was requested: its first events have it."""

    estimate: EstimateBody
    build_s: tuple[float, float, float] | None = None  # seconds of building: expected, least, most


def estimate_json(times: ExpectedTimes) -> EstimateBody:
    """An estimate; what is unknown is absent."""
    place = times.place
    return EstimateBody(
        place=UNSET if place is None else place.expected,
        place_lowest=UNSET if place is None else place.lowest,
        place_highest=UNSET if place is None else place.highest,
        **_moments("starts", times.starts),
        **_moments("ends", times.ends),
    )


def estimate_or_unset(times: ExpectedTimes | None) -> Any:
    """The same; absent where nothing is known."""
    return UNSET if times is None else estimate_json(times)


def times_of(estimate: EstimateBody) -> ExpectedTimes:
    """The times of an estimate; `estimate_json` of them is the same estimate."""
    place = None
    if isinstance(estimate.place, int):
        lowest, highest = estimate.place_lowest or estimate.place, estimate.place_highest or estimate.place
        place = Place(estimate.place, lowest, highest)
    return ExpectedTimes(place, _read(estimate, "starts"), _read(estimate, "ends"))


def _read(estimate: EstimateBody, what: str) -> Moments | None:
    times = [getattr(estimate, f"{what}_{each}") for each in ("at", "earliest", "latest")]
    return None if UNSET in times else Moments(*map(datetime.fromisoformat, times))


def _moments(what: str, times: Moments | None) -> dict[str, str]:
    if times is None:
        return {}
    return {
        f"{what}_at": _instant(times.expected),
        f"{what}_earliest": _instant(times.earliest),
        f"{what}_latest": _instant(times.latest),
    }


def _instant(time: datetime) -> str:
    """ISO 8601 in UTC with milliseconds."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
