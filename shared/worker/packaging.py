"""Builds the packages of one export in a thread: content in, zips in the object store out."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from shared.adapters.course_source import CourseSource
from shared.adapters.object_store import ObjectStore, opener, package_key
from shared.adapters.postgres.leases import StoredPackage
from shared.domain.content.course import Course
from shared.domain.course_content import LOADED_AS, CourseContent
from shared.domain.export import ContentExport
from shared.domain.identifiers import Identifiers
from shared.domain.kinds import Kind, family
from shared.domain.report import Report
from shared.domain.rights import Rights
from shared.domain.selection import Selection
from shared.domain.stored_file import StoredFile
from shared.domain.warning_codes import WarningCode
from shared.formats.archive.members import Hooks
from shared.formats.archive.package_output import Sink
from shared.formats.archive.zip_writer import Parts, WrittenZip, ZipOptions, without_damaged, write_parts
from shared.formats.entry import Entry, GeneratedEntry
from shared.formats.html.package_links import PackageLinks
from shared.formats.identifiers import Keys
from shared.formats.packing import PackageRequest, Packing
from shared.runtime.memory import release_free_memory
from shared.worker.closing import closed
from shared.worker.export_builder import BuildInputs, ExportBuilder, PackageContents
from shared.worker.member_recorder import MemberRecorder
from shared.worker.reporter import Reporter
from shared.worker.selection_check import check_selection
from shared.worker.verification import PackingResult

_RELEASE_EVERY = 500  # members after which free memory is released


@dataclass(frozen=True, slots=True)
class Job:
    """A claimed export, and what was looked up for it before the thread starts."""

    export: ContentExport
    builder: ExportBuilder
    course: Course
    rights: Rights
    canvas_url: str | None
    verify_sha256: bool = False  # of the files that are packed
    locales: tuple[str | None, ...] = ()  # of those who may read the package, for its page: the course's is first


def pack(job: Job, source: CourseSource, store: ObjectStore, reporter: Reporter) -> PackingResult:
    """Build the package and leave it in the store, whole.

    A large file that turns out damaged while it streams costs a fresh start without it.
    """
    return without_damaged(lambda damaged: _pack(job, source, store, reporter, damaged))


def _pack(
    job: Job, source: CourseSource, store: ObjectStore, reporter: Reporter, damaged: frozenset[str]
) -> PackingResult:
    packing = packing_for(job, source)
    check_selection(packing, job.export.settings.selected, job.builder.selectable)
    contents = job.builder.build(packing, BuildInputs(job.export.context, job.rights, datetime.now(UTC)))
    recorder = MemberRecorder(reporter.record)
    hooks = Hooks(progress=reporter.progress, should_stop=reporter.stop.is_set, fault=packing.lose_entry)
    options = ZipOptions(left_out=damaged, by_sha256=job.verify_sha256, listed=recorder.written)
    requested = job.export.settings
    entries: Iterator[Entry | GeneratedEntry] = _members(contents.entries, packing, job)
    output = _PackageOutput(job, contents, store, recorder, requested.max_part_size)
    parts = Parts(output.open, requested.max_part_size)
    written = write_parts(entries, opener(store), parts, hooks, options)
    packages = [output.package(part, each) for part, each in enumerate(written, start=1)]
    report = packing.report
    return PackingResult(
        packages, report.receipt(), recorder.entries, frozenset(report.dangling), contents.has_manifest
    )


@dataclass(frozen=True, slots=True)
class _PackageOutput:
    """The packages of an attempt in the store: one under its own name, or numbered parts."""

    job: Job
    contents: PackageContents
    store: ObjectStore
    recorder: MemberRecorder
    max_part_size: int | None  # bytes; None: the export is one package

    @contextmanager
    def open(self, part: int) -> Iterator[Sink]:
        """Begin a package. It exists, whole, once the block has ended without an error."""
        self.recorder.part = part
        with self.store.create(self._key(part)) as writer:
            yield writer.write

    def package(self, part: int, written: WrittenZip) -> StoredPackage:
        """The package as it is stored now."""
        facts = (written.size, written.sha256, written.entries)
        return StoredPackage(self._key(part), self._name(part), self.contents.content_type, *facts)

    def _name(self, part: int) -> str:
        if self.max_part_size is None:
            return self.contents.filename
        stem, extension = posixpath.splitext(self.contents.filename)
        return f"{stem}-{part}{extension}"

    def _key(self, part: int) -> str:
        return package_key(self.job.export.id, self.job.export.attempt, self._name(part))


def _members(entries: Iterator[Entry], packing: Packing, job: Job) -> Iterator[Entry | GeneratedEntry]:
    """The entries, and what the request adds to them, once the report is closed."""
    requested = job.export.settings
    if requested.max_part_size is not None:
        entries = _measured(entries, requested.max_part_size, packing.report)
    return closed(_releasing_memory(entries), packing, requested, job.locales)


def _releasing_memory(entries: Iterator[Entry]) -> Iterator[Entry]:
    """The same entries.

    glibc keeps freed memory of many small objects: the process would stay as large as its largest course.
    """
    for number, entry in enumerate(entries, start=1):
        if number % _RELEASE_EVERY == 0:
            release_free_memory()
        yield entry


def _measured(entries: Iterator[Entry], max_part_size: int, report: Report) -> Iterator[Entry]:
    """The same entries; warns of each that may need a part larger than `max_part_size`."""
    for entry in entries:
        # A file is never split over parts: readers must be able to open each part alone.
        if isinstance(entry.body, StoredFile) and entry.body.size > max_part_size:
            message = (
                f"{entry.path} has {entry.body.size} bytes: the part that it is in may be larger than {max_part_size}."
            )
            report.warn(WarningCode.LARGER_THAN_PART, message, kind=Kind.FILES, place=entry.path)
        yield entry


def packing_for(job: Job, source: CourseContent) -> Packing:
    """What the writers work with, for one attempt at one package."""
    export = job.export
    options = export.settings
    request = PackageRequest(
        export_id=export.id,
        export_type=export.export_type.value,
        date=export.created_at.astimezone(UTC).date(),
        version=export.format_version,
        host=job.canvas_url or "",
        target=options.target,
        include_banks=options.include_banks,
        thin=options.thin,
    )
    keys = Keys(_identifiers(source))
    selection = Selection.of(options.selected)
    report = Report()
    links = PackageLinks(source, keys, selection, request.host, report)
    return Packing(source, request, selection, keys, links, report)


def _identifiers(source: CourseContent) -> Identifiers:
    """The identifiers of all objects. An object's own `migration_id` comes before that of the package it was loaded from."""
    identifiers = source.identifiers()
    if source.course.migration_id:
        identifiers.add(Kind.COURSES, source.course.id, "", source.course.migration_id)
    for ref in source.refs():
        kind = family(ref.kind)
        if ref.migration_id and ref.migration_id != identifiers.get((kind, ref.id, LOADED_AS)):
            identifiers.add(kind, ref.id, "", ref.migration_id)
    return identifiers
