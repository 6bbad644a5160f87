"""What an export packed and what it had to leave out: the receipt behind `warnings_count`.

Every object that is expected ends as packed, skipped (there is nothing of it that could be packed) or failed (packing
it went wrong). Objects that the requester may not export are not expected: they are counted as excluded, and not named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec
from msgspec.structs import replace

from shared.domain.advice import advice
from shared.domain.verification import Verification
from shared.domain.warning_codes import WarningCode

MEMBER = "content-exports-report.json"  # the report as a member of its package, if that was requested


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
    complete: bool  # nothing that was expected is missing, in whole or in part
    failed: dict[str, int] = {}
    excluded: dict[str, int] = {}
    verification: Verification | None = None  # None until the package has been read back


@dataclass(slots=True)
class Report:
    """Collected while a package is built; `receipt()` closes it."""

    expected: Counter[str] = field(default_factory=Counter)
    packed: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    excluded: Counter[str] = field(default_factory=Counter)
    warnings: list[ItemWarning] = field(default_factory=list)
    included_because: dict[str, str] = field(default_factory=dict)
    dangling: set[str] = field(default_factory=set)  # references in the package that a warning says lead nowhere

    def expect(self, kind: str, count: int = 1) -> None:
        """`count` objects of this kind should be in the package."""
        self.expected[kind] += count

    def pack(self, kind: str, count: int = 1) -> None:
        """`count` objects of this kind were written."""
        self.packed[kind] += count

    def unpack(self, kind: str, count: int) -> None:
        """`count` objects that were counted as packed are left out after all, which a warning reports already."""
        self.packed[kind] -= count
        self.skipped[kind] += count

    def exclude(self, kind: str, count: int = 1) -> None:
        """`count` requested objects are excluded by the rights of the requester. Only their number is reported."""
        self.excluded[kind] += count

    def skip(
        self, kind: str, item_id: int | None, title: str, code: WarningCode, reason: str, *, place: str | None = None
    ) -> None:
        """An expected object has nothing that could be packed: counted as skipped, and a warning with the reason."""
        self.skipped[kind] += 1
        self.warn(code, reason, kind=kind, item_id=item_id, title=title, place=place)

    def fail(
        self, kind: str, item_id: int | None, title: str, code: WarningCode, reason: str, *, place: str | None = None
    ) -> None:
        """Packing an expected object went wrong: counted as failed, and a warning with the reason."""
        self.failed[kind] += 1
        self.warn(code, reason, kind=kind, item_id=item_id, title=title, place=place)

    def lose(
        self, kind: str, item_id: int | None, title: str, code: WarningCode, reason: str, *, place: str | None = None
    ) -> None:
        """An object that was counted as packed is not in the package, or not all of it: it failed after all."""
        self.packed[kind] -= 1
        self.fail(kind, item_id, title, code, reason, place=place)

    def warn(
        self,
        code: WarningCode,
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

    def untitled(self) -> set[tuple[str, int]]:
        """(kind, id) of the objects that warnings name by their id alone."""
        warnings = (warning for warning in self.warnings if warning.title is None)
        return {(str(w.kind), w.item_id) for w in warnings if w.kind is not None and w.item_id is not None}

    def entitle(self, titles: Mapping[tuple[str, int], str]) -> None:
        """Give those warnings the titles of their objects."""
        for place, warning in enumerate(self.warnings):
            title = titles.get((str(warning.kind), warning.item_id or 0))
            if warning.title is None and title is not None:
                self.warnings[place] = replace(warning, title=title)

    def receipt(self, verification: Verification | None = None) -> Receipt:
        """The report as it is stored. Kinds without objects are left out."""
        whole = not self.skipped.total() and not self.failed.total()
        return Receipt(
            expected=_by_kind(self.expected),
            packed=_by_kind(self.packed),
            skipped=_by_kind(self.skipped),
            failed=_by_kind(self.failed),
            excluded=_by_kind(self.excluded),
            warnings=self.warnings,
            included_because=self.included_because,
            complete=whole and not any(advice(warning.code).loses for warning in self.warnings),
            verification=verification,
        )


def _by_kind(counts: Counter[str]) -> dict[str, int]:
    return {str(kind): count for kind, count in sorted(counts.items()) if count}
