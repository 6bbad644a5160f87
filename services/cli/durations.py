"""Durations as a command line has them: a number and a unit, such as 30d, 12h or 90m."""

from __future__ import annotations

import re

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def seconds_of(text: str) -> int | None:
    """`30d` in seconds; None for text of another form."""
    match = re.fullmatch(r"(\d{1,9})([smhdw])", text.strip())
    return None if match is None else int(match[1]) * _SECONDS[match[2]]
