"""A zip written from front to back: entries in, bytes out, ready for a multipart upload.

Same entries, same bytes: order, times and file modes are fixed, and no clock is read. Memory does not grow
with the size of a member; the list of members costs about 200 bytes each.

A file's bytes are verified while they are read. Up to `HELD` bytes they are verified before the member's header
goes out, so a missing or damaged file is a fault of that entry alone (`Hooks.fault`). The first chunk of a larger
file is read before its header too; if a later chunk is damaged, the bytes that are written cannot be
withdrawn, and a package with a broken member must not be kept: `write_zip` raises DamagedFile and the package starts
over without that file (`without_damaged`). Damage is rare, so that reading every file twice would cost more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from itertools import count
from typing import TypeVar

from shared.domain.errors import DamagedFile
from shared.formats.archive.bodies import OpenFile
from shared.formats.archive.members import GeneratedMember, Hooks, MemberQueue, ZipMember
from shared.formats.archive.package_output import PackageOutput, Sink
from shared.formats.archive.zip_file import OnMember, Totals, WrittenZip, ZipFile
from shared.formats.archive.zip_records import ZIP_TIME, ZipTime
from shared.formats.entry import Entry, GeneratedEntry

__all__ = ["Parts", "WrittenZip", "ZipOptions", "without_damaged", "write_parts", "write_zip"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ZipOptions:
    """How a package is written."""

    moment: ZipTime = ZIP_TIME  # of every member
    threads: int = 2  # that deflate; the bytes do not depend on it
    left_out: frozenset[str] = frozenset()  # sha256 of files known to be damaged: faults of their entries
    by_sha256: bool = False  # check the SHA-256 of each file too, beside size and CRC-32
    listed: OnMember = lambda _member, _origin: None  # called with each member once it is written


@dataclass(frozen=True, slots=True)
class Parts:
    """The zips of an export: `open` takes their number, from 1. `most` bytes each; None for no limit."""

    open: Callable[[int], AbstractContextManager[Sink]]
    most: int | None = None

    def takes(self, file: ZipFile, member: ZipMember) -> bool:
        """Whether the member belongs into this zip; one whose size is not known does not go into the next."""
        if self.most is None or isinstance(member, GeneratedMember):
            return True
        return not file.members or file.size_with(member) <= self.most


def write_zip(
    entries: Iterable[Entry | GeneratedEntry],
    open_file: OpenFile,
    sink: Sink,
    hooks: Hooks | None = None,
    options: ZipOptions | None = None,
) -> WrittenZip:
    """Write the entries as a zip to `sink`; return its size, members and SHA-256.

    STORED for what does not shrink, deflate for the rest, never larger than stored (a stream above `HELD` bytes whose
    probe was wrong: by 0.04 % at most). ZIP64 and data descriptors only where the format cannot do without.
    Raises what `hooks.fault` raises; DamagedFile when a large file breaks after its first chunk; Fenced when
    `hooks.should_stop` is true; and what `open_file` and `sink` raise. The sink then has no complete package.
    """
    (written,) = write_parts(entries, open_file, Parts(lambda _part: nullcontext(sink)), hooks, options)
    return written


def write_parts(
    entries: Iterable[Entry | GeneratedEntry],
    open_file: OpenFile,
    parts: Parts,
    hooks: Hooks | None = None,
    options: ZipOptions | None = None,
) -> list[WrittenZip]:
    """Write the entries as zips of at most `parts.most` bytes, each complete in itself; one at least, empty or not.

    A member goes into the next zip where it might not fit, by the most that it can take; one that is larger than a
    part by itself has a zip of its own, which is too large. Raises as `write_zip` does; the parts before the one that
    was broken off are then whole, and of no use.
    """
    hooks, options = hooks or Hooks(), options or ZipOptions()
    with ThreadPoolExecutor(options.threads, "package-deflate") as pool:
        queue = MemberQueue(open_file, hooks, pool, options.left_out, options.by_sha256)
        try:
            return list(_write_each(queue.ready(entries), parts, hooks, options))
        except BaseException:
            # Leaving the pool would wait for members that are no longer needed.
            pool.shutdown(cancel_futures=True)
            raise


def _write_each(members: Iterator[ZipMember], parts: Parts, hooks: Hooks, options: ZipOptions) -> Iterator[WrittenZip]:
    totals = Totals()
    member = next(members, None)
    for number in count(1):
        with parts.open(number) as sink, PackageOutput(sink) as output:
            file = ZipFile(output, hooks, options.moment, options.listed, totals)
            member = _fill(file, member, members, parts)
            written = file.finish()
        yield written
        if member is None:
            return


def _fill(
    file: ZipFile,
    member: ZipMember | None,
    members: Iterator[ZipMember],
    parts: Parts,
) -> ZipMember | None:
    """Write the members that the part takes; return the first that it does not take, None at the end."""
    while member is not None and parts.takes(file, member):
        file.write(member)
        member = next(members, None)
    return member


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
