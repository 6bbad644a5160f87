"""Requeues loads whose process or message was lost, and removes the uploads that no load needs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from prometheus_client import Counter

from shared.adapters.object_store import UPLOADS, StoredObject
from shared.adapters.postgres.packages.package_loads import Swept
from shared.runtime.logs import get_logger
from shared.runtime.settings import Settings

_SWEPT = Counter(
    "content_exports_loads_swept_total", "Loads put back on the queue, or ended after too many attempts", ["outcome"]
)
_REMOVED = Counter("content_exports_janitor_uploads_removed_total", "Uploads removed that no load needs")


class Loads(Protocol):
    """The loads of the database."""

    async def sweep(self, *, max_attempts: int, requeue_after_s: float) -> Swept:
        """Requeue or end what makes no progress."""
        ...

    async def unneeded(self, keys: Sequence[str]) -> list[str]:
        """Those of the uploads' keys that no unfinished load needs."""
        ...


class Uploads(Protocol):
    """The object store, as far as uploads are kept in it."""

    def list(self, prefix: str) -> AsyncIterator[StoredObject]:
        """The complete objects under `prefix`."""
        ...

    async def delete(self, key: str) -> None:
        """Delete an object; a missing one is fine."""
        ...


@dataclass(frozen=True, slots=True)
class LoadSweep:
    """What the janitor does for loads."""

    settings: Settings
    loads: Loads
    uploads: Uploads

    async def unstick(self) -> None:
        """One pass over loads that make no progress."""
        settings = self.settings
        swept = await self.loads.sweep(max_attempts=settings.max_attempts, requeue_after_s=settings.requeue_after_s)
        for event, ids in (("load_requeued", swept.requeued), ("load_given_up", swept.given_up)):
            _SWEPT.labels(event).inc(len(ids))
            for load_id in ids:
                get_logger().warning(event, load_id=load_id)

    async def clean(self) -> None:
        """One pass over uploads: of requests that broke off before their load was written, and of ended loads."""
        before = datetime.now(UTC) - timedelta(seconds=self.settings.orphan_after_s)
        old = [each.key async for each in self.uploads.list(UPLOADS) if each.modified < before]
        for key in await self.loads.unneeded(old) if old else ():
            await self.uploads.delete(key)
            _REMOVED.inc()
            get_logger().info("upload_removed", key=key)
