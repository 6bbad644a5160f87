"""Ids for answers and matches without one: numbers as Canvas draws them, but the same for the same item."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from itertools import count

from shared.domain.content.answers import Identity

# Canvas draws from 1 to 9999; the range grows where answers fill half of it.
_HIGHEST = 9999


class AnswerIds:
    """Numbers that no answer of an item has. `seed` is the identifier of the item: the same seed gives the same numbers."""

    def __init__(self, seed: str, used: Iterable[Identity | None] = ()) -> None:
        """Never draw an id that is in `used`."""
        self._seed = seed
        self._used = set(used)
        self._highest = _HIGHEST

    def take(self, identity: Identity | None) -> None:
        """Reserve the id of an answer, so that it is never drawn."""
        self._used.add(identity)

    def draw(self, place: int) -> int:
        """A number for the answer at this place, which no other answer gets."""
        # At least half of all numbers stay free, so that a draw takes two tries on average.
        while len(self._used) > self._highest // 2:
            self._highest = self._highest * 10 + 9
        tries = (self._number(place, attempt) for attempt in count())
        drawn = next(number for number in tries if number not in self._used)
        self._used.add(drawn)
        return drawn

    def _number(self, place: int, attempt: int) -> int:
        # Drawn by hash, not at random: an import that is run again must give the same answers the same ids.
        text = f"{self._seed}:{place}:{attempt}" if attempt else f"{self._seed}:{place}"
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
        return int.from_bytes(digest[:4]) % self._highest + 1
