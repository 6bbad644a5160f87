"""Shows progress on stderr: a live bar on a terminal, otherwise a line for each step."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, TaskID, TextColumn, TimeElapsedColumn

from services.cli.follow import Update

LINE_STEP = 10.0  # percent between two lines where there is no terminal


class Bars:
    """Bars on stderr during a `with` block; without a terminal there are none."""

    def __init__(self, *columns: ProgressColumn, quiet: bool) -> None:
        console = Console(stderr=True)
        self._quiet = quiet
        self._is_terminal = console.is_terminal
        self._bars = Progress(*columns, TimeElapsedColumn(), console=console, disable=quiet or not self._is_terminal)

    def __enter__(self) -> Self:
        """Start the bars."""
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the bars; their last state stays on the terminal."""
        self._bars.stop()


class View(Bars):
    """Shows the progress of one export and of its download."""

    def __init__(self, title: str, *, quiet: bool = False) -> None:
        columns = (
            TextColumn("{task.fields[title]:<18}"),
            BarColumn(),
            TextColumn("{task.percentage:>5.1f} %"),
            TextColumn("{task.fields[state]}"),
        )
        super().__init__(*columns, quiet=quiet)
        self._title = title
        self._export: TaskID | None = None
        self._download: TaskID | None = None
        self._last = Update("", -LINE_STEP)

    def show(self, update: Update) -> None:
        """Show the state and completion of the export."""
        if not self._is_terminal:
            self._line(update)
            return
        if self._export is None:
            self._export = self._bars.add_task("", total=100, title=self._title, state=update.state)
        self._bars.update(self._export, completed=update.completion, state=_state(update))

    def downloaded(self, size: int, total: int) -> None:
        """Show the number of downloaded bytes."""
        if not self._is_terminal:
            return
        if self._download is None:
            self._download = self._bars.add_task("", total=total, title="download", state=_bytes(total))
        self._bars.update(self._download, completed=size)

    def _line(self, update: Update) -> None:
        if self._quiet:
            return
        if update.state != self._last.state or update.completion - self._last.completion >= LINE_STEP:
            expected = f", {update.estimate}" if str(update.estimate or "") else ""
            line = f"{self._title}: {update.state} {update.completion:.0f} %{expected}"
            print(line, file=sys.stderr, flush=True)
            self._last = update


class LoadView(Bars):
    """Shows the steps of a load: a bar for each, or a line without a terminal."""

    def __init__(self, *, quiet: bool = False) -> None:
        completed = TextColumn("{task.completed:,.0f} of {task.total:,.0f}")
        super().__init__(TextColumn("{task.description:<18}"), BarColumn(), completed, quiet=quiet)
        self._tasks: dict[str, TaskID] = {}
        self._shown: dict[str, float] = {}  # percent at the last line of a step

    def show(self, step: str, done: int, total: int) -> None:
        """Show how far a step is. May be called from any thread."""
        if self._is_terminal:
            if step not in self._tasks:
                self._tasks[step] = self._bars.add_task(step, total=total)
            self._bars.update(self._tasks[step], completed=done)
            return
        # Without a terminal, such as in a log of CI: a line for each tenth.
        percent = 100 * done / total if total else 100.0
        if not self._quiet and percent - self._shown.get(step, -LINE_STEP) >= LINE_STEP:
            print(f"{step}: {done:,} of {total:,}", file=sys.stderr, flush=True)
            self._shown[step] = percent


def _state(update: Update) -> str:
    expected = str(update.estimate or "")
    return f"{update.state}, {expected}" if expected else update.state


def _bytes(count: int) -> str:
    return f"{count:,} bytes"
