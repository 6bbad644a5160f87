"""The fair queue of one export type in memory: what the statements of the database must do, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from shared.domain.fairness.fair_turns import QueueLimits, turns
from shared.domain.fairness.priority import Priority

Flow = tuple[int, Priority]  # owner, priority


@dataclass(eq=False)
class Queued:
    """An export."""

    number: int  # in the order of creation
    flow: Flow
    cost: float
    turn: float
    large: bool
    held: bool

    @property
    def charge(self) -> float:
        return self.cost / self.flow[1].weight


@dataclass
class FairQueue:
    """Exports are created, claimed and ended, in any order of steps."""

    limits: QueueLimits = field(default_factory=QueueLimits)
    slots: int = 2  # of living workers
    now: float = 0.0
    ends: dict[Flow, float] = field(default_factory=dict)
    waiting: list[Queued] = field(default_factory=list)
    in_flight: list[Queued] = field(default_factory=list)
    created: int = 0

    def create(self, flow: Flow, costs: Sequence[float]) -> list[Queued]:
        """The exports that one statement creates for a flow."""
        begins, self.ends[flow] = turns(self.now, self.ends.get(flow, 0.0), [cost / flow[1].weight for cost in costs])
        added = []
        for cost, turn in zip(costs, begins, strict=True):
            self.created += 1
            held = self.open_of(flow) >= self.limits.most_open
            added.append(Queued(self.created, flow, cost, turn, cost >= self.limits.large_s, held))
            self.waiting.append(added[-1])
        return added

    def claim(self) -> Queued | None:
        """The export whose turn it is."""
        has_room = sum(each.large for each in self.in_flight) < max(self.slots - 1, 1)
        ready = [each for each in self.waiting if not each.held and (has_room or not each.large)]
        if not ready:
            return None
        claimed = min(ready, key=lambda each: (each.turn, each.number))
        self.waiting.remove(claimed)
        self.in_flight.append(claimed)
        self.now = max(self.now, claimed.turn)
        return claimed

    def end(self, export: Queued) -> None:
        """An export that was open ends, claimed or not."""
        (self.in_flight if export in self.in_flight else self.waiting).remove(export)
        held = [each for each in self.waiting if each.held and each.flow == export.flow]
        if held and not export.held:
            min(held, key=lambda each: (each.turn, each.number)).held = False

    def open_of(self, flow: Flow) -> int:
        """How many exports of a flow are unfinished and not held back."""
        return sum(each.flow == flow and not each.held for each in (*self.waiting, *self.in_flight))
