"""Records the members of a package while it is written: each member, and the content object that it belongs to."""

from __future__ import annotations

import time

from shared.domain.attempts import SlowObject
from shared.domain.packages.package_entry import Listing, PackageEntry
from shared.formats.archive.zip_records import Member
from shared.formats.entry import Origin
from shared.worker.attempt_record import WORTH_S, AttemptRecord


class MemberRecorder:
    """The members of an export's packages, in order."""

    def __init__(self, record: AttemptRecord) -> None:
        """Begin with the first package; `record` gets the time of each member."""
        self._record = record
        self._since = time.perf_counter()
        self.entries = Listing()
        self.part = 1  # the package that is being written

    def written(self, member: Member, origin: Origin) -> None:
        """The member has been written."""
        kind, item_id, title = origin.item or (None, None, None)
        now = time.perf_counter()
        seconds, self._since = now - self._since, now
        if seconds >= WORTH_S:
            self._record.took(SlowObject(member.path, round(seconds, 3), kind, item_id, title))
        self.entries.append(
            PackageEntry(
                path=member.path,
                size=member.size,
                compressed_size=member.compressed_size,
                crc32=member.crc32,
                offset=member.offset,
                sha256=origin.sha256,
                kind=kind,
                item_id=item_id,
                title=title,
                from_store=origin.from_store,
                part=self.part,
            )
        )
