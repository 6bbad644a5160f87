"""What the gateway asks of the store that packages lie in: a part of what an object store can do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol


class Packages(Protocol):
    """Packages under their keys. Methods raise StoreUnavailable, and ObjectMissing for an unknown key."""

    def local_path(self, key: str) -> Path | None:
        """The file that holds a package, for sendfile; None where the store is no folder of this machine."""

    async def signed_url(self, key: str, ttl_s: float) -> str | None:
        """An address that gives the package to anybody for `ttl_s` seconds; None where the store has no such thing."""

    async def size(self, key: str) -> int:
        """Bytes of a package."""

    def read_range(self, key: str, start: int, stop: int) -> AsyncIterator[bytes | memoryview]:
        """The bytes [start, stop) of a package."""

    async def delete(self, key: str) -> None:
        """Remove a package; an unknown one does no harm."""
