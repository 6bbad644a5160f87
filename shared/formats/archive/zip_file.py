"""One zip file, written from front to back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from shared.formats.archive.members import GeneratedMember, Hooks, StreamedMember, WholeMember, ZipMember
from shared.formats.archive.package_output import PackageOutput
from shared.formats.archive.zip_records import (
    DEFLATED,
    MOST_RECORDS,
    STORED,
    Member,
    ZipTime,
    central_header,
    data_descriptor,
    directory_end,
    local_header,
    most_deflated,
    needs_wide,
)
from shared.formats.entry import Origin

OnMember = Callable[[Member, Origin], object]


@dataclass(frozen=True, slots=True)
class WrittenZip:
    """A finished package: its size in bytes, its members, its SHA-256 in hex."""

    size: int
    entries: int
    sha256: str


@dataclass(slots=True)
class Totals:
    """The bytes and members written so far, over all zips of an export."""

    read: int = 0  # source bytes
    members: int = 0


class ZipFile:
    """One zip: writes members in order and keeps the central directory."""

    def __init__(self, output: PackageOutput, hooks: Hooks, moment: ZipTime, listed: OnMember, totals: Totals) -> None:
        """Write to `output`; `moment` is the time of every member, `listed` is called with each once it is written."""
        self.members = 0
        self._output = output
        self._hooks = hooks
        self._moment = moment
        self._listed = listed
        self._totals = totals
        self._directory = bytearray()

    def size_with(self, member: WholeMember | StreamedMember) -> int:
        """An upper bound of the size of the zip, in bytes, if it ended with this member."""
        if isinstance(member, WholeMember):
            body = member.body().compressed_size
        else:
            body = most_deflated(member.file.size) if member.file.compressible else member.file.size
        return self._output.position + len(self._directory) + body + 2 * len(member.path.encode()) + MOST_RECORDS

    def write(self, member: ZipMember) -> None:
        """Add a member."""
        if isinstance(member, WholeMember):
            self._write_whole(member)
        elif isinstance(member, GeneratedMember):
            self._write_generated(member)
        elif member.file.compressible:
            self._write_deflated(member)
        else:
            self._write_stored(member)

    def finish(self) -> WrittenZip:
        """Write the central directory."""
        offset = self._output.position
        self._output.write(bytes(self._directory))
        self._output.write(directory_end(self.members, len(self._directory), offset))
        sha256 = self._output.finish()
        return WrittenZip(self._output.position, self.members, sha256)

    def _write_whole(self, member: WholeMember) -> None:
        body = member.body()
        record = Member(member.path, body.method, body.crc32, body.size, body.compressed_size, self._output.position)
        self._output.write(local_header(record, self._moment))
        for chunk in body.chunks:
            self._output.write(chunk)
        self._totals.read += member.size
        self._list(record, member.origin)

    def _write_stored(self, member: StreamedMember) -> None:
        file = member.file
        record = Member(member.path, STORED, file.crc32, file.size, file.size, self._output.position)
        record = replace(record, wide=needs_wide(file.size))
        self._output.write(local_header(record, self._moment))
        self._write_pieces(member)
        self._list(record, member.origin)

    def _write_deflated(self, member: StreamedMember) -> None:
        file = member.file
        # The size of a stream is unknown until its end: it follows the bytes, in 8 bytes where it may need them.
        wide = needs_wide(most_deflated(file.size))
        record = Member(member.path, DEFLATED, file.crc32, file.size, 0, self._output.position, True, wide)
        self._output.write(local_header(record, self._moment))
        start = self._output.position
        self._write_pieces(member)
        record = replace(record, compressed_size=self._output.position - start)
        self._output.write(data_descriptor(record))
        self._list(record, member.origin)

    def _write_generated(self, member: GeneratedMember) -> None:
        # Nothing of it is known before its end: checksum and sizes follow the bytes.
        record = Member(member.path, DEFLATED, 0, 0, 0, self._output.position, sizes_follow=True)
        self._output.write(local_header(record, self._moment))
        start = self._output.position
        self._write_pieces(member)
        source, compressed = member.checksums, self._output.position - start
        record = replace(record, crc32=source.crc32, size=source.size, compressed_size=compressed)
        self._output.write(data_descriptor(record))
        self._list(record, Origin(None, source.sha256, from_store=False))

    def _write_pieces(self, member: StreamedMember | GeneratedMember) -> None:
        for size, piece in member.pieces:
            self._output.write(piece)
            self._totals.read += size
            self._hooks.progress(self._totals.read, self._totals.members)
            self._hooks.go_on()

    def _list(self, record: Member, origin: Origin) -> None:
        self._directory += central_header(record, self._moment)
        self.members += 1
        self._totals.members += 1
        self._listed(record, origin)
        self._hooks.progress(self._totals.read, self._totals.members)
