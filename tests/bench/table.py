"""What every benchmark gives: lines of one table, each with its ratio to a bare limit of the same run."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Line:
    """A figure. `ratio` is to the limit that `beside` names, measured in the same run; None where there is none."""

    what: str
    figure: float  # a median, unless `what` says otherwise
    unit: str
    beside: str = ""
    ratio: float | None = None
    aim: str = ""


def markdown(lines: Iterable[Line]) -> str:
    """The table as README.md beside it has it."""
    rows = ["| what | median | unit | beside | ratio | aim |", "| --- | ---: | --- | --- | ---: | --- |"]
    for line in lines:
        ratio = "" if line.ratio is None else f"{line.ratio:.2f}"
        rows.append(f"| {line.what} | {_figure(line.figure)} | {line.unit} | {line.beside} | {ratio} | {line.aim} |")
    return "\n".join(rows)


def machine() -> str:
    """What the figures were measured on."""
    cpu = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    cores = len([line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("processor")])
    return f"{cores} cores of {cpu}, Python {platform.python_version()}, {platform.system()}"


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
