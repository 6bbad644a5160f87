"""A retention in memory, and passes of the janitor over it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from services.janitor.cleaning import Cleaning
from services.janitor.removal import Lister, Remover
from shared.adapters.postgres.packages.retention import Removable
from tests.support.fakes import SETTINGS, MemoryStore


@dataclass
class FakeRetention:
    """Expired packages, the keys that no export needs, and what was recorded."""

    expired: list[Removable] = field(default_factory=list)
    unneeded: set[str] = field(default_factory=set)
    pressed: list[Removable] = field(default_factory=list)  # over the limit of bytes
    recorded: list[Removable] = field(default_factory=list)
    events: int = 0

    async def ended(self, limit: int) -> list[Removable]:
        return self.expired[:limit]

    async def excess(self, max_bytes: int, min_keep_s: float) -> list[Removable]:
        return self.pressed

    async def unwanted(self, keys: Sequence[str]) -> list[bool]:
        return [key in self.unneeded for key in keys]

    async def give_up(self, ended: Iterable[Removable]) -> list[Removable]:
        given_up = list(ended)
        self.expired = [each for each in self.expired if each not in given_up]
        self.recorded += given_up
        return given_up

    async def note(self, removed: Iterable[Removable]) -> None:
        self.recorded += removed

    async def count(self, older_than_s: float) -> int:
        return self.events

    async def prune(self, older_than_s: float, limit: int) -> int | None:
        pruned = min(self.events, limit)
        self.events -= pruned
        return pruned or None


def a_removing_pass(retention: FakeRetention, store: MemoryStore) -> Cleaning:
    """A pass of the janitor that removes what it finds."""
    return Cleaning(SETTINGS, retention, store, Remover(retention, store, retention))


def a_listing_pass(retention: FakeRetention, store: MemoryStore, print_line: Callable[[str], None]) -> Cleaning:
    """A pass of the janitor that only prints what it finds."""
    return Cleaning(SETTINGS, retention, store, Lister(retention, print_line))
