"""Shows progress on stderr: a live bar on a terminal, otherwise a line for each step."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from services.cli.follow import Update

LINE_STEP = 10.0  # percent between two lines where there is no terminal


class View:
    """Shows the progress of one export and of its download, during a `with` block."""

    def __init__(self, title: str, console: Console | None = None) -> None:
        self._title = title
        self._console = console or Console(stderr=True)
        self._bars = Progress(
            TextColumn("{task.fields[title]:<18}"),
            BarColumn(),
            TextColumn("{task.percentage:>5.1f} %"),
            TextColumn("{task.fields[state]}"),
            TimeElapsedColumn(),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._export: TaskID | None = None
        self._download: TaskID | None = None
        self._last = Update("", -LINE_STEP)

    def __enter__(self) -> Self:
        """Start the bars."""
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the bars; their last state stays on the terminal."""
        self._bars.stop()

    def show(self, update: Update) -> None:
        """Show the state and completion of the export."""
        if not self._console.is_terminal:
            self._line(update)
            return
        if self._export is None:
            self._export = self._bars.add_task("", total=100, title=self._title, state=update.state)
        self._bars.update(self._export, completed=update.completion, state=update.state)

    def downloaded(self, size: int, total: int) -> None:
        """Show the number of downloaded bytes."""
        if not self._console.is_terminal:
            return
        if self._download is None:
            self._download = self._bars.add_task("", total=total, title="download", state=_bytes(total))
        self._bars.update(self._download, completed=size)

    def _line(self, update: Update) -> None:
        if update.state != self._last.state or update.completion - self._last.completion >= LINE_STEP:
            print(f"{self._title}: {update.state} {update.completion:.0f} %", file=sys.stderr, flush=True)
            self._last = update


def _bytes(count: int) -> str:
    return f"{count:,} bytes"
