"""The directory of a package against what the writer said it wrote."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from zipfile import ZipInfo

import msgspec

from shared.domain.package_entry import PackageEntry
from shared.domain.verification import Finding

_FIELDS = ("size", "compressed_size", "crc32", "offset")


class Listed(msgspec.Struct, frozen=True, gc=False):
    """A line of the directory, of which there are tens of thousands: what of ZipInfo is needed here."""

    path: str
    written: str  # the path as it stands in the directory
    size: int
    compressed_size: int
    crc32: int
    offset: int
    method: int

    @classmethod
    def of(cls, info: ZipInfo) -> Listed:
        """The same line."""
        sizes = (info.file_size, info.compress_size, info.CRC, info.header_offset)
        return cls(info.filename, info.orig_filename, *sizes, info.compress_type)


def check_directory(found: Sequence[Listed], told: Collection[PackageEntry]) -> Iterator[Finding]:
    """Each member that was written is listed once, as it was written; and no other is."""
    listed = {info.path: info for info in found}
    for entry in told:
        info = listed.get(entry.path)
        if info is None:
            yield Finding(code="member_missing", place=entry.path, message=f"{entry.path} is not in the package.")
        else:
            yield from _differences(info, entry)
    if not len(found) == len(listed) == len(told):
        yield from _surplus(found, listed, {entry.path for entry in told})


def _differences(info: Listed, entry: PackageEntry) -> Iterator[Finding]:
    for name in _FIELDS:
        is_, should = getattr(info, name), getattr(entry, name)
        if is_ != should:
            message = f"The {name} of {entry.path} is {is_} in the package's directory, {should} was written."
            yield Finding(code="member_differs", place=entry.path, message=message)


def _surplus(found: Sequence[Listed], listed: Mapping[str, Listed], told: set[str]) -> Iterator[Finding]:
    for info in found:
        if listed[info.path] is not info:
            message = f"{info.path} is in the package twice."
            yield Finding(code="member_repeated", place=info.path, message=message)
        elif info.path not in told:
            message = f"{info.path} is in the package, and nobody wrote it."
            yield Finding(code="member_unknown", place=info.path, message=message)
