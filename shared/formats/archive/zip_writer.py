"""A zip written from front to back: entries in, bytes out, ready for a multipart upload.

Same entries, same bytes: order, times and rights are given, nothing is taken from a clock. Memory does not grow
with the size of a member; the list of members costs about 200 bytes each.

A file's bytes are verified while they are read. Up to `HELD` bytes they are verified before the member's header
goes out, so a missing or damaged file is a fault of that entry alone (`Hooks.fault`). The first chunk of a larger
file is read before its header too; but when a later chunk turns out wrong, what went out cannot be called back, and
a package with a broken member must not be kept: `write_zip` raises DamagedFile and the package starts over without
that file. `without_damaged` is that loop. It is rare (a store that loses bits), so reading everything twice to know
beforehand would be the dearer choice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TypeVar

from shared.domain.errors import DamagedFile
from shared.formats.archive.bodies import OpenFile
from shared.formats.archive.compression import deflater
from shared.formats.archive.members import Hooks, Members, Stream, Whole
from shared.formats.archive.package_output import PackageOutput, Sink
from shared.formats.archive.zip_records import (
    DEFLATED,
    STORED,
    ZIP_TIME,
    Member,
    ZipTime,
    central_header,
    data_descriptor,
    directory_end,
    local_header,
    needs_wide,
)
from shared.formats.entry import Entry

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Written:
    """A finished package: its size in bytes, its members, its SHA-256 in hex."""

    size: int
    entries: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Options:
    """How a package is written."""

    moment: ZipTime = ZIP_TIME  # of every member
    threads: int = 2  # that deflate; the bytes do not depend on it
    left_out: frozenset[str] = frozenset()  # sha256 of files known to be damaged: faults of their entries
    listed: Callable[[Member], object] = lambda _member: None  # called with each member once it is written


def write_zip(
    entries: Iterable[Entry],
    open_file: OpenFile,
    sink: Sink,
    hooks: Hooks | None = None,
    options: Options | None = None,
) -> Written:
    """Write the entries as a zip to `sink`, and say what was written.

    STORED for what does not shrink, deflate for the rest, never larger than stored (a stream above `HELD` bytes whose
    probe was wrong: by 0.04 % at most). ZIP64 and data descriptors only where the format cannot do without.
    Raises what `hooks.fault` raises; DamagedFile when a large file breaks after its first chunk; Fenced when
    `hooks.should_stop` says so; and whatever `open_file` and `sink` raise. What the sink got is then no package.
    """
    hooks, options = hooks or Hooks(), options or Options()
    with PackageOutput(sink) as output, ThreadPoolExecutor(options.threads, "package-deflate") as pool:
        writer = _Writer(output, hooks, options)
        try:
            for member in Members(open_file, hooks, pool, options.left_out).ready(entries):
                writer.write(member)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
        return writer.finish()


def without_damaged(build: Callable[[frozenset[str]], T]) -> T:
    """Call `build` until no file breaks while it streams, each time with the SHA-256 of those that did before.

    `build` opens its own upload, hands the set to `Options.left_out`, and aborts the upload on any error.
    """
    damaged: frozenset[str] = frozenset()
    while True:
        try:
            return build(damaged)
        except DamagedFile as fault:
            if not fault.sha256 or fault.sha256 in damaged:
                raise
            damaged |= {fault.sha256}


class _Writer:
    """Lays members one after another and keeps the central directory."""

    def __init__(self, output: PackageOutput, hooks: Hooks, options: Options) -> None:
        self._output = output
        self._hooks = hooks
        self._options = options
        self._directory = bytearray()
        self._members = 0
        self._read = 0  # source bytes

    def write(self, member: Whole | Stream) -> None:
        if isinstance(member, Whole):
            self._write_whole(member)
        elif member.file.compressible:
            self._write_deflated(member)
        else:
            self._write_stored(member)

    def finish(self) -> Written:
        offset = self._output.position
        self._output.write(bytes(self._directory))
        self._output.write(directory_end(self._members, len(self._directory), offset))
        sha256 = self._output.finish()
        return Written(self._output.position, self._members, sha256)

    def _write_whole(self, member: Whole) -> None:
        body = member.body()
        record = Member(member.path, body.method, body.crc32, body.size, body.compressed_size, self._output.position)
        self._output.write(local_header(record, self._options.moment))
        for chunk in body.chunks:
            self._output.write(chunk)
        self._read += member.size
        self._list(record)

    def _write_stored(self, member: Stream) -> None:
        file = member.file
        record = Member(member.path, STORED, file.crc32, file.size, file.size, self._output.position)
        record = replace(record, wide=needs_wide(file.size))
        self._output.write(local_header(record, self._options.moment))
        for chunk in member.chunks:
            self._output.write(chunk)
            self._count(len(chunk))
        self._list(record)

    def _write_deflated(self, member: Stream) -> None:
        file = member.file
        # Deflate may add a few bytes in 64 kB; 1 in 256 is far beyond that and still exact for every real file.
        wide = needs_wide(file.size + file.size // 256)
        record = Member(member.path, DEFLATED, file.crc32, file.size, 0, self._output.position, True, wide)
        self._output.write(local_header(record, self._options.moment))
        start, stream = self._output.position, deflater()
        for chunk in member.chunks:
            self._output.write(stream.compress(chunk))
            self._count(len(chunk))
        self._output.write(stream.flush())
        record = replace(record, compressed_size=self._output.position - start)
        self._output.write(data_descriptor(record))
        self._list(record)

    def _count(self, size: int) -> None:
        self._read += size
        self._hooks.progress(self._read, self._members)
        self._hooks.go_on()

    def _list(self, record: Member) -> None:
        self._directory += central_header(record, self._options.moment)
        self._members += 1
        self._options.listed(record)
        self._hooks.progress(self._read, self._members)
