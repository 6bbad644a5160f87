"""HTTP ranges and conditions over one strong ETag (RFC 9110, 13 and 14)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_RANGES = re.compile(r"\s*bytes\s*=(.*)", re.IGNORECASE)
_RANGE = re.compile(r"\s*(\d{0,19})-(\d{0,19})\s*")
_MOST = 16  # ranges of one request; whoever asks for more gets everything, which costs less than many small parts


@dataclass(frozen=True, slots=True)
class Part:
    """The bytes [start, stop) of `size`."""

    start: int
    stop: int
    size: int

    @property
    def length(self) -> int:
        """How many bytes they are."""
        return self.stop - self.start

    @property
    def whole(self) -> bool:
        """Whether nothing is left out."""
        return self.start == 0 and self.stop == self.size

    @property
    def content_range(self) -> str:
        """The value of Content-Range."""
        return f"bytes {self.start}-{self.stop - 1}/{self.size}"


class Unsatisfiable(ValueError):
    """The range asked for lies outside of the bytes: 416."""


def parts_of(headers: Mapping[str, str], etag: str, size: int) -> list[Part]:
    """What to send, never empty: the ranges asked for, in their order, or in that of the bytes where some overlap.

    A Range that is malformed, of too many parts, or made for other bytes (If-Range) means everything. Of several
    ranges those that lie outside of the bytes are left out. Raises Unsatisfiable where all of them do.
    """
    everything = [Part(0, size, size)]
    match = _RANGES.fullmatch(headers.get("Range", ""))
    if match is None or headers.get("If-Range", etag).strip() != etag:
        return everything
    wanted = [_RANGE.fullmatch(text) for text in match[1].split(",") if text.strip()]
    if not 0 < len(wanted) <= _MOST:
        return everything
    found = []
    for spec in wanted:
        if spec is None or not _means_a_range(spec[1], spec[2]):
            return everything
        if part := _part(spec[1], spec[2], size):
            found.append(part)
    if not found:
        raise Unsatisfiable
    return _apart(found)


def unchanged(headers: Mapping[str, str], etag: str) -> bool:
    """Whether If-None-Match says that the client has these bytes already."""
    given = headers.get("If-None-Match", "")
    return given.strip() == "*" or etag in (tag.removeprefix("W/") for tag in _tags(given))


def other_wanted(headers: Mapping[str, str], etag: str) -> bool:
    """Whether If-Match says that the client wants other bytes than these: 412."""
    given = headers.get("If-Match")
    return given is not None and given.strip() != "*" and etag not in _tags(given)


def _tags(text: str) -> list[str]:
    return [tag.strip() for tag in text.split(",")]


def _means_a_range(first: str, last: str) -> bool:
    return bool(first or last) and not (first and last and int(last) < int(first))


def _part(first: str, last: str, size: int) -> Part | None:
    """One range; None where the bytes have nothing of it."""
    if not first:  # the last so many bytes
        return Part(max(0, size - int(last)), size, size) if int(last) and size else None
    if int(first) >= size:
        return None
    return Part(int(first), min(int(last) + 1, size) if last else size, size)


def _apart(parts: Sequence[Part]) -> list[Part]:
    """The same bytes without overlap, so that no request can make an answer larger than the file."""
    joined: list[Part] = []
    for part in sorted(parts, key=lambda each: each.start):
        if joined and part.start <= joined[-1].stop:
            before = joined.pop()
            joined.append(Part(before.start, max(before.stop, part.stop), part.size))
        else:
            joined.append(part)
    return list(parts) if len(joined) == len(parts) else joined
