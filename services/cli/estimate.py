"""The estimate of an export, for people: its place, and when it is expected to end, by the clock of this machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class ShownEstimate:
    """What is expected of an export that has not ended; None: unknown."""

    place: int | None
    ends_at: datetime | None
    ends_latest: datetime | None

    def __str__(self) -> str:
        """`place 12, ends about 14:03:10, by 14:05:40 most probably`; empty where nothing is known."""
        parts = [] if self.place is None else [f"place {self.place}"]
        if self.ends_at is not None:
            parts.append(f"ends about {_clock(self.ends_at)}")
        if self.ends_at is not None and self.ends_latest is not None:
            parts.append(f"by {_clock(self.ends_latest)} most probably")
        return ", ".join(parts)


def read_estimate(shown: Mapping[str, Any] | None) -> ShownEstimate | None:
    """The `estimate` of an export, of its progress or of an event; None where it is missing."""
    if not shown:
        return None
    times = (
        None if shown.get(name) is None else datetime.fromisoformat(shown[name]) for name in ("ends_at", "ends_latest")
    )
    return ShownEstimate(shown.get("place"), *times)


def _clock(time: datetime) -> str:
    """The time of the day, in this machine's zone; with the day where that is not today."""
    local = time.astimezone()
    today = local.date() == datetime.now().astimezone().date()
    return local.strftime("%H:%M:%S" if today else "%Y-%m-%d %H:%M:%S")
