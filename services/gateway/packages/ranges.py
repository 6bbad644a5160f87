"""HTTP ranges and conditions over one strong ETag (RFC 9110, 13 and 14)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_RANGE = re.compile(r"\s*bytes\s*=[\s,]*(\d{0,19})-(\d{0,19})[\s,]*", re.IGNORECASE)


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
    """The requested range lies outside of the bytes: 416."""


def part_of(headers: Mapping[str, str], etag: str, size: int) -> Part:
    """What to send: the one range of the request, or everything.

    Everything is the answer to a Range that is malformed, names several ranges (RFC 9110, 14.2, lets a server ignore
    the field), or is for other bytes (If-Range). Raises Unsatisfiable where the range lies outside of the bytes.
    """
    match = _RANGE.fullmatch(headers.get("Range", ""))
    if match is None or headers.get("If-Range", etag).strip() != etag or not _means_a_range(match[1], match[2]):
        return Part(0, size, size)
    part = _part(match[1], match[2], size)
    if part is None:
        raise Unsatisfiable
    return part


def unchanged(headers: Mapping[str, str], etag: str) -> bool:
    """Whether If-None-Match says that the client has these bytes already."""
    etags = headers.get("If-None-Match", "")
    return etags.strip() == "*" or etag in (tag.removeprefix("W/") for tag in _tags(etags))


def other_version_required(headers: Mapping[str, str], etag: str) -> bool:
    """Whether If-Match says that the client wants other bytes than these: 412."""
    etags = headers.get("If-Match")
    return etags is not None and etags.strip() != "*" and etag not in _tags(etags)


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
