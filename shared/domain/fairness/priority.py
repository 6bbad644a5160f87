"""The priorities of exports, as shares of the workers."""

from __future__ import annotations

from enum import StrEnum


class Priority(StrEnum):
    """How large a share of the workers an export's owner has, beside others who wait."""

    INTERACTIVE = "interactive"  # a person is waiting for it
    NORMAL = "normal"
    BULK = "bulk"  # whenever there is time

    @property
    def weight(self) -> float:
        """The share: an interactive flow gets sixteen times what a bulk flow gets."""
        return _WEIGHTS[self]


_WEIGHTS = {Priority.INTERACTIVE: 4.0, Priority.NORMAL: 1.0, Priority.BULK: 0.25}
