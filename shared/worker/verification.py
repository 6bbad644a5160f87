"""A package is read back from the store before its export counts as exported."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from msgspec.structs import replace

from shared.adapters.object_store import ObjectStore
from shared.adapters.postgres.leases import Package
from shared.domain.errors import ExportError, Fenced, ObjectMissing, StoreUnavailable
from shared.domain.package_entry import Listing, PackageEntry
from shared.domain.report import ItemWarning, Receipt
from shared.domain.verification import Verification
from shared.formats.verification.package import WrittenPackage, verify
from shared.formats.verification.ranges import RangeFile, ReadRange
from shared.formats.verification.references import Dangling
from shared.runtime.from_thread import run_on_loop
from shared.worker.reporter import Reporter

_DANGLING_TOLD = 1000  # references that the writers did not tell of; more would say nothing new


class VerificationFailed(ExportError):
    """What lies in the store is not the package that was written."""

    code = "verification_failed"

    def __init__(self, message: str, receipt: Receipt) -> None:
        """Keep the receipt, which has the list."""
        super().__init__(message)
        self.receipt = receipt


@dataclass(frozen=True, slots=True)
class Packed:
    """The packages of one export as they lie in the store, and all that their writer says of them."""

    packages: list[Package]  # one, or the parts of a split export
    receipt: Receipt
    entries: Collection[PackageEntry]  # of all packages
    dangling: frozenset[str]  # references that the receipt says lead nowhere
    has_manifest: bool


def verified(packed: Packed, store: ObjectStore, reporter: Reporter, loop: asyncio.AbstractEventLoop) -> Receipt:
    """The receipt with the outcome. Raises VerificationFailed; Fenced once the export is not this attempt's any more.

    For a thread: the store is read on the event loop.
    """
    found: list[Verification] = []
    warnings: list[ItemWarning] = []
    for place, package in enumerate(packed.packages, start=1):
        outcome, dangling = verify(_file(store, package.key, loop), _told(packed, place), _go_on(reporter))
        found.append(outcome)
        warnings += _warnings(dangling[: _DANGLING_TOLD - len(warnings)], packed)
    outcome = Verification.combined(found)
    receipt = replace(packed.receipt, warnings=[*packed.receipt.warnings, *warnings], verification=outcome)
    if not outcome.passed:
        message = f"The finished package did not stand its verification. {outcome.sentence}"
        raise VerificationFailed(message, replace(receipt, complete=False))
    return receipt


def _told(packed: Packed, part: int) -> WrittenPackage:
    alone = len(packed.packages) == 1
    return WrittenPackage(
        size=packed.packages[part - 1].size,
        entries=packed.entries if alone else Listing(entry for entry in packed.entries if entry.part == part),
        receipt=packed.receipt,
        has_manifest=packed.has_manifest,
        dangling=packed.dangling,
        elsewhere=() if alone else Listing(entry for entry in packed.entries if entry.part != part),
    )


def _go_on(reporter: Reporter) -> Callable[[], None]:
    def go_on() -> None:
        if reporter.stop.is_set():
            raise Fenced

    return go_on


def _file(store: ObjectStore, key: str, loop: asyncio.AbstractEventLoop) -> RangeFile:
    try:
        size = run_on_loop(store.size(key), loop, StoreUnavailable)
    except ObjectMissing:
        size = 0
    return RangeFile(_reader(store, key, loop), size)


def _reader(store: ObjectStore, key: str, loop: asyncio.AbstractEventLoop) -> ReadRange:
    async def read(start: int, stop: int) -> bytearray:
        held = bytearray()
        async for chunk in store.read_range(key, start, stop):
            held += chunk
        return held

    return lambda start, stop: run_on_loop(read(start, stop), loop, StoreUnavailable)


def _warnings(dangling: list[Dangling], packed: Packed) -> Iterator[ItemWarning]:
    """A warning for each, with the object whose member it stands in."""
    paths = {found.path for found in dangling}
    entries = {entry.path: entry for entry in packed.entries if entry.path in paths}
    for found in dangling:
        entry = entries[found.path]
        yield ItemWarning(
            code="link_leaves_package",
            message=f"{found.written} leads to nothing in this package.",
            kind=entry.kind,
            item_id=entry.item_id,
            title=entry.title,
            place=found.path,
        )
