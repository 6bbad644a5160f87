"""Records the members of a package while it is written: each member, and the content object that it belongs to."""

from __future__ import annotations

from shared.domain.package_entry import Listing, PackageEntry
from shared.formats.archive.zip_records import Member
from shared.formats.entry import Origin


class MemberRecorder:
    """The members of an export's packages, in order."""

    def __init__(self) -> None:
        """Begin with the first package."""
        self.entries = Listing()
        self.part = 1  # the package that is being written

    def written(self, member: Member, origin: Origin) -> None:
        """The member has been written."""
        kind, item_id, title = origin.item or (None, None, None)
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
