"""A fair queue with workers in simulated time: exports come, are built in times that differ, and each end is known."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random

from shared.domain.fairness.estimate import Estimate, Estimates, QueuedExport
from shared.domain.fairness.queue_view import ARRIVING_S, Backlog, BuildingExport, QueueView, WaitingExport
from shared.domain.fairness.rates import Rates, Sample
from tests.support.fair_queue_simulation import FairQueue, Flow, Queued

_SAMPLES = 256
_MEASURED_EVERY = 16  # exports that have finished
_WAKE_S = 0.02  # from the end of an export to the start of the next


@dataclass
class History:
    """What became of an export, and what was expected of it on the way."""

    created_at: float
    started_at: float = 0.0
    finished_at: float = 0.0
    expected: list[tuple[float, Estimate]] = field(default_factory=list)  # when it was estimated


@dataclass
class BuiltQueue:
    """`multiple` gives what an export takes, as a multiple of its cost."""

    queue: FairQueue
    random: Random
    multiple: Callable[[Random], float]
    now: float = 0.0
    histories: dict[int, History] = field(default_factory=dict)
    _ends: list[tuple[float, int, Queued]] = field(default_factory=list)
    _finished: list[Sample] = field(default_factory=list)
    _measured: int = 0
    _last_rates: Rates = field(default_factory=Rates)
    _arrived: list[tuple[float, tuple[int | None, str], float]] = field(default_factory=list)  # when, flow, cost

    def run(self, arrivals: Iterator[tuple[float, Flow, list[float]]], *, looks: float) -> None:
        """Let all exports of (time, flow, costs) come and end; estimated are each at its create, and any after a share of events."""
        coming = next(arrivals, None)
        while coming is not None or self._ends:
            if coming is not None and (not self._ends or coming[0] <= self._ends[0][0]):
                self.now = coming[0]
                estimates = self._estimates()
                for each in self.queue.create(coming[1], coming[2]):
                    self.histories[each.number] = History(self.now)
                    self._arrived.append((self.now, (each.flow[0], each.flow[1].value), each.cost))
                    self._look(each, estimates)
                    estimates.add(self._queued(each))
                coming = next(arrivals, None)
            else:
                self._end()
            self._claim()
            unfinished = [*self.queue.waiting, *self.queue.in_flight]
            if unfinished and self.random.random() < looks:
                self._look(self.random.choice(unfinished), self._estimates())

    def _end(self) -> None:
        self.now, _, ended = heapq.heappop(self._ends)
        self.queue.end(ended)
        history = self.histories[ended.number]
        history.finished_at = self.now
        self._finished.append(Sample(ended.cost, ended.large, history.created_at, history.started_at, self.now))

    def _claim(self) -> None:
        while len(self.queue.in_flight) < self.queue.slots and (claimed := self.queue.claim()):
            began = self.now + _WAKE_S * self.random.random()
            self.histories[claimed.number].started_at = began
            took = claimed.cost * self.multiple(self.random)
            heapq.heappush(self._ends, (began + took, claimed.number, claimed))

    def _look(self, each: Queued, estimates: Estimates) -> None:
        history = self.histories[each.number]
        if each in self.queue.in_flight:
            elapsed_s = max(0.0, self.now - history.started_at)
            estimate = estimates.of_building(each.cost, elapsed_s, 0.0, large=each.large)
        else:
            estimate = estimates.of_waiting(self._queued(each))
        history.expected.append((self.now, estimate))

    def _queued(self, each: Queued) -> QueuedExport:
        weight, most = each.flow[1].weight, self.queue.limits.per_owner
        return QueuedExport(
            each.number, each.turn, each.cost, (each.flow[0], each.flow[1].value), each.large, each.held, weight, most
        )

    def _estimates(self) -> Estimates:
        return Estimates(self.view(), self._rates())

    def _rates(self) -> Rates:
        if len(self._finished) - self._measured >= _MEASURED_EVERY or not self._measured:
            self._measured, self._last_rates = len(self._finished), Rates(self._finished[-_SAMPLES:])
        return self._last_rates

    def view(self) -> QueueView:
        """The queue as the database would show it."""
        front = [
            WaitingExport(each.turn, each.number, each.cost, each.large) for each in self.queue.waiting if not each.held
        ]
        building = [
            BuildingExport(max(0.0, self.now - self.histories[each.number].started_at), each.cost, each.large)
            for each in self.queue.in_flight
        ]
        arriving: dict[tuple[int | None, str], float] = {}
        for at, flow, cost in self._arrived:
            if at > self.now - ARRIVING_S:
                arriving[flow] = arriving.get(flow, 0.0) + cost / ARRIVING_S
        return QueueView(
            self.queue.slots, self.queue.now, building, sorted(front), backlogs=self._backlogs(), arriving=arriving
        )

    def _backlogs(self) -> list[Backlog]:
        first: dict[Flow, float] = {}
        for each in self.queue.waiting:
            if each.held:
                first[each.flow] = min(each.turn, first.get(each.flow, each.turn))
        return [Backlog(turn, self.queue.ends[flow], flow[1].weight) for flow, turn in first.items()]

    def within(self) -> list[bool]:
        """For each estimate of an end, whether the end was in its range."""
        return [
            estimate.ends.earliest <= history.finished_at - at <= estimate.ends.latest
            for history in self.histories.values()
            for at, estimate in history.expected
            if estimate.ends is not None
        ]
