"""Times as REST writes them, and the three ways a cartridge does (Canvas). A text that is no moment is no time."""

from __future__ import annotations

import re
from datetime import UTC, datetime

# `fromisoformat` of Python 3.13 and later reads the hour 24 as the next day; a due date is no place to guess.
_HOUR_24 = re.compile(r"[T ]24")


def parse(text: str | None) -> datetime | None:
    """A REST, cartridge or 'raw' time as an aware UTC datetime; None for blank text and for anything else."""
    # Packages of all three forms exist, and `fromisoformat` reads them all but for the word UTC.
    cleaned = (text or "").strip().removesuffix("UTC").strip()
    if not cleaned or _HOUR_24.search(cleaned):
        return None
    try:
        moment = datetime.fromisoformat(cleaned)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):  # the second for a zone that leads out of the years that there are
        return None


def rest(text: str | None) -> str | None:
    """Any known form as REST writes it: `2026-01-31T06:59:00Z`; None for text of another form."""
    moment = parse(text)
    return None if moment is None else f"{_seconds(moment)}Z"


def cartridge(text: str | None) -> str:
    """UTC `%Y-%m-%dT%H:%M:%S` without a zone, the form of most cartridge elements; empty for none."""
    moment = parse(text)
    return "" if moment is None else _seconds(moment)


def raw(text: str | None) -> str:
    """`2026-01-31 06:59:00 UTC`, the form of the elements that Canvas writes without its date helper."""
    moment = parse(text)
    return "" if moment is None else f"{_seconds(moment).replace('T', ' ')} UTC"


def date(text: str | None) -> str:
    """`%Y-%m-%d` in UTC; empty for none."""
    moment = parse(text)
    return "" if moment is None else moment.date().isoformat()


def _seconds(moment: datetime) -> str:
    # Not strftime, whose years before 1000 have fewer than four digits on some systems.
    return moment.replace(tzinfo=None, microsecond=0).isoformat()
