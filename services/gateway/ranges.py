"""HTTP ranges and conditions over one strong ETag (RFC 9110)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_RANGE = re.compile(r"bytes=\s*(\d*)-(\d*)\s*")


@dataclass(frozen=True, slots=True)
class Part:
    """The bytes [start, stop) of `size`."""

    start: int
    stop: int
    size: int

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


def part_of(headers: Mapping[str, str], etag: str, size: int) -> Part:
    """What to send. A Range that is malformed, of several parts, or made for other bytes (If-Range) means everything.

    Raises Unsatisfiable.
    """
    everything = Part(0, size, size)
    match = _RANGE.fullmatch(headers.get("Range", ""))
    if match is None or headers.get("If-Range", etag) != etag:
        return everything
    first, last = match.groups()
    if not first and not last:
        return everything
    if not first:  # the last so many bytes
        wanted = int(last)
        if not wanted or not size:
            raise Unsatisfiable
        return Part(max(0, size - wanted), size, size)
    start = int(first)
    stop = min(int(last) + 1, size) if last else size
    if last and int(last) < start:
        return everything
    if start >= size:
        raise Unsatisfiable
    return Part(start, stop, size)


def unchanged(headers: Mapping[str, str], etag: str) -> bool:
    """Whether If-None-Match says that the client has these bytes already."""
    given = headers.get("If-None-Match", "")
    return given.strip() == "*" or etag in (tag.strip().removeprefix("W/") for tag in given.split(","))
