"""Who removes what was found: the hands of the janitor, or an onlooker that only tells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from prometheus_client import Counter

from shared.adapters.object_store import ObjectStore, Unfinished
from shared.adapters.postgres.retention import Removable, Retention
from shared.runtime.logs import get_logger

_EVENTS = 5000  # lines of the log that one statement removes

_REMOVED = Counter("janitor_removed_total", "Objects removed from the store", ["reason"])
_FREED = Counter("janitor_removed_bytes_total", "Bytes removed from the store, where they are known", ["reason"])
_PRUNED = Counter("janitor_events_pruned_total", "Lines removed from the event log")


class Hands(Protocol):
    """What can be done about a finding."""

    async def give_up(self, ended: Sequence[Removable]) -> bool:
        """Packages whose time is over; whether there may be more once these are gone."""
        ...

    async def delete(self, orphans: Sequence[Removable]) -> None:
        """Objects that nothing refers to."""
        ...

    async def discard(self, parts: Sequence[tuple[Removable, Unfinished]]) -> None:
        """Objects that were never completed."""
        ...

    async def prune_events(self, older_than_s: float) -> None:
        """Lines of the event log."""
        ...


@dataclass(frozen=True, slots=True)
class Remover:
    """Removes, puts it on record, counts."""

    retention: Retention
    store: ObjectStore

    async def give_up(self, ended: Sequence[Removable]) -> bool:
        """First in the database, so that nobody is sent to an object that is gone."""
        for package in await self.retention.give_up(ended):
            await self.store.delete(package.key)
            _count(package)
        return True

    async def delete(self, orphans: Sequence[Removable]) -> None:
        """In the store, then on record."""
        for orphan in orphans:
            await self.store.delete(orphan.key)
            _count(orphan)
        await self.retention.note(orphans)

    async def discard(self, parts: Sequence[tuple[Removable, Unfinished]]) -> None:
        """In the store, then on record."""
        for removable, part in parts:
            await self.store.discard(part)
            _count(removable)
        await self.retention.note([removable for removable, _ in parts])

    async def prune_events(self, older_than_s: float) -> None:
        """A few thousand lines a statement, so that none holds the table for long."""
        while pruned := await self.retention.prune_events(older_than_s, _EVENTS):
            _PRUNED.inc(pruned)
            get_logger().info("events_pruned", lines=pruned)


@dataclass(frozen=True, slots=True)
class Onlooker:
    """Tells, and leaves all as it is."""

    retention: Retention
    tell: Callable[[str], None]

    async def give_up(self, ended: Sequence[Removable]) -> bool:
        """One line each."""
        await self.delete(ended)
        return False

    async def delete(self, orphans: Sequence[Removable]) -> None:
        """One line each."""
        for each in orphans:
            size = "" if each.size is None else f" {each.size} bytes"
            self.tell(f"{each.reason}: {each.key}{size}")

    async def discard(self, parts: Sequence[tuple[Removable, Unfinished]]) -> None:
        """One line each."""
        await self.delete([removable for removable, _ in parts])

    async def prune_events(self, older_than_s: float) -> None:
        """How many there are."""
        self.tell(f"events: {await self.retention.old_events(older_than_s)} lines of the log")


def _count(removed: Removable) -> None:
    _REMOVED.labels(removed.reason).inc()
    _FREED.labels(removed.reason).inc(removed.size or 0)
    get_logger().info("removed", reason=removed.reason, key=removed.key, export_id=removed.export_id, size=removed.size)
