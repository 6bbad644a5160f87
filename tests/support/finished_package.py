"""A package in memory as a worker leaves it in the store, with the record of its writer."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass

from shared.domain.report import Receipt
from shared.formats.archive.bodies import OpenFile
from shared.formats.archive.members import Hooks
from shared.formats.archive.zip_writer import ZipOptions, write_zip
from shared.formats.entry import Entry
from shared.formats.packing import Packing
from shared.formats.verification.package import Verified, WrittenPackage, verify
from shared.formats.verification.ranges import RangeFile
from shared.worker.attempt_record import AttemptRecord
from shared.worker.member_recorder import MemberRecorder
from tests.support.archives import Shelf


@dataclass
class FinishedPackage:
    """A package whose bytes a test may damage before it verifies them."""

    data: bytes
    written_package: WrittenPackage

    def verify(self) -> Verified:
        return verify(RangeFile(lambda start, stop: self.data[start:stop], len(self.data)), self.written_package)

    def codes(self) -> list[str]:
        """The codes of the findings of the verification."""
        return [finding.code for finding in self.verify().verification.findings]


def finished(
    packing: Packing, entries: Iterable[Entry], open_file: OpenFile | None = None, *, has_manifest: bool = True
) -> FinishedPackage:
    """Write the entries as a worker does."""
    out, recorder = io.BytesIO(), MemberRecorder(AttemptRecord())
    hooks, options = Hooks(fault=packing.lose_entry), ZipOptions(listed=recorder.written)
    written = write_zip(entries, open_file or Shelf().open, out.write, hooks, options)
    packing.close()
    receipt: Receipt = packing.report.receipt()
    written_package = WrittenPackage(
        written.size, recorder.entries, receipt, has_manifest, frozenset(packing.report.dangling)
    )
    return FinishedPackage(out.getvalue(), written_package)
