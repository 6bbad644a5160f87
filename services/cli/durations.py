"""Durations as a command line has them, a number and a unit such as 30d, 12h or 90m; and times by them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import typer

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def seconds_of(text: str) -> int | None:
    """`30d` in seconds; None for text of another form."""
    match = re.fullmatch(r"(\d{1,9})([smhdw])", text.strip())
    return None if match is None else int(match[1]) * _SECONDS[match[2]]


def since_of(text: str, now: datetime, option: str = "--since") -> datetime:
    """`2h`, `30m` before now, or a time in ISO 8601, in UTC unless it has a zone. Raises a usage error that names the option."""
    try:
        if (seconds := seconds_of(text)) is not None:
            return now - timedelta(seconds=seconds)
        time = datetime.fromisoformat(text)
    except (ValueError, OverflowError) as error:  # the latter before the year 1
        raise typer.BadParameter("a number and a unit (2h, 30m), or 2027-01-31T08:00", param_hint=option) from error
    return time if time.tzinfo else time.replace(tzinfo=UTC)
