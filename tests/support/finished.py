"""A package as a worker leaves it in the store, and what its writer says of it; in memory."""

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
from shared.worker.member_recorder import MemberRecorder
from tests.support.archives import Shelf


@dataclass
class Finished:
    """The bytes are a test's to damage."""

    data: bytes
    told: WrittenPackage

    def verify(self) -> Verified:
        return verify(RangeFile(lambda start, stop: self.data[start:stop], len(self.data)), self.told)

    def codes(self) -> list[str]:
        """What the verification finds, by its codes."""
        return [finding.code for finding in self.verify().verification.findings]


def finished(
    packing: Packing, entries: Iterable[Entry], open_file: OpenFile | None = None, *, has_manifest: bool = True
) -> Finished:
    """Write the entries as a worker does."""
    out, recorder = io.BytesIO(), MemberRecorder()
    hooks, options = Hooks(fault=packing.lose_entry), ZipOptions(listed=recorder.written)
    written = write_zip(entries, open_file or Shelf().open, out.write, hooks, options)
    packing.close()
    receipt: Receipt = packing.report.receipt()
    told = WrittenPackage(written.size, recorder.entries, receipt, has_manifest, frozenset(packing.report.dangling))
    return Finished(out.getvalue(), told)
