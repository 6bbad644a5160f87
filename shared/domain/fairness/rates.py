"""How fast exports are built, measured on those that have finished lately: quantiles of seconds by type, lane and size.

The estimated cost of an export orders the queue; what it really takes is a multiple of that, which the samples give. Where
there are few, usual multiples stand in for them, so that a range is wide before it is narrow.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from statistics import fmean, median, pstdev
from typing import NamedTuple

from msgspec import Struct

_SIZES_S = (0.25, 1.0, 5.0, 25.0, 125.0)  # estimated costs at which another class of sizes begins
_USUAL = (0.1, 0.2, 0.35, 0.5, 0.7, 1.0, 1.4, 2.0, 3.0, 5.0)  # multiples of the cost, before there are samples
_NEAR = (0.4, 0.6, 0.8, 1.0, 1.2, 1.5, 2.0, 2.5)  # multiples of the middle of some samples
_SOME = 5
_ENOUGH = 30  # samples of a class, from which usual multiples are left out
_WAKE_S = (0.0, 0.05, 1.0)  # from a create to its start where a slot is free, before there are samples
_LEAST_EFFICIENCY = 0.5

LOW, MIDDLE, HIGH = 0.05, 0.5, 0.95  # the quantiles of a range that is right nine times of ten


@dataclass(frozen=True, slots=True)
class Sample:
    """An export that one attempt has built; times are seconds since the epoch."""

    cost_s: float
    large: bool
    created_at: float
    started_at: float
    finished_at: float

    @property
    def took_s(self) -> float:
        """Seconds of building."""
        return max(self.finished_at - self.started_at, 0.001)


class Span(Struct, frozen=True):
    """Seconds from now: as expected, and between what they are nine times of ten."""

    expected: float
    earliest: float
    latest: float


@dataclass(frozen=True, slots=True)
class Multiples:
    """What exports of a class take, as sorted multiples of their cost."""

    values: Sequence[float]
    mean: float
    deviation: float
    samples: int  # that they were measured on

    @property
    def doubt(self) -> float:
        """The relative standard error of the mean for what comes: it falls with the samples, and not to nothing."""
        return 0.15 + 0.6 / math.sqrt(self.samples + 1)

    def quantile(self, share: float) -> float:
        """The multiple that so large a share is below; with few samples nearer to their ends."""
        place = share * (len(self.values) + 1) - 1
        below = min(max(math.floor(place), 0), len(self.values) - 1)
        above = min(below + 1, len(self.values) - 1)
        within = min(max(place - below, 0.0), 1.0)
        return self.values[below] + within * (self.values[above] - self.values[below])


class Took(NamedTuple):
    """The seconds that exports of a cost take: on average, the variance of each, and the error of the average."""

    mean: float
    variance: float
    doubt: float


@dataclass(frozen=True)
class Rates:
    """The rates of one export type."""

    samples: Sequence[Sample] = ()
    _classes: dict[tuple[bool, int], Multiples] = field(default_factory=dict, compare=False)
    _took: dict[tuple[float, bool], Took] = field(default_factory=dict, compare=False)
    _built: dict[tuple[float, bool], Span] = field(default_factory=dict, compare=False)

    def multiples(self, cost_s: float, *, large: bool) -> Multiples:
        """Those of the lane and size of such an export; of its lane, or of all, where these have too few samples."""
        key = (large, bisect_right(_SIZES_S, cost_s))
        if key not in self._classes:
            self._classes[key] = self._measured(*key)
        return self._classes[key]

    def _measured(self, large: bool, size: int) -> Multiples:
        lane = [each for each in self.samples if each.large is large]
        same_size = [each for each in lane if bisect_right(_SIZES_S, each.cost_s) == size]
        values = _multiples(
            next((some for some in (same_size, lane) if len(some) >= _ENOUGH), same_size or lane or self.samples)
        )
        count = len(values)
        if count < _ENOUGH:
            middle = median(values) if values else 1.0
            values = sorted([*values, *(middle * each for each in (_USUAL if count < _SOME else _NEAR))])
        return Multiples(values, fmean(values), pstdev(values), count)

    def took_s(self, cost_s: float, *, large: bool) -> Took:
        """The seconds that such an export takes."""
        key = (cost_s, large)
        if key not in self._took:
            multiples = self.multiples(cost_s, large=large)
            mean = cost_s * multiples.mean
            self._took[key] = Took(mean, (cost_s * multiples.deviation) ** 2, mean * multiples.doubt)
        return self._took[key]

    def mean_s(self, cost_s: float, *, large: bool) -> float:
        """The seconds that such an export takes on average."""
        return self.took_s(cost_s, large=large).mean

    def build_s(self, cost_s: float, *, large: bool) -> Span:
        """The seconds that such an export takes."""
        key = (cost_s, large)
        if key not in self._built:
            multiples = self.multiples(cost_s, large=large)
            low, middle, high = (cost_s * multiples.quantile(share) for share in (LOW, MIDDLE, HIGH))
            self._built[key] = Span(middle, low, high)
        return self._built[key]

    def left_s(self, cost_s: float, elapsed_s: float, *, large: bool) -> Span:
        """The seconds that are left of such an export after `elapsed_s`: of those that have taken as long at least."""
        totals = [cost_s * each for each in self.multiples(cost_s, large=large).values]
        longer = totals[bisect_right(totals, elapsed_s) :]
        if len(longer) < len(_WAKE_S):  # longer than nearly all before it: nobody knows, so about as long again
            return Span(0.3 * elapsed_s, 0.0, 2.0 * elapsed_s + cost_s)
        remaining = Multiples([each - elapsed_s for each in longer], 0.0, 0.0, len(longer))
        return Span(*(remaining.quantile(share) for share in (MIDDLE, LOW, HIGH)))

    @cached_property
    def _queued(self) -> list[tuple[Sample, Sample]]:
        """Pairs in the order of their starts, where the second waited already when the first began."""
        ordered = sorted(self.samples, key=lambda each: each.started_at)
        return [(one, after) for one, after in pairwise(ordered) if after.created_at < one.started_at]

    @cached_property
    def idle_s(self) -> float:
        """What passes between the end of an export and the start of the next, where one waits."""
        ends = sorted(each.finished_at for each in self.samples)
        idle = [
            after.started_at - ends[before - 1]
            for _, after in self._queued
            if (before := bisect_right(ends, after.started_at)) and ends[before - 1] > after.created_at
        ]
        return median(idle) if len(idle) >= _ENOUGH else 0.0

    def effective_slots(self, slots: int) -> float:
        """The slots that there are, less their idle time."""
        took = fmean(each.took_s for each in self.samples) if self.samples else 1.0
        return max(slots, 1) * max(took / (took + self.idle_s), _LEAST_EFFICIENCY)

    @cached_property
    def wake_s(self) -> Span:
        """From a create to its start, where a slot is free."""
        queued = {id(after) for _, after in self._queued}
        alone = sorted(each.started_at - each.created_at for each in self.samples if id(each) not in queued)
        if len(alone) < _ENOUGH:
            alone = sorted([*alone, *_WAKE_S])
        waits = Multiples(alone, 0.0, 0.0, len(alone))
        return Span(*(max(waits.quantile(share), 0.0) for share in (MIDDLE, LOW, HIGH)))

    @cached_property
    def mean_multiple(self) -> float:
        """What exports take in all, as a multiple of their cost in all."""
        if not self.samples:
            return self.multiples(1.0, large=False).mean
        return sum(each.took_s for each in self.samples) / sum(each.cost_s for each in self.samples)

    @cached_property
    def mean_cost_s(self) -> float:
        """The estimated cost of an export, on average."""
        return fmean(each.cost_s for each in self.samples) if self.samples else 1.0


def _multiples(samples: Sequence[Sample]) -> list[float]:
    return sorted(each.took_s / each.cost_s for each in samples)
