"""A store of packages in memory, as the gateway needs it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from shared.adapters.object_store import Chunk, ObjectWriter, StoredObject
from shared.domain.errors import ExportError, ObjectMissing


@dataclass
class FakePackages:
    """A store of packages in memory, which is no folder and has no addresses unless it is given one."""

    bytes_of: dict[str, bytes] = field(default_factory=dict)
    address: str | None = None
    failing: ExportError | None = None  # what `delete` raises

    def create(self, key: str) -> ObjectWriter:
        """A writer whose bytes appear when it is complete."""
        return FakeWriter(self, key)

    def local_path(self, key: str) -> Path | None:
        """None: it is no folder."""
        return None

    def exists(self, key: str) -> bool:
        """Whether it is there."""
        return key in self.bytes_of

    def move(self, key: str, to: str) -> None:
        """Under another key."""
        self.bytes_of[to] = self.bytes_of.pop(key)

    async def list(self, prefix: str) -> AsyncIterator[StoredObject]:
        """Those below it."""
        for key in sorted(self.bytes_of):
            if key.startswith(prefix):
                yield StoredObject(key, len(self.bytes_of[key]), datetime.now(UTC))

    async def signed_url(self, key: str, ttl_s: float) -> str | None:
        """The address it was given."""
        return self.address

    async def size(self, key: str) -> int:
        """Bytes."""
        if key not in self.bytes_of:
            raise ObjectMissing
        return len(self.bytes_of[key])

    async def read_range(self, key: str, start: int, stop: int) -> AsyncIterator[bytes | memoryview]:
        """In one chunk."""
        await self.size(key)
        yield self.bytes_of[key][start:stop]

    async def delete(self, key: str) -> None:
        """Remove."""
        if self.failing is not None:
            raise self.failing
        self.bytes_of.pop(key, None)


@dataclass
class FakeWriter(ObjectWriter):
    """Writes one object of a FakePackages."""

    store: FakePackages
    key: str
    written: bytearray = field(default_factory=bytearray)

    def write(self, data: Chunk) -> None:
        """Append."""
        if self.store.failing is not None:
            raise self.store.failing
        self.written += data

    def complete(self) -> None:
        """Make it visible."""
        self.store.bytes_of[self.key] = bytes(self.written)

    def abort(self) -> None:
        """Leave nothing."""
