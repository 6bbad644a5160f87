"""Charts of columns, as positions for an SVG: what is drawn where, without a colour or a word."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

_LEFT, _RIGHT, _TOP, _BOTTOM = 48.0, 8.0, 22.0, 26.0  # room for the axis, and for labels above and below
_GAP = 0.3  # of the width of a column


@dataclass(frozen=True, slots=True)
class ColumnValues:
    """What a column shows: parts that stand on one another from below, and a mark at a height of its own."""

    label: str
    parts: tuple[float, ...]
    mark: float | None = None

    @property
    def top(self) -> float:
        """The highest value in it."""
        return max(sum(self.parts), self.mark or 0.0)


@dataclass(frozen=True, slots=True)
class ColumnPart:
    """A rectangle of a column; `place` counts the parts from 0, the lowest."""

    place: int
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Column:
    """A column. `top` is the y of its highest value, `mark` that of its mark."""

    label: str
    x: float
    width: float
    parts: tuple[ColumnPart, ...]
    top: float
    mark: float | None

    @property
    def middle(self) -> float:
        """The x of its middle."""
        return round(self.x + self.width / 2, 1)


@dataclass(frozen=True, slots=True)
class Chart:
    """All columns from left to right, and the lines of the axis: (y, value), the lowest first."""

    width: float
    height: float
    left: float
    right: float
    baseline: float
    columns: tuple[Column, ...]
    lines: tuple[tuple[float, float], ...]


def chart_of(values: Sequence[ColumnValues], width: float, height: float) -> Chart:
    """The chart of these columns, in a picture of this size. y grows downwards, as in SVG."""
    highest = axis_top(max((each.top for each in values), default=0.0))
    baseline, room = height - _BOTTOM, height - _BOTTOM - _TOP
    step = (width - _LEFT - _RIGHT) / max(len(values), 1)

    def y_of(value: float) -> float:
        return round(baseline - room * value / highest, 1)

    def column(place: int, each: ColumnValues) -> Column:
        parts, below = [], 0.0
        for number, value in enumerate(each.parts):
            y = y_of(below + value)
            parts.append(ColumnPart(number, y, round(y_of(below) - y, 1)))
            below += value
        x = round(_LEFT + step * (place + _GAP / 2), 1)
        mark = None if each.mark is None else y_of(each.mark)
        return Column(each.label, x, round(step * (1 - _GAP), 1), tuple(parts), y_of(each.top), mark)

    return Chart(
        width=width,
        height=height,
        left=_LEFT,
        right=width - _RIGHT,
        baseline=baseline,
        columns=tuple(column(place, each) for place, each in enumerate(values)),
        lines=tuple((y_of(value), value) for value in (0.0, highest / 2, highest)),
    )


def axis_top(highest: float) -> float:
    """The end of the axis: the next of 2, 4, 10, 20, 40, 100 ... that is no smaller; 2 for what is nothing."""
    if highest <= 2:
        return 2.0
    power = 10.0 ** math.floor(math.log10(highest))
    return next(factor * power for factor in (1.0, 2.0, 4.0, 10.0) if factor * power >= highest)
