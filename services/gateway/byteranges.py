"""Several ranges in one answer: multipart/byteranges (RFC 9110, 14.6), with its length known before the first byte."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from services.gateway.ranges import Part


@dataclass(frozen=True, slots=True)
class ByteRanges:
    """The body of an answer to a request for several ranges of one representation."""

    parts: Sequence[Part]
    content_type: str  # of the representation
    boundary: str = field(default_factory=lambda: secrets.token_hex(16))

    @property
    def media_type(self) -> str:
        """The value of Content-Type."""
        return f"multipart/byteranges; boundary={self.boundary}"

    @property
    def length(self) -> int:
        """The value of Content-Length."""
        return sum(len(head) + part.length for head, part in self) + len(self.end)

    @property
    def end(self) -> bytes:
        """What closes the body."""
        return f"\r\n--{self.boundary}--\r\n".encode()

    def __iter__(self) -> Iterator[tuple[bytes, Part]]:
        """(what goes before it, part) for each part."""
        for place, part in enumerate(self.parts):
            head = (
                f"--{self.boundary}\r\nContent-Type: {self.content_type}\r\nContent-Range: {part.content_range}\r\n\r\n"
            )
            yield (("\r\n" if place else "") + head).encode(), part
