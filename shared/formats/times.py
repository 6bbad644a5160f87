"""Times as REST writes them, and the three ways a cartridge does (Canvas)."""

from __future__ import annotations

from datetime import UTC, datetime


def parse(text: str | None) -> datetime | None:
    """A REST, cartridge or 'raw' time as an aware UTC datetime; None for blank or unreadable text."""
    # Packages of all three forms exist, and `fromisoformat` reads them all but for the word UTC.
    cleaned = (text or "").strip().removesuffix("UTC").strip()
    if not cleaned:
        return None
    try:
        moment = datetime.fromisoformat(cleaned)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def rest(text: str | None) -> str | None:
    """Any known form as REST writes it: `2026-01-31T06:59:00Z`. Text that is no time is kept as it stands."""
    moment = parse(text)
    if moment is None:
        # Kept rather than dropped: the content model stores times as text, and a later export writes it as it came.
        return text.strip() if text and text.strip() else None
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def cartridge(text: str | None) -> str:
    """UTC `%Y-%m-%dT%H:%M:%S` without a zone, the form of most cartridge elements; empty for none."""
    moment = parse(text)
    return moment.strftime("%Y-%m-%dT%H:%M:%S") if moment else (text or "")


def raw(text: str | None) -> str:
    """`2026-01-31 06:59:00 UTC`, the form of the elements that Canvas writes without its date helper."""
    moment = parse(text)
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC") if moment else (text or "")


def date(text: str | None) -> str:
    """`%Y-%m-%d` in UTC; empty for none."""
    moment = parse(text)
    return moment.strftime("%Y-%m-%d") if moment else (text or "")
