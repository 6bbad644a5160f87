"""What a request adds to its package behind the entries: the report as a member, and the page that people read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from shared.contracts.report import report_member
from shared.domain.packages.package_options import PackageOptions
from shared.domain.report import MEMBER
from shared.domain.warning_codes import WarningCode
from shared.formats.entry import Entry, GeneratedEntry
from shared.formats.imscp.own_members import INDEX, free_name
from shared.formats.offline import index
from shared.formats.offline.packed_files import PackedFiles
from shared.formats.packing import Packing

_STEM = MEMBER.removesuffix(".json")


def closed(
    entries: Iterator[Entry], packing: Packing, options: PackageOptions, locales: Sequence[str | None]
) -> Iterator[Entry | GeneratedEntry]:
    """The same entries; the report is closed after the last one, and the members that were requested follow."""
    paths: set[str] = set()
    packed_files = PackedFiles()
    for entry in entries:
        if options.include_report and entry.path.startswith(_STEM):
            paths.add(entry.path)
        if options.include_index:
            packed_files.note(entry)
        yield entry
    name = packed_files.free_name()
    if options.include_index and name != INDEX:
        sentence = f"A file of the course is called {INDEX}: the page to read is {name}."
        packing.report.warn(WarningCode.RENAMED, sentence, place=name)
    packing.close()
    if options.include_report:
        yield Entry(free_name(MEMBER, paths), report_member(packing.report.receipt()))
    if options.include_index:
        yield _index(name, packing, packed_files, options, locales)


def _index(
    name: str, packing: Packing, packed_files: PackedFiles, options: PackageOptions, locales: Sequence[str | None]
) -> Entry | GeneratedEntry:
    in_parts = options.max_part_size is not None
    chunks = partial(index.chunks, packing, packed_files, locales, in_parts=in_parts)
    # Its size decides which part it belongs into; the page of a zip is a list of its files.
    return Entry(name, b"".join(chunks())) if in_parts else GeneratedEntry(name, chunks)
