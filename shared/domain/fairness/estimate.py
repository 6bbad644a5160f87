"""When an export will start and end: its place in the queue, the work before it, and how fast such work has been done.

The work before an export is shared by the slots of living workers. Small exports pass large ones that have all the slots
that large ones may have; an export whose owner has the most in flight waits for those. Each time is a range that holds nine
times of ten: what single exports take differs, as far as the samples do, and the rates themselves may change meanwhile.
"""

from __future__ import annotations

import math

from msgspec import Struct

from shared.domain.fairness.queue_view import Ahead, Flow, QueueView, WaitingExport
from shared.domain.fairness.queue_work import QueueWork
from shared.domain.fairness.rates import Rates, Span

_DEVIATIONS = 1.645  # of a normal distribution, on each side of nine tenths
_OVERTAKEN = 0.05  # what nobody foresees makes it later rather than earlier
_MOST_OVERTAKEN = 0.8  # of the work that is done meanwhile, what may be of others who come later
_FURTHER = 0.4  # the relative error of the number of exports behind the front
_LOWEST, _HIGHEST = (math.exp(sign * _DEVIATIONS * _FURTHER) for sign in (-1, 1))  # of that number, as multiples
_HELD = 0.2  # what an owner's other exports in flight add to the doubt
_ENOUGH_DONE = 5.0  # percent from which completion says something about the rest


class QueuedExport(Struct, frozen=True):
    """An export, as far as its turn is concerned."""

    id: int
    turn: float
    cost_s: float
    flow: Flow | None = None
    large: bool = False
    held: bool = False  # behind others of its owner
    weight: float = 1.0
    most_open: int = 0  # exports of the owner that may be in flight; 0: any number


class Place(Struct, frozen=True):
    """The place in the queue, from 1; a range where the queue is too long to be counted."""

    expected: int
    lowest: int
    highest: int


class Estimate(Struct, frozen=True):
    """What is expected; the times are unknown while no worker of the type is alive, and there is no place once it is built."""

    place: Place | None = None
    starts: Span | None = None
    ends: Span | None = None


class Estimates:
    """The estimates of exports of one type, by its queue and its rates of one moment."""

    def __init__(self, queue: QueueView, rates: Rates) -> None:
        self._queue = queue
        self._rates = rates
        self._work = QueueWork(queue, rates) if queue.slots else None

    def add(self, export: QueuedExport) -> None:
        """An export that was created since: it is before those of later turns."""
        self._queue.add(WaitingExport(export.turn, export.id, export.cost_s, export.large))

    def of_waiting(self, export: QueuedExport, age_s: float = 0.0) -> Estimate:
        """The estimate of an export that no worker has taken yet, so many seconds after the queue was read."""
        ahead = self._queue.ahead_of(export.turn, export.id)
        place = self._place(export, ahead)
        if self._work is None:
            return Estimate(place)
        wait, wake = self._wait(export, ahead, self._work), self._rates.wake_s
        starts = Span(
            max(0.0, wait.expected - age_s) + wake.expected,
            max(0.0, wait.earliest - age_s) + wake.earliest,
            max(0.0, wait.latest - age_s) + wake.latest,
        )
        return Estimate(place, starts, _after(starts, self._rates.build_s(export.cost_s, large=export.large)))

    def of_building(self, cost_s: float, elapsed_s: float, completion: float, *, large: bool) -> Estimate:
        """The estimate of an export that is being built, and is `completion` percent done."""
        return of_building(cost_s, elapsed_s, completion, self._rates, large=large)

    def _place(self, export: QueuedExport, ahead: Ahead) -> Place:
        counted = ahead.front + len(ahead.added) + 1
        own = self._own_s(export) / export.cost_s if export.held else 0.0
        further = max(ahead.further + ahead.held_cost_s / self._rates.mean_cost_s, own)
        return Place(counted + round(further), counted + round(further * _LOWEST), counted + round(further * _HIGHEST))

    def _own_s(self, export: QueuedExport) -> float:
        """The cost of the owner's exports before this one: where its turn is, they begin at the clock."""
        return max(0.0, export.turn - self._queue.clock) * export.weight

    def _wait(self, export: QueuedExport, ahead: Ahead, work: QueueWork) -> Span:
        """Until a slot is free for it."""
        wait, deviation, doubt = work.wait(ahead, large=export.large)
        doubt += _FURTHER if ahead.further else 0.0
        if export.held:
            own, took = self._own_s(export) / export.cost_s, self._rates.took_s(export.cost_s, large=export.large)
            slots = min(export.most_open or self._queue.slots, work.slots)
            wait = max(wait, own * took.mean / slots)
            deviation = max(deviation, math.sqrt(own * took.variance) / slots)
            doubt += _HELD
        chance = _DEVIATIONS * deviation if wait else 0.0
        overtaken = self._overtaken(export) / work.slots
        return Span(
            wait / (1 - min(overtaken / 2, _MOST_OVERTAKEN)),
            max(0.0, wait * math.exp(-_DEVIATIONS * doubt) - chance),
            wait / (1 - min(overtaken, _MOST_OVERTAKEN)) * math.exp(_DEVIATIONS * (doubt + _OVERTAKEN)) + chance,
        )

    def _overtaken(self, export: QueuedExport) -> float:
        """Seconds of work a second, of others who come later and have an earlier turn: the more, the later its turn is."""
        after = max(0.0, export.turn - self._queue.clock)
        work = self._queue.arriving_in_others(export.flow) * self._rates.mean_s(1.0, large=False)
        return work * after / (after + self._rates.mean_cost_s)


def of_building(cost_s: float, elapsed_s: float, completion: float, rates: Rates, *, large: bool) -> Estimate:
    """The estimate of an export that is being built, and is `completion` percent done."""
    remaining = rates.left_s(cost_s, elapsed_s, large=large)
    if completion < _ENOUGH_DONE:
        return Estimate(ends=remaining)
    share, even = completion / 100, elapsed_s * (100 - completion) / completion
    expected = (1 - share) * remaining.expected + share * even
    narrowed = 1 - share / 2  # the last part is not as even as the others
    return Estimate(
        ends=Span(
            expected,
            max(0.0, expected - narrowed * max(expected - remaining.earliest, 0.5 * expected)),
            expected + narrowed * max(remaining.latest - expected, expected),
        )
    )


def _after(starts: Span, build: Span) -> Span:
    """The end of what starts then: both are uncertain, each for itself."""
    expected = starts.expected + build.expected
    early = math.hypot(starts.expected - starts.earliest, build.expected - build.earliest)
    late = math.hypot(starts.latest - starts.expected, build.latest - build.expected)
    return Span(expected, max(0.0, expected - early), expected + late)
