"""The queue of an export type at one moment, as far as estimates need it: its front exactly, the rest by samples."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

FRONT = 500  # waiting exports that are read one by one
ARRIVING_S = 15.0  # how far back creates are counted, for what is still to come
STRETCHES = 16  # places behind the front at which samples are taken
STRETCH = 64  # exports of such a sample


class WaitingExport(NamedTuple):
    """An export that waits, in the order of the queue."""

    turn: float
    id: int
    cost_s: float
    large: bool


Flow = tuple[int | None, str]  # an owner, a priority


class Backlog(NamedTuple):
    """What a flow has beyond those that it may have in flight: it becomes part of the queue as they end."""

    first_turn: float
    end_turn: float  # where the last one ends
    weight: float

    def cost_before(self, turn: float) -> float:
        """The cost of those that begin before a turn."""
        return max(0.0, min(turn, self.end_turn) - self.first_turn) * self.weight


class BuildingExport(NamedTuple):
    """An export that is being built."""

    elapsed_s: float
    cost_s: float
    large: bool


class Ahead(NamedTuple):
    """What is before an export in the queue."""

    front: int  # of the exports of the front, the first so many
    added: Sequence[WaitingExport] = ()
    further: float = 0.0  # how many more there are, about
    further_cost_s: float = 0.0  # their cost in all, about
    held_cost_s: float = 0.0  # of those that are held back now


@dataclass(slots=True)
class QueueView:
    """`front` is in the order of the queue. `stretches` are samples of what is behind it, each in that order."""

    slots: int  # of living workers
    clock: float = 0.0  # the turn of the export that was claimed last
    building: Sequence[BuildingExport] = ()
    front: Sequence[WaitingExport] = ()
    stretches: Sequence[Sequence[WaitingExport]] = ()
    last: WaitingExport | None = None  # of the whole queue
    backlogs: Sequence[Backlog] = ()
    arriving: Mapping[Flow, float] = field(default_factory=dict)  # the cost that was created a second, lately
    added: list[WaitingExport] = field(default_factory=list)  # since it was read

    def add(self, export: WaitingExport) -> None:
        """An export that was created since."""
        insort(self.added, export)

    def arriving_in_others(self, flow: Flow | None) -> float:
        """The cost that was created a second in other flows, lately."""
        return sum(cost for each, cost in self.arriving.items() if each != flow)

    def ahead_of(self, turn: float, export_id: int) -> Ahead:
        """What is before the place of an export."""
        place = bisect_left(self.front, (turn, export_id))
        added = self.added[: bisect_left(self.added, (turn, export_id))]
        held = sum(each.cost_before(turn) for each in self.backlogs)
        if place < len(self.front) or self.last is None or self.last <= self.front[-1]:
            return Ahead(place, added, held_cost_s=held)
        return Ahead(place, added, *self._further(turn, export_id), held)

    def _further(self, turn: float, export_id: int) -> tuple[float, float]:
        """(exports, their cost in all) between the front and a place behind it, as dense as the samples are."""
        begin = self.front[-1]
        if turn <= begin.turn or not self.stretches:  # all of one turn: these are in the order of their ids
            count = max(min(export_id - 1, self._newest()) - begin.id, 0) * self._by_ids()
            return count, count * _mean_cost(self.front)
        count = cost_s = 0.0
        for one, end in zip(self.stretches, [*(each[0].turn for each in self.stretches[1:]), turn], strict=True):
            span = min(end, turn) - one[0].turn
            if span <= 0:
                break
            rows = max(len(one), span * _density(one)) if len(one) == STRETCH else len(one)
            count, cost_s = count + rows, cost_s + rows * _mean_cost(one)
        return count, cost_s

    def _newest(self) -> int:
        """The highest id that was read: an export that is yet to be created is behind it."""
        read = (self.front, *self.stretches, [] if self.last is None else [self.last])
        return max(each.id for part in read for each in part)

    def _by_ids(self) -> float:
        """How many of the ids of the front wait there."""
        ids = [each.id for each in self.front]
        return len(ids) / (max(ids) - min(ids) + 1)


def _density(rows: Sequence[WaitingExport]) -> float:
    """Exports for each unit of turns."""
    span = rows[-1].turn - rows[0].turn
    return (len(rows) - 1) / span if span > 0 else 0.0


def _mean_cost(rows: Sequence[WaitingExport]) -> float:
    return sum(each.cost_s for each in rows) / len(rows)
