"""Whether a process that has ended is started again."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

MOST = 5  # ends of a process within the time; more will not get better by themselves
WITHIN_S = 60.0
WRONG_SETTING = 78  # EX_CONFIG of sysexits.h: the same settings are wrong the next time


@dataclass(slots=True)
class Restarts:
    """The ends of each process, by its name."""

    _ends: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def allowed(self, name: str, code: int | None, now: float) -> bool:
        """Whether to start it again, after an end with this exit code; `now` is of a monotonic clock."""
        self._ends[name] = [each for each in self._ends[name] if now - each < WITHIN_S] + [now]
        return code != WRONG_SETTING and len(self._ends[name]) <= MOST
