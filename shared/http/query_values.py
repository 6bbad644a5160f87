"""Typed values of a query: each parameter is read, or refused by its name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeVar

from shared.domain.path_ids import parse_number
from shared.http.answers import ApiError, bad_request

_FLAGS = {"true": True, "1": True, "false": False, "0": False}

Word = TypeVar("Word", bound=StrEnum)


def number_in(query: Mapping[str, str], name: str) -> int | None:
    """A number of at most 19 digits; None where the query has no such parameter. Raises 400."""
    if (text := query.get(name)) is None:
        return None
    if (number := parse_number(text)) is None:
        raise wrong_value(name, "a number")
    return number


def time_in(query: Mapping[str, str], name: str) -> datetime | None:
    """A time with its zone, or in UTC; None where the query has no such parameter. Raises 400."""
    if (text := query.get(name)) is None:
        return None
    try:
        time = datetime.fromisoformat(text)
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:  # the latter before the year 1 in UTC
        raise wrong_value(name, "a time in ISO 8601") from error


def word_in(query: Mapping[str, str], name: str, words: type[Word]) -> Word | None:
    """One of these words; None where the query has no such parameter. Raises 400."""
    if (text := query.get(name)) is None:
        return None
    try:
        return words(text)
    except ValueError as error:
        raise wrong_value(name, f"one of {', '.join(words)}") from error


def flag_in(query: Mapping[str, str], name: str) -> bool:
    """True or false; false where the query has no such parameter. Raises 400."""
    text = query.get(name, "false").lower()
    if text not in _FLAGS:
        raise wrong_value(name, "true or false")
    return _FLAGS[text]


def wrong_value(name: str, expected: str) -> ApiError:
    """The 400 answer that names the parameter, and says what it must be."""
    return bad_request(f"{name} must be {expected}", parameter=name)
