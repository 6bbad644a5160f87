"""Reads a finished package back from the store and verifies it."""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import NamedTuple
from xml.parsers.expat import ExpatError
from zipfile import BadZipFile, ZipFile

from shared.domain.errors import UnreadablePackage
from shared.domain.packages.package_entry import PackageEntry
from shared.domain.report import Receipt
from shared.domain.verification import Finding, Verification
from shared.formats.imscp.package_reader import MANIFEST
from shared.formats.verification.counts import check_counts, check_members
from shared.formats.verification.directory import DirectoryEntry, check_directory
from shared.formats.verification.document_rules import rules_of
from shared.formats.verification.element_rules import ElementCheck, checked
from shared.formats.verification.element_schema import DocumentRules
from shared.formats.verification.manifest import ManifestReferences, check_manifest, read_manifest
from shared.formats.verification.members import read_member, read_pieces
from shared.formats.verification.ranges import RangeFile
from shared.formats.verification.references import Dangling, References

# The errors that zipfile raises for a damaged directory.
_UNREADABLE = (BadZipFile, ValueError, OSError, NotImplementedError, struct.error)
_SETTINGS = "course_settings/"
_LARGE = 256 * 1024  # bytes of a member that is not held whole
_HELD = 256 * 1024  # bytes of the documents that are held together


@dataclass(frozen=True, slots=True)
class WrittenPackage:
    """The writer's record of a package."""

    size: int  # bytes
    entries: Collection[PackageEntry]
    receipt: Receipt
    has_manifest: bool
    dangling: Collection[str] = ()  # references without a target that the report names, as they were written
    elsewhere: Collection[PackageEntry] = ()  # members of the export's other zips, if it has several


class Verified(NamedTuple):
    """The outcome, and the dangling references that the report does not name."""

    verification: Verification
    dangling: list[Dangling]


@dataclass(slots=True)
class _Verifier:
    """The findings on a package while its members are read."""

    package: RangeFile
    references: References
    findings: list[Finding] = field(default_factory=list)
    manifest: ManifestReferences | None = None
    members_read: int = 0
    _unchecked: list[tuple[str, bytes, DocumentRules]] = field(default_factory=list)  # documents with their rules
    _unchecked_bytes: int = 0

    def read(self, info: DirectoryEntry) -> None:
        """Read one member; a damaged one is a finding."""
        path = info.path
        try:
            if path == MANIFEST:
                self._read_manifest(info)
            elif info.size > _LARGE:
                self._read_large(info, self._rules_of(path))
            else:
                self._read_whole(info, self._rules_of(path))
        except UnreadablePackage as error:
            self.findings.append(Finding(code="member_damaged", place=path, message=str(error)))
        self.members_read += 1

    def _read_large(self, info: DirectoryEntry, rules: DocumentRules | None) -> None:
        pieces: Iterable[bytes] = read_pieces(self.package, info)
        if rules is None:
            self.references.add_pieces(info.path, pieces)
        else:
            pieces = self._checked(info.path, pieces, rules)
            self.references.add_pieces(info.path, pieces, names_objects=rules.names_objects)

    def _read_whole(self, info: DirectoryEntry, rules: DocumentRules | None) -> None:
        data = read_member(self.package, info)
        if rules is None:
            self.references.add(info.path, data)
            return
        self.references.add(info.path, data, names_objects=rules.names_objects)
        self._unchecked.append((info.path, data, rules))
        self._unchecked_bytes += len(data)
        if self._unchecked_bytes > _HELD:
            self.check_held()

    def check_held(self) -> None:
        """Check the documents that are held. Reading one and checking it in turns takes a fifth longer."""
        for path, data, rules in self._unchecked:
            if not rules.allow(data):
                deque(self._checked(path, [data], rules), maxlen=0)
        self._unchecked.clear()
        self._unchecked_bytes = 0

    def _checked(self, path: str, pieces: Iterable[bytes], rules: DocumentRules) -> Iterator[bytes]:
        """The pieces of a document, which are parsed on their way."""
        check = ElementCheck(path, rules.elements)
        yield from checked(pieces, check)
        self.findings.extend(check.findings)

    def _rules_of(self, path: str) -> DocumentRules | None:
        stated = "" if self.manifest is None else self.manifest.types.get(path, "")
        return rules_of(stated, of_canvas=self.manifest.of_canvas) if stated and self.manifest is not None else None

    def _read_manifest(self, info: DirectoryEntry) -> None:
        pieces = read_pieces(self.package, info)
        try:
            self.manifest = read_manifest(pieces, self.references.paths)
            self.references.manifest_identifiers = self.manifest.identifiers
        except ExpatError as error:
            # Read to the end: if the member is damaged, that is the reason to report.
            for _ in pieces:
                pass
            message = f"{info.path} is not XML: {error}."
            self.findings.append(Finding(code="manifest_unreadable", place=info.path, message=message))


def verify(package: RangeFile, written: WrittenPackage, go_on: Callable[[], None] = lambda: None) -> Verified:
    """Read a package back. Raises what reading it raises, and what `go_on` raises, which is called for each member.

    The directory is compared with the record. Rendered members are read and their checksums compared; copies of stored
    files are not, since their checksums were compared while they were copied.
    """
    if package.size != written.size:
        message = f"The package has {package.size} bytes in the store, {written.size} were written."
        return _failed(Finding(code="size_differs", message=message))
    try:
        with ZipFile(package) as archive:
            listing = [DirectoryEntry.of(info) for info in archive.infolist()]
        # zipfile keeps a much larger object for each line of the directory.
        del archive
    except _UNREADABLE as error:
        return _failed(
            Finding(code="directory_unreadable", message=f"The package's directory cannot be read: {error}.")
        )
    listed = {info.path: info for info in listing}
    verifier = _Verifier(package, References(listed))
    for info in _rendered_members(written.entries, listed):
        go_on()
        verifier.read(info)
    verifier.check_held()
    checks: Iterable[Finding] = chain(
        check_directory(listing, written.entries),
        verifier.findings,
        _manifest(verifier, written, listed),
        check_counts(written.receipt),
        check_members(written.receipt, chain(written.entries, written.elsewhere)),
    )
    dangling = list(verifier.references.dangling(written.dangling))
    return Verified(Verification.of(checks, verifier.members_read), dangling)


def _rendered_members(entries: Iterable[PackageEntry], listed: Mapping[str, DirectoryEntry]) -> list[DirectoryEntry]:
    """The rendered members: first those that name identifiers, then the others in the order of the package."""
    rendered = [listed[e.path] for e in entries if not e.from_store and not e.path.endswith("/") and e.path in listed]
    return sorted(rendered, key=lambda info: (info.path != MANIFEST, not info.path.startswith(_SETTINGS)))


def _manifest(verifier: _Verifier, written: WrittenPackage, listed: Mapping[str, DirectoryEntry]) -> Iterator[Finding]:
    if verifier.manifest is not None:
        yield from check_manifest(verifier.manifest)
    elif written.has_manifest and MANIFEST not in listed:
        yield Finding(code="manifest_missing", place=MANIFEST, message=f"The package has no {MANIFEST}.")


def _failed(finding: Finding) -> Verified:
    return Verified(Verification.of([finding]), [])
