"""A finished package, read back from where it lies."""

from __future__ import annotations

import struct
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import NamedTuple
from xml.parsers.expat import ExpatError
from zipfile import BadZipFile, ZipFile

from shared.domain.errors import UnreadablePackage
from shared.domain.package_entry import PackageEntry
from shared.domain.report import Receipt
from shared.domain.verification import Finding, Verification
from shared.formats.verification.counts import check_counts, check_members
from shared.formats.verification.directory import Listed, check_directory
from shared.formats.verification.manifest import MANIFEST, Manifest, check_manifest, read_manifest
from shared.formats.verification.members import read_member, read_pieces
from shared.formats.verification.ranges import RangeFile
from shared.formats.verification.references import Dangling, References

_UNREADABLE = (BadZipFile, ValueError, OSError, NotImplementedError, struct.error)  # by a directory, in zipfile
_SETTINGS = "course_settings/"
_LARGE = 256 * 1024  # bytes of a member that is not held whole


@dataclass(frozen=True, slots=True)
class Told:
    """What the writer says of the package."""

    size: int  # bytes
    entries: Collection[PackageEntry]
    receipt: Receipt
    has_manifest: bool
    dangling: Collection[str] = ()  # references that the report says lead nowhere, as they were written
    elsewhere: Collection[PackageEntry] = ()  # members of the export's other packages, where it was split


class Verified(NamedTuple):
    """The outcome; and references to what is not in the package, which the report does not tell of."""

    verification: Verification
    dangling: list[Dangling]


@dataclass(slots=True)
class _Reading:
    """What is known of a package while its members pass by."""

    package: RangeFile
    references: References
    findings: list[Finding] = field(default_factory=list)
    manifest: Manifest | None = None
    members_read: int = 0

    def member(self, info: Listed) -> None:
        path = info.path
        try:
            if path == MANIFEST:
                self._read_manifest(info)
            elif info.size > _LARGE:
                self.references.look_at_pieces(path, read_pieces(self.package, info))
            else:
                self.references.look(path, read_member(self.package, info))
        except UnreadablePackage as error:
            self.findings.append(Finding(code="member_damaged", place=path, message=str(error)))
        self.members_read += 1

    def _read_manifest(self, info: Listed) -> None:
        pieces = read_pieces(self.package, info)
        try:
            self.manifest = read_manifest(pieces, self.references.paths)
            self.references.named = self.manifest.identifiers
        except ExpatError as error:
            for _ in pieces:  # damage says more than what a parser makes of it
                pass
            message = f"{info.path} is no XML: {error}."
            self.findings.append(Finding(code="manifest_unreadable", place=info.path, message=message))


def verify(package: RangeFile, told: Told, go_on: Callable[[], None] = lambda: None) -> Verified:
    """Read a package back. Raises what reading it raises, and what `go_on` raises, which is called for each member.

    The directory is compared with what was written. Members that were made here are read again and their checksums
    compared; those copied from stored files are not, since their checksums were compared while they were copied.
    """
    if package.size != told.size:
        message = f"The package has {package.size} bytes in the store, {told.size} were written."
        return _failed(Finding(code="size_differs", message=message))
    try:
        with ZipFile(package) as archive:
            found = [Listed.of(info) for info in archive.infolist()]
        del archive  # its own lines of the directory are much larger
    except _UNREADABLE as error:
        return _failed(
            Finding(code="directory_unreadable", message=f"The package's directory cannot be read: {error}.")
        )
    listed = {info.path: info for info in found}
    reading = _Reading(package, References(listed))
    for info in _made_here(told.entries, listed):
        go_on()
        reading.member(info)
    checks: Iterable[Finding] = chain(
        check_directory(found, told.entries),
        reading.findings,
        _manifest(reading, told, listed),
        check_counts(told.receipt),
        check_members(told.receipt, chain(told.entries, told.elsewhere)),
    )
    dangling = list(reading.references.dangling(told.dangling))
    return Verified(Verification.of(checks, reading.members_read), dangling)


def _made_here(entries: Iterable[PackageEntry], listed: Mapping[str, Listed]) -> list[Listed]:
    """The members to read: those that name everything first, the others as they lie."""
    made = [listed[e.path] for e in entries if not e.from_store and not e.path.endswith("/") and e.path in listed]
    return sorted(made, key=lambda info: (info.path != MANIFEST, not info.path.startswith(_SETTINGS)))


def _manifest(reading: _Reading, told: Told, listed: Mapping[str, Listed]) -> Iterator[Finding]:
    if reading.manifest is not None:
        yield from check_manifest(reading.manifest)
    elif told.has_manifest and MANIFEST not in listed:
        yield Finding(code="manifest_missing", place=MANIFEST, message=f"The package has no {MANIFEST}.")


def _failed(finding: Finding) -> Verified:
    return Verified(Verification.of([finding]), [])
