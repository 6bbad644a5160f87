"""The directory of a package, compared with the entries that its writer recorded."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from zipfile import ZipInfo

import msgspec

from shared.domain.packages.package_entry import PackageEntry
from shared.domain.verification import Finding

_FIELDS = ("size", "compressed_size", "crc32", "offset")


class DirectoryEntry(msgspec.Struct, frozen=True, gc=False):
    """A line of the directory: the fields of ZipInfo that are needed here, as there may be tens of thousands."""

    path: str
    written: str  # the path as it stands in the directory
    size: int
    compressed_size: int
    crc32: int
    offset: int
    method: int

    @classmethod
    def of(cls, info: ZipInfo) -> DirectoryEntry:
        """The line of a ZipInfo."""
        sizes = (info.file_size, info.compress_size, info.CRC, info.header_offset)
        return cls(info.filename, info.orig_filename, *sizes, info.compress_type)


def check_directory(listing: Sequence[DirectoryEntry], written_entries: Collection[PackageEntry]) -> Iterator[Finding]:
    """A finding for each written member that is missing, differs or is listed twice, and for each other member."""
    listed = {info.path: info for info in listing}
    for entry in written_entries:
        info = listed.get(entry.path)
        if info is None:
            yield Finding(code="member_missing", place=entry.path, message=f"{entry.path} is not in the package.")
        else:
            yield from _differences(info, entry)
    if not len(listing) == len(listed) == len(written_entries):
        yield from _surplus(listing, listed, {entry.path for entry in written_entries})


def _differences(info: DirectoryEntry, entry: PackageEntry) -> Iterator[Finding]:
    for name in _FIELDS:
        is_, should = getattr(info, name), getattr(entry, name)
        if is_ != should:
            message = f"The {name} of {entry.path} is {is_} in the package's directory, {should} was written."
            yield Finding(code="member_differs", place=entry.path, message=message)


def _surplus(
    listing: Sequence[DirectoryEntry], listed: Mapping[str, DirectoryEntry], written_entries: set[str]
) -> Iterator[Finding]:
    for info in listing:
        if listed[info.path] is not info:
            message = f"{info.path} is in the package twice."
            yield Finding(code="member_repeated", place=info.path, message=message)
        elif info.path not in written_entries:
            message = f"{info.path} is in the package, but was not written into it."
            yield Finding(code="member_unknown", place=info.path, message=message)
