"""How much space the store has left, where it is a folder of this machine: a bucket reports no limit."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Protocol

from prometheus_client import Gauge

from shared.adapters.translate import translated
from shared.domain.errors import StoreUnavailable

_FREE = Gauge("content_exports_store_free_bytes", "Bytes that the disk of the store has left")
_SIZE = Gauge("content_exports_store_size_bytes", "Bytes that the disk of the store can hold")


class LocalObjects(Protocol):
    """A store whose objects may be files of this machine."""

    def local_path(self, key: str) -> Path | None:
        """Where an object is, or would be; None if the store is no folder of this machine."""
        ...


async def measure_space(store: LocalObjects) -> None:
    """Measure the disk of the store. Raises StoreUnavailable for a folder that cannot be read."""
    place = store.local_path("any")
    if place is None:
        return
    with translated({OSError: StoreUnavailable}):
        disk = await asyncio.to_thread(shutil.disk_usage, place.parent)
    _FREE.set(disk.free)
    _SIZE.set(disk.total)
