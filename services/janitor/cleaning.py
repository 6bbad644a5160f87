"""Finds what may be removed: packages that have expired, and what interrupted work has left behind.

File bytes (blobs) that no content names stay. A load finds bytes that are there already and names them only when it
commits, so that removing unnamed bytes could take them from content that is just being written.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from services.janitor.removal import Removal
from shared.adapters.blobs import BLOBS, INCOMING
from shared.adapters.object_store import PACKAGES, UPLOADS, StoredObject, Unfinished, package_of
from shared.adapters.postgres.packages.retention import Removable
from shared.runtime.settings import Settings

_BATCH = 500  # objects that are looked up, or packages that are given up, at a time
_DAY_S = 86_400


class ExpiredPackages(Protocol):
    """What the database says about packages and objects."""

    async def ended(self, limit: int) -> list[Removable]:
        """Packages that have expired, the oldest first."""
        ...

    async def excess(self, max_bytes: int, min_keep_s: float) -> list[Removable]:
        """The packages that go until no more than `max_bytes` are kept; none is younger than `min_keep_s`."""
        ...

    async def unwanted(self, keys: Sequence[str]) -> list[bool]:
        """For each key, whether it is of a package that neither an attachment nor an unfinished export needs."""
        ...


class StoreListing(Protocol):
    """What lies in the object store."""

    def list(self, prefix: str) -> AsyncIterator[StoredObject]:
        """The complete objects under `prefix`."""
        ...

    async def unfinished(self, prefix: str, before: datetime) -> Sequence[Unfinished]:
        """Objects under `prefix` that were begun, not completed, and not written to since `before`."""
        ...


@dataclass(frozen=True, slots=True)
class Cleaning:
    """One pass over the database and the store; `removal` decides what happens to what the pass finds."""

    settings: Settings
    retention: ExpiredPackages
    store: StoreListing
    removal: Removal

    async def run(self) -> None:
        """One pass of everything."""
        await self.ended()
        await self.excess()
        await self.orphans()
        await self.unfinished()
        await self.removal.prune_events(self.settings.keep_events_days * _DAY_S)

    async def ended(self) -> None:
        """Packages that have expired."""
        while (packages := await self.retention.ended(_BATCH)) and await self.removal.give_up(packages):
            pass

    async def excess(self) -> None:
        """Packages over the limit of bytes: the oldest of the largest owner first, each after its time at least."""
        settings = self.settings
        if settings.max_kept_bytes:
            packages = await self.retention.excess(settings.max_kept_bytes, settings.min_keep_days * _DAY_S)
            await self.removal.give_up(packages)

    async def orphans(self) -> None:
        """Objects that are no export's package, nor may become one: of attempts that were fenced, of loads that were interrupted."""
        async for batch in self._old_objects():
            unwanted = await self.retention.unwanted([each.key for each in batch])
            await self.removal.delete(
                [
                    each
                    for each, is_unwanted in zip(batch, unwanted, strict=True)
                    if is_unwanted or each.key.startswith(INCOMING)
                ]
            )

    async def unfinished(self) -> None:
        """Objects that were begun and never completed, except those of a running attempt."""
        before = self._cutoff()
        parts = [part for prefix in (PACKAGES, BLOBS, UPLOADS) for part in await self.store.unfinished(prefix, before)]
        unwanted = await self.retention.unwanted([part.key for part in parts])
        await self.removal.discard(
            [
                (Removable("unfinished", part.key, _export_of(part.key)), part)
                for part, is_unwanted in zip(parts, unwanted, strict=True)
                if is_unwanted or part.key.startswith((BLOBS, UPLOADS))
            ]
        )

    async def _old_objects(self) -> AsyncIterator[list[Removable]]:
        before, batch = self._cutoff(), []
        for prefix in (PACKAGES, INCOMING):
            async for item in self.store.list(prefix):
                if item.modified < before:
                    batch.append(Removable("orphaned", item.key, _export_of(item.key), item.size))
                if len(batch) == _BATCH:
                    yield batch
                    batch = []
        yield batch

    def _cutoff(self) -> datetime:
        return datetime.now(UTC) - timedelta(seconds=self.settings.orphan_after_s)


def _export_of(key: str) -> int | None:
    package = package_of(key)
    return package[0] if package else None
