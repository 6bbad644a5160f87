"""How many answers that last, such as event streams, a token holds open at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from shared.domain.rights import Caller
from shared.http.answers import too_many_open


@dataclass(frozen=True, slots=True)
class Concurrency:
    """The open answers of one process, by token. Callers without one share an allowance."""

    most: int
    what: str  # in the plural, for the refusal
    _open: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def one_more(self, caller: Caller) -> Iterator[None]:
        """Hold one answer open while the block lasts. Raises the 429 answer where the token holds its most already."""
        if self._open[caller.token] >= self.most:
            raise too_many_open(self.most, self.what)
        self._open[caller.token] += 1
        try:
            yield
        finally:
            self._open[caller.token] -= 1
            if not self._open[caller.token]:
                del self._open[caller.token]
