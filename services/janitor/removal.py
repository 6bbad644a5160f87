"""Removes what a pass of the janitor has found, or only prints it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from prometheus_client import Counter

from shared.adapters.object_store import Unfinished
from shared.adapters.postgres.packages.retention import Removable
from shared.runtime.logs import get_logger

_EVENTS = 1000  # lines of the log that one statement looks at

_REMOVED = Counter("content_exports_janitor_removed_total", "Objects removed from the store", ["reason"])
_FREED = Counter(
    "content_exports_janitor_removed_bytes_total", "Bytes removed from the store, where they are known", ["reason"]
)
_PRUNED = Counter("content_exports_janitor_events_pruned_total", "Lines removed from the event log")


class PackageRetention(Protocol):
    """The database's part of a removal."""

    async def give_up(self, ended: Iterable[Removable]) -> list[Removable]:
        """Give up expired packages, recorded; those whose objects the store is to delete now."""
        ...

    async def note(self, removed: Iterable[Removable]) -> None:
        """Record removals."""
        ...


class PrunableEvents(Protocol):
    """The event log, as far as it may go."""

    async def prune(self, older_than_s: float, limit: int) -> int | None:
        """Look at up to `limit` further lines, and remove those that may go. Returns their number; None once no line is old enough."""
        ...

    async def count(self, older_than_s: float) -> int:
        """How many lines may go."""
        ...


class RemovableObjects(Protocol):
    """The object store's part of a removal."""

    async def delete(self, key: str) -> None:
        """Delete an object; a missing one is fine."""
        ...

    async def discard(self, part: Unfinished) -> None:
        """Remove an unfinished object; a missing one is fine."""
        ...


class Removal(Protocol):
    """What is done with the things that may be removed."""

    async def give_up(self, ended: Sequence[Removable]) -> bool:
        """Remove expired packages; whether the next batch of them is worth looking for."""
        ...

    async def delete(self, orphans: Sequence[Removable]) -> None:
        """Remove objects that nothing refers to."""
        ...

    async def discard(self, parts: Sequence[tuple[Removable, Unfinished]]) -> None:
        """Remove objects that were never completed."""
        ...

    async def prune_events(self, older_than_s: float) -> None:
        """Remove old lines of the event log."""
        ...


@dataclass(frozen=True, slots=True)
class Remover:
    """Removes, records each removal in the database, and counts."""

    retention: PackageRetention
    store: RemovableObjects
    events: PrunableEvents

    async def give_up(self, ended: Sequence[Removable]) -> bool:
        """First in the database, so that no link leads to an object that is gone."""
        for package in await self.retention.give_up(ended):
            await self.store.delete(package.key)
            _count(package)
        return True

    async def delete(self, orphans: Sequence[Removable]) -> None:
        """In the store, then recorded."""
        for orphan in orphans:
            await self.store.delete(orphan.key)
            _count(orphan)
        await self.retention.note(orphans)

    async def discard(self, parts: Sequence[tuple[Removable, Unfinished]]) -> None:
        """In the store, then recorded."""
        for removable, part in parts:
            await self.store.discard(part)
            _count(removable)
        await self.retention.note([removable for removable, _ in parts])

    async def prune_events(self, older_than_s: float) -> None:
        """Some lines a statement, so that none takes long."""
        total = 0
        while (pruned := await self.events.prune(older_than_s, _EVENTS)) is not None:
            _PRUNED.inc(pruned)
            total += pruned
        if total:
            get_logger().info("events_pruned", lines=total)


@dataclass(frozen=True, slots=True)
class Lister:
    """Prints what there is to remove, and removes nothing."""

    events: PrunableEvents
    print_line: Callable[[str], None]

    async def give_up(self, ended: Sequence[Removable]) -> bool:
        """Print one line each."""
        await self.delete(ended)
        return False

    async def delete(self, orphans: Sequence[Removable]) -> None:
        """Print one line each."""
        for each in orphans:
            size = "" if each.size is None else f" {each.size} bytes"
            self.print_line(f"{each.reason}: {each.key}{size}")

    async def discard(self, parts: Sequence[tuple[Removable, Unfinished]]) -> None:
        """Print one line each."""
        await self.delete([removable for removable, _ in parts])

    async def prune_events(self, older_than_s: float) -> None:
        """Print how many there are."""
        self.print_line(f"events: {await self.events.count(older_than_s)} lines of the log")


def _count(removed: Removable) -> None:
    _REMOVED.labels(removed.reason).inc()
    _FREED.labels(removed.reason).inc(removed.size or 0)
    get_logger().info("removed", reason=removed.reason, key=removed.key, export_id=removed.export_id, size=removed.size)
