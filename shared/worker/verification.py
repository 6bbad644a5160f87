"""A package is read back from the store before its export counts as exported."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import partial

from msgspec.structs import replace

from shared.adapters.object_store import ObjectStore
from shared.adapters.postgres.leases import StoredPackage
from shared.domain.error_codes import ErrorCode
from shared.domain.errors import ExportError, Fenced, ObjectMissing
from shared.domain.packages.package_entry import Listing, PackageEntry
from shared.domain.report import ItemWarning, Receipt
from shared.domain.verification import Verification
from shared.domain.warning_codes import WarningCode
from shared.formats.verification.package import WrittenPackage, verify
from shared.formats.verification.ranges import RangeFile
from shared.formats.verification.references import Dangling
from shared.worker.reporter import Reporter

_MAX_DANGLING_WARNINGS = 1000  # of references that the writers did not report; more would add nothing


class VerificationFailed(ExportError):
    """The stored package is not the one that was written."""

    code = ErrorCode.VERIFICATION_FAILED

    def __init__(self, message: str, receipt: Receipt) -> None:
        """Keep the receipt, which lists the findings."""
        super().__init__(message)
        self.receipt = receipt


@dataclass(frozen=True, slots=True)
class PackingResult:
    """The stored packages of one export, and what their writer recorded about them."""

    packages: list[StoredPackage]  # one, or the parts of a split export
    receipt: Receipt
    entries: Collection[PackageEntry]  # of all packages
    dangling: frozenset[str]  # references that the receipt says lead nowhere
    has_manifest: bool


def verified(result: PackingResult, store: ObjectStore, reporter: Reporter) -> Receipt:
    """The receipt with the outcome. Raises VerificationFailed; Fenced once the export is not this attempt's any more.

    For a thread: reading the store blocks.
    """
    outcomes: list[Verification] = []
    warnings: list[ItemWarning] = []
    for place, package in enumerate(result.packages, start=1):
        outcome, dangling = verify(_file(store, package.key), _expectation(result, place), _check_lease(reporter))
        outcomes.append(outcome)
        warnings += _warnings(dangling[: _MAX_DANGLING_WARNINGS - len(warnings)], result)
    outcome = Verification.combined(outcomes)
    receipt = replace(result.receipt, warnings=[*result.receipt.warnings, *warnings], verification=outcome)
    if not outcome.passed:
        message = f"The finished package did not stand its verification. {outcome.sentence}"
        raise VerificationFailed(message, replace(receipt, complete=False))
    return receipt


def _expectation(result: PackingResult, part: int) -> WrittenPackage:
    alone = len(result.packages) == 1
    return WrittenPackage(
        size=result.packages[part - 1].size,
        entries=result.entries if alone else Listing(entry for entry in result.entries if entry.part == part),
        receipt=result.receipt,
        has_manifest=result.has_manifest,
        dangling=result.dangling,
        elsewhere=() if alone else Listing(entry for entry in result.entries if entry.part != part),
    )


def _check_lease(reporter: Reporter) -> Callable[[], None]:
    def check_lease() -> None:
        reporter.beat()
        if reporter.stop.is_set():
            raise Fenced

    return check_lease


def _file(store: ObjectStore, key: str) -> RangeFile:
    try:
        size = store.length(key)
    except ObjectMissing:
        size = 0
    return RangeFile(partial(store.read_at, key), size)


def _warnings(dangling: list[Dangling], result: PackingResult) -> Iterator[ItemWarning]:
    """A warning for each, with the object whose member it stands in."""
    paths = {each.path for each in dangling}
    entries = {entry.path: entry for entry in result.entries if entry.path in paths}
    for each in dangling:
        entry = entries[each.path]
        yield ItemWarning(
            code=WarningCode.LINK_LEAVES_PACKAGE,
            message=f"{each.written} leads to nothing in this package.",
            kind=entry.kind,
            item_id=entry.item_id,
            title=entry.title,
            place=each.path,
        )
