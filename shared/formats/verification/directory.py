"""The directory of a package against what the writer said it wrote."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from zipfile import ZipInfo

from shared.domain.package_entry import PackageEntry
from shared.domain.verification import Finding

_FIELDS = (
    ("size", "file_size"),
    ("compressed_size", "compress_size"),
    ("crc32", "CRC"),
    ("offset", "header_offset"),
)


def check_directory(found: Sequence[ZipInfo], told: Sequence[PackageEntry]) -> Iterator[Finding]:
    """Each member that was written is listed once, as it was written; and no other is."""
    listed = {info.filename: info for info in found}
    for entry in told:
        info = listed.get(entry.path)
        if info is None:
            yield Finding(code="member_missing", place=entry.path, message=f"{entry.path} is not in the package.")
        else:
            yield from _differences(info, entry)
    if not len(found) == len(listed) == len(told):
        yield from _surplus(found, listed, {entry.path for entry in told})


def _differences(info: ZipInfo, entry: PackageEntry) -> Iterator[Finding]:
    for name, theirs in _FIELDS:
        is_, should = getattr(info, theirs), getattr(entry, name)
        if is_ != should:
            message = f"The {name} of {entry.path} is {is_} in the package's directory, {should} was written."
            yield Finding(code="member_differs", place=entry.path, message=message)


def _surplus(found: Sequence[ZipInfo], listed: Mapping[str, ZipInfo], told: set[str]) -> Iterator[Finding]:
    for info in found:
        if listed[info.filename] is not info:
            message = f"{info.filename} is in the package twice."
            yield Finding(code="member_repeated", place=info.filename, message=message)
        elif info.filename not in told:
            message = f"{info.filename} is in the package, and nobody wrote it."
            yield Finding(code="member_unknown", place=info.filename, message=message)
