"""What a pass of the janitor finds to remove: packages whose time is over, and what broken work has left behind.

File bytes (blobs) that no content names stay. A load finds bytes that are there already and names them only when it
commits, so whoever removed unnamed bytes could take them from content that is just being written.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from services.janitor.hands import Hands
from shared.adapters.blobs import BLOBS, INCOMING
from shared.adapters.object_store import PACKAGES, ObjectStore, package_of
from shared.adapters.postgres.retention import Removable, Retention
from shared.runtime.settings import Settings

_BATCH = 500  # objects that are looked up, or packages that are given up, at a time
_DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Cleaning:
    """The store and the database of one system, and who acts on what is found there."""

    settings: Settings
    retention: Retention
    store: ObjectStore
    hands: Hands

    async def whole(self) -> None:
        """One pass of everything."""
        await self.ended()
        await self.orphans()
        await self.unfinished()
        await self.hands.prune_events(self.settings.keep_events_days * _DAY_S)

    async def ended(self) -> None:
        """Packages whose time is over."""
        while (found := await self.retention.ended(_BATCH)) and await self.hands.give_up(found):
            pass

    async def orphans(self) -> None:
        """Objects that are no export's package, nor may become one: of attempts that lost, of loads that broke off."""
        async for batch in self._old_objects():
            unwanted = await self.retention.unwanted([each.key for each in batch])
            await self.hands.delete(
                [each for each, gone in zip(batch, unwanted, strict=True) if gone or each.key.startswith(INCOMING)]
            )

    async def unfinished(self) -> None:
        """Objects whose writer has ended without a word, but for those of a running attempt."""
        before = self._long_ago()
        parts = [part for prefix in (PACKAGES, BLOBS) for part in await self.store.unfinished(prefix, before)]
        unwanted = await self.retention.unwanted([part.key for part in parts])
        await self.hands.discard(
            [
                (Removable("unfinished", part.key, _export_of(part.key)), part)
                for part, gone in zip(parts, unwanted, strict=True)
                if gone or part.key.startswith(BLOBS)
            ]
        )

    async def _old_objects(self) -> AsyncIterator[list[Removable]]:
        before, batch = self._long_ago(), []
        for prefix in (PACKAGES, INCOMING):
            async for item in self.store.list(prefix):
                if item.modified < before:
                    batch.append(Removable("orphaned", item.key, _export_of(item.key), item.size))
                if len(batch) == _BATCH:
                    yield batch
                    batch = []
        yield batch

    def _long_ago(self) -> datetime:
        return datetime.now(UTC) - timedelta(seconds=self.settings.orphan_after_s)


def _export_of(key: str) -> int | None:
    package = package_of(key)
    return package[0] if package else None
