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
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TypeVar

from shared.domain.errors import DamagedFile
from shared.formats.archive.bodies import OpenFile
from shared.formats.archive.members import Hooks, Members, Stream, Whole
from shared.formats.archive.package_output import PackageOutput, Sink
from shared.formats.archive.zip_file import Done, Listed, Written, ZipFile
from shared.formats.archive.zip_records import ZIP_TIME, ZipTime
from shared.formats.entry import Entry

__all__ = ["Options", "Parts", "Written", "without_damaged", "write_parts", "write_zip"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Options:
    """How a package is written."""

    moment: ZipTime = ZIP_TIME  # of every member
    threads: int = 2  # that deflate; the bytes do not depend on it
    left_out: frozenset[str] = frozenset()  # sha256 of files known to be damaged: faults of their entries
    by_sha256: bool = False  # hold each file against its SHA-256 too, beside size and CRC-32
    listed: Listed = lambda _member, _origin: None  # called with each member once it is written


@dataclass(frozen=True, slots=True)
class Parts:
    """Where zips go: the first has the number 1. `most` is how many bytes each may have; None: any."""

    open: Callable[[int], AbstractContextManager[Sink]]
    most: int | None = None

    def takes(self, file: ZipFile, member: Whole | Stream) -> bool:
        """Whether the member belongs into this zip."""
        return self.most is None or not file.members or file.size_with(member) <= self.most


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
    (written,) = write_parts(entries, open_file, Parts(lambda _part: nullcontext(sink)), hooks, options)
    return written


def write_parts(
    entries: Iterable[Entry],
    open_file: OpenFile,
    parts: Parts,
    hooks: Hooks | None = None,
    options: Options | None = None,
) -> list[Written]:
    """Write the entries as zips of at most `parts.most` bytes, each complete in itself; one at least, empty or not.

    A member goes into the next zip where it might not fit, by the most that it can take; one that is larger than a
    part by itself has a zip of its own, which is too large. Raises as `write_zip` does; the parts before the one that
    was broken off are then whole, and of no use.
    """
    hooks, options, done = hooks or Hooks(), options or Options(), Done()
    with ThreadPoolExecutor(options.threads, "package-deflate") as pool:
        members = Members(open_file, hooks, pool, options.left_out, options.by_sha256).ready(entries)
        written: list[Written] = []
        try:
            member = next(members, None)
            while member is not None or not written:
                with parts.open(len(written) + 1) as sink, PackageOutput(sink) as output:
                    file = ZipFile(output, hooks, options.moment, options.listed, done)
                    while member is not None and parts.takes(file, member):
                        file.write(member)
                        member = next(members, None)
                    written.append(file.finish())
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
        return written


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
