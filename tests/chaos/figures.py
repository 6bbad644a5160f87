"""The figures of runs: a row for each kind of fault, and percentiles of recovery."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field


@dataclass
class Row:
    """A row of the table. `recoveries` are seconds, one of each run of the fault; None: not counted by this run."""

    fault: str
    exports: int | None = None
    lost: int | None = None
    doubled: int | None = None
    recoveries: list[float] = field(default_factory=list)
    runs: int = 0
    failed: int = 0  # runs after which something did not hold


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the values does not exceed (nearest rank). Raises for no values."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def markdown(rows: Iterable[Row]) -> str:
    """The table as README.md beside it has it."""
    lines = [
        "| fault | runs | failed | exports | lost | doubled | recovery p50 | p99 |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for row in rows:
        counts = ("" if count is None else f"{count:,}" for count in (row.exports, row.lost, row.doubled))
        p50, p99 = (f"{percentile(row.recoveries, share):.1f} s" if row.recoveries else "" for share in (0.5, 0.99))
        lines.append(f"| {' | '.join([row.fault, str(row.runs), str(row.failed), *counts, p50, p99])} |")
    return "\n".join(lines)
