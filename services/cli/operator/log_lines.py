"""The lines of structured logs that are about one export."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TextIO

from services.cli.output import printable

_FIRST = ("timestamp", "level", "service", "event")  # the fields that begin a line for people
_IDS = ("export_id", "content_export_id")


@dataclass(frozen=True, slots=True)
class LineFilter:
    """The lines with the id of the export, of its request, or of its trace."""

    export_id: int
    request_id: str | None
    trace_id: str | None

    def fields(self, line: str) -> dict[str, Any] | None:
        """The fields of a line that is about the export; None for another, and for one that is no JSON object.

        Text before the object is passed over: tools put the name of a container there.
        """
        start = line.find("{")
        try:
            fields = json.loads(line[start:]) if start >= 0 else None
        except ValueError:
            return None
        return fields if isinstance(fields, dict) and self._is_about(fields) else None

    def _is_about(self, fields: dict[str, Any]) -> bool:
        if any(fields.get(name) == self.export_id for name in _IDS):
            return True
        if self.request_id is not None and fields.get("request_id") == self.request_id:
            return all(
                fields.get(name, self.export_id) == self.export_id for name in _IDS
            )  # a request may create several
        return self.trace_id is not None and fields.get("trace_id") == self.trace_id


def lines_about(logs: str, line_filter: LineFilter) -> list[dict[str, Any]]:
    """The fields of the lines of a file, or of stdin (`-`), by their time. Raises OSError for a file that cannot be read."""
    with _opened(logs) as file:
        matches = [fields for line in file if (fields := line_filter.fields(line)) is not None]
    return sorted(matches, key=lambda fields: str(fields.get("timestamp", "")))


def line_text(fields: dict[str, Any]) -> str:
    """One line for people: time, level, service, event, and the other fields; a traceback is below it."""
    first = [str(fields[name]) for name in _FIRST if name in fields]
    rest = [f"{name}={value}" for name, value in fields.items() if name not in (*_FIRST, "exception")]
    line = printable(" ".join([*first, *rest])).replace("\n", "\\n")
    return "\n".join([line, printable(str(fields["exception"]))]) if fields.get("exception") else line


@contextmanager
def _opened(logs: str) -> Iterator[TextIO]:
    if logs == "-":
        yield sys.stdin
        return
    with open(logs, encoding="utf-8", errors="replace") as file:  # noqa: PTH123  (`-` and devices are names here)
        yield file
