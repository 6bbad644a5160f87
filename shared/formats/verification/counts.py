"""The counts of a report against each other, and against the members of the package."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from shared.domain.kinds import Kind
from shared.domain.packages.package_entry import PackageEntry
from shared.domain.report import Receipt
from shared.domain.verification import Finding

# Kinds whose objects have each a member of their own in every package that they are packed into.
_WITH_MEMBERS = (
    Kind.FILES,
    Kind.PAGES,
    Kind.QUIZZES,
    Kind.QUESTION_BANKS,
    Kind.DISCUSSION_TOPICS,
    Kind.ANNOUNCEMENTS,
)


def check_counts(receipt: Receipt) -> Iterator[Finding]:
    """A finding for each kind whose expected objects are not all packed, skipped or failed."""
    for kind in sorted({*receipt.expected, *receipt.packed, *receipt.skipped, *receipt.failed}):
        expected = receipt.expected.get(kind, 0)
        packed, skipped, failed = (counts.get(kind, 0) for counts in (receipt.packed, receipt.skipped, receipt.failed))
        if expected != packed + skipped + failed:
            message = f"Of {expected} {kind}, {packed} were packed, {skipped} skipped, {failed} failed."
            yield Finding(code="counts_differ", place=kind, message=message)


def check_members(receipt: Receipt, entries: Iterable[PackageEntry]) -> Iterator[Finding]:
    """A finding for each kind with more packed objects than objects that have members."""
    seen: dict[str, set[int | None]] = {}
    for entry in entries:
        if entry.kind is not None:
            seen.setdefault(entry.kind, set()).add(entry.item_id)
    members = Counter({kind: len(ids) for kind, ids in seen.items()})
    for kind in _WITH_MEMBERS:
        packed = receipt.packed.get(kind, 0)
        if members[kind] < packed:
            message = f"{packed} {kind} were packed, but the package has members of {members[kind]}."
            yield Finding(code="members_too_few", place=kind, message=message)
