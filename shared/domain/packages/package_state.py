"""What a scrub finds of a package in the store."""

from __future__ import annotations

from enum import StrEnum


class PackageState(StrEnum):
    """Whether a package is still what was verified when it was built."""

    INTACT = "intact"
    CHANGED = "changed"  # other bytes, or another number of them
    MISSING = "missing"

    @property
    def is_damaged(self) -> bool:
        """Whether the export must be built again to have its package."""
        return self is not PackageState.INTACT
