"""What an export packed and what it had to leave out: the receipt behind `warnings_count`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import msgspec


class ItemWarning(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that could not be kept as it was; a stable code, and a sentence that says what and where."""

    code: str
    message: str
    kind: str | None = None
    item_id: int | None = None
    title: str | None = None
    place: str | None = None  # the field, member or question it is about


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """A finished report as it is stored and served. Counts are by kind."""

    expected: dict[str, int]
    packed: dict[str, int]
    skipped: dict[str, int]
    warnings: list[ItemWarning]
    included_because: dict[str, str]
    complete: bool


@dataclass(slots=True)
class Report:
    """Collected while a package is built; `receipt()` closes it."""

    expected: Counter[str] = field(default_factory=Counter)
    packed: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    warnings: list[ItemWarning] = field(default_factory=list)
    included_because: dict[str, str] = field(default_factory=dict)

    def expect(self, kind: str, count: int = 1) -> None:
        """`count` objects of this kind should be in the package."""
        self.expected[kind] += count

    def pack(self, kind: str, count: int = 1) -> None:
        """`count` objects of this kind were written."""
        self.packed[kind] += count

    def skip(self, kind: str, item_id: int | None, title: str, code: str, reason: str) -> None:
        """An expected object is not in the package: counted as skipped, and a warning with the reason."""
        self.skipped[kind] += 1
        self.warn(code, reason, kind=kind, item_id=item_id, title=title)

    def lose(self, kind: str, item_id: int | None, title: str, code: str, reason: str) -> None:
        """An object that was counted as packed is not in the package after all: its bytes could not be read."""
        self.packed[kind] -= 1
        self.skip(kind, item_id, title, code, reason)

    def warn(
        self,
        code: str,
        message: str,
        *,
        kind: str | None = None,
        item_id: int | None = None,
        title: str | None = None,
        place: str | None = None,
    ) -> None:
        """Something was not kept as it was, though the object itself may be there."""
        self.warnings.append(
            ItemWarning(code=code, message=message, kind=kind, item_id=item_id, title=title, place=place)
        )

    def receipt(self) -> Receipt:
        """The report as stored; `complete` when nothing was skipped and nothing warned of."""
        return Receipt(
            expected=dict(sorted(self.expected.items())),
            packed=dict(sorted(self.packed.items())),
            skipped=dict(sorted(self.skipped.items())),
            warnings=self.warnings,
            included_because=self.included_because,
            complete=not self.skipped and not self.warnings,
        )
