"""What takes the time of an attempt: its phases, and the members of the package that took longest to write."""

from __future__ import annotations

import heapq
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from shared.domain.attempts import AttemptFacts, SlowObject

_SLOWEST = 5
WORTH_S = 0.05  # a member that took less is not kept


@dataclass(slots=True)
class AttemptRecord:
    """Filled while the attempt runs; `facts` may be read at any time."""

    _phases: dict[str, float] = field(default_factory=dict)
    _slowest: list[tuple[float, int, SlowObject]] = field(default_factory=list)  # a heap, the quickest of them first
    _members: int = 0

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Measure the block, whether it ends well or by an error."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self._phases[name] = round(self._phases.get(name, 0.0) + time.perf_counter() - started, 3)

    def took(self, member: SlowObject) -> None:
        """A member was written, and took at least WORTH_S. Called by the packaging thread."""
        self._members += 1  # keeps members of one duration apart
        heapq.heappush(self._slowest, (member.seconds, self._members, member))
        if len(self._slowest) > _SLOWEST:
            heapq.heappop(self._slowest)

    @property
    def facts(self) -> AttemptFacts:
        """What is known so far."""
        return AttemptFacts(dict(self._phases), [member for *_, member in sorted(self._slowest, reverse=True)])
