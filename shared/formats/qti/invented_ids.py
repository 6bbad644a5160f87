"""Ids for answers that have none: numbers as Canvas draws them, but always the same for the same item."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from itertools import count

from shared.domain.content.answers import Identity

_HIGHEST = 9999  # Canvas draws from 1 to this; more than so many answers need more room


class InventedIds:
    """Numbers that no answer of an item has. `seed` is what the item is called."""

    def __init__(self, seed: str, taken: Iterable[Identity | None] = ()) -> None:
        """Ids in `taken` are never drawn."""
        self._seed = seed
        self._taken = set(taken)
        self._highest = _HIGHEST

    def take(self, identity: Identity | None) -> None:
        """An answer has this id."""
        self._taken.add(identity)

    def draw(self, place: int) -> int:
        """A number for the answer at this place, and for no other. At least half of all numbers are always free."""
        while len(self._taken) > self._highest // 2:
            self._highest = self._highest * 10 + 9
        tries = (self._number(place, attempt) for attempt in count())
        drawn = next(number for number in tries if number not in self._taken)
        self._taken.add(drawn)
        return drawn

    def _number(self, place: int, attempt: int) -> int:
        text = f"{self._seed}:{place}:{attempt}" if attempt else f"{self._seed}:{place}"
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
        return int.from_bytes(digest[:4]) % self._highest + 1
