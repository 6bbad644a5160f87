"""The output of the services: all of it to a file for each, warnings and errors to the terminal."""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path
from typing import IO

SHOWN_LEVELS = frozenset({"warning", "error", "critical"})
# Shown in a place of their own, or known from the prefix of the line, so not repeated among the fields.
STANDARD_FIELDS = frozenset({"event", "level", "service", "timestamp", "exception"})


class LogFile:
    """Copies the output of one service until it ends, in a thread of its own."""

    def __init__(self, name: str, path: Path, output: IO[bytes], *, quiet: bool) -> None:
        self._name, self._path, self._output, self._quiet = name, path, output, quiet
        self._thread = threading.Thread(target=self._follow, name=f"log of {name}", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Wait until the last line has been written."""
        self._thread.join(timeout=5)

    def _follow(self) -> None:
        with self._path.open("ab", buffering=0) as file:
            for line in self._output:
                file.write(line)
                shown = None if self._quiet else terminal_line(line.decode(errors="replace").rstrip())
                if shown is not None:
                    print(f"{self._name:>9} | {shown}", file=sys.stderr, flush=True)


def terminal_line(line: str) -> str | None:
    """The text that a person at the terminal sees for a line of a log; None for a routine event.

    A line that is no JSON event, such as one of a traceback, is shown unchanged.
    """
    try:
        event = json.loads(line)
    except ValueError:
        return line or None
    if not isinstance(event, dict):
        return line
    if event.get("level") not in SHOWN_LEVELS:
        return None
    fields = " ".join(f"{name}={value}" for name, value in event.items() if name not in STANDARD_FIELDS)
    return " ".join(filter(None, [event["level"], str(event.get("event", "")), fields, event.get("exception", "")]))
