"""How long the workers of a type are busy with what waits: worked out once for a queue, for each place in it."""

from __future__ import annotations

import heapq
import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from operator import mul
from typing import NamedTuple

from shared.domain.fairness.queue_view import Ahead, QueueView, WaitingExport
from shared.domain.fairness.rates import Rates, Took


class Wait(NamedTuple):
    """Until a slot is free."""

    seconds: float
    deviation: float  # of the seconds, by what single exports take
    doubt: float  # their relative error, by what is not known of all


@dataclass(frozen=True, slots=True)
class _Lane:
    """What is being built and what waits, of one lane or of both."""

    slots: int
    places: list[int]  # in the front, of those that wait
    free_s: list[float]  # until a slot is free, after the first so many of them
    work: list[Took]  # in all, before that

    def after(self, place: int) -> int:
        """How many of the lane are before a place of the front."""
        return bisect_left(self.places, place)


class QueueWork:
    """The work of a queue whose type has workers.

    Large exports have all slots but one. A small one waits for its turn among all of them, or among the small ones for a
    slot that large ones may not have: whatever comes first.
    """

    def __init__(self, queue: QueueView, rates: Rates) -> None:
        self._queue = queue
        self._rates = rates
        self.slots = rates.effective_slots(queue.slots)
        self._for_large = max(queue.slots - 1, 1)
        self._all = _lane(queue, rates, (True, False), queue.slots)
        self._large = _lane(queue, rates, (True,), self._for_large)
        self._small: dict[int, _Lane] = {}  # by the slots that large ones leave

    def wait(self, ahead: Ahead, *, large: bool) -> Wait:
        """The wait of an export behind these."""
        wait = self._after(self._all, ahead, ahead.added)
        own = [each for each in ahead.added if each.large is large]
        if large:
            return max(wait, self._after(self._large, ahead, own))
        building = sum(each.large for each in self._queue.building)
        others = building + self._large.after(ahead.front) + len(ahead.added) - len(own)
        free = self._queue.slots - min(others, self._for_large)
        return min(wait, self._after(self._small_lane(free), ahead, own)) if free else wait

    def _small_lane(self, slots: int) -> _Lane:
        if slots not in self._small:
            self._small[slots] = _lane(self._queue, self._rates, (False,), slots)
        return self._small[slots]

    def _after(self, lane: _Lane, ahead: Ahead, added: Sequence[WaitingExport]) -> Wait:
        count = lane.after(ahead.front)
        work = lane.work[count]
        for each in added:
            work = _plus(work, self._rates.took_s(each.cost_s, large=each.large))
        further = work.mean - lane.work[count].mean
        if ahead.further:
            further += self._rates.mean_s(ahead.further_cost_s / ahead.further, large=False) * ahead.further
        if ahead.held_cost_s:
            further += ahead.held_cost_s * self._rates.mean_multiple
        slots = lane.slots * self.slots / self._queue.slots
        return Wait(
            lane.free_s[count] + further / slots, math.sqrt(work.variance) / slots, work.doubt / (work.mean or 1.0)
        )


def _lane(queue: QueueView, rates: Rates, lanes: Sequence[bool], slots: int) -> _Lane:
    building = [each for each in queue.building if each.large in lanes]
    remaining = [rates.left_s(each.cost_s, each.elapsed_s, large=each.large).expected for each in building]
    doubts = [rates.multiples(each.cost_s, large=each.large).doubt for each in building]
    begun = Took(sum(remaining), sum(each**2 for each in remaining) / 3, sum(map(mul, remaining, doubts)))
    places = [place for place, each in enumerate(queue.front) if each.large in lanes]
    coming = [queue.front[place] for place in places]
    work = accumulate((rates.took_s(each.cost_s, large=each.large) for each in coming), _plus, initial=begun)
    return _Lane(slots, places, _free_s(remaining, coming, slots, rates), list(work))


def _plus(one: Took, other: Took) -> Took:
    return Took(one.mean + other.mean, one.variance + other.variance, one.doubt + other.doubt)


def _free_s(remaining: Sequence[float], coming: Sequence[WaitingExport], slots: int, rates: Rates) -> list[float]:
    """When a slot is free after none of these, one, two ...: those in use end one after another, the first of them early."""
    busy = sorted(remaining)[-slots:]
    ends = [2 * each * place / (len(busy) + 1) for place, each in enumerate(busy, 1)]
    free_at = [0.0] * (slots - len(busy)) + ends
    heapq.heapify(free_at)
    idle_s = rates.idle_s
    times = [free_at[0]]
    for each in coming:
        heapq.heapreplace(free_at, free_at[0] + rates.mean_s(each.cost_s, large=each.large) + idle_s)
        times.append(free_at[0])
    return times
