"""One package, built in a thread: content in, a zip in the object store out."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, count

from shared.adapters.course_source import CourseSource
from shared.adapters.object_store import ObjectStore, opener, package_key
from shared.adapters.postgres.leases import Package
from shared.contracts.report import report_member
from shared.domain.content.course import Course
from shared.domain.course_content import LOADED_AS, CourseContent
from shared.domain.export import ContentExport
from shared.domain.identifiers import Identifiers
from shared.domain.kinds import Kind, family
from shared.domain.report import MEMBER, Report
from shared.domain.rights import Rights
from shared.domain.selection import Selection
from shared.domain.stored_file import StoredFile
from shared.formats.archive.members import Hooks
from shared.formats.archive.package_output import Sink
from shared.formats.archive.zip_writer import Parts, WrittenZip, ZipOptions, without_damaged, write_parts
from shared.formats.entry import Entry
from shared.formats.html.package_links import PackageLinks
from shared.formats.identifiers import Keys
from shared.formats.packing import PackageRequest, Packing
from shared.runtime.memory import release_free_memory
from shared.worker.build import Occasion, Plan, Recipe
from shared.worker.ledger import Ledger
from shared.worker.reporter import Reporter
from shared.worker.verification import Packed

_TIDY = 500  # members after which memory is given back
_STEM = MEMBER.removesuffix(".json")


@dataclass(frozen=True, slots=True)
class Job:
    """An export that is ours, and what was looked up for it before the thread starts."""

    export: ContentExport
    recipe: Recipe
    course: Course
    rights: Rights
    canvas_url: str
    verify_sha256: bool = False  # of the files that are packed


def pack(job: Job, source: CourseSource, store: ObjectStore, reporter: Reporter) -> Packed:
    """Build the package and leave it in the store, whole.

    A large file that turns out damaged while it streams costs a fresh start without it.
    """
    return without_damaged(lambda damaged: _pack(job, source, store, reporter, damaged))


def _pack(job: Job, source: CourseSource, store: ObjectStore, reporter: Reporter, damaged: frozenset[str]) -> Packed:
    packing = packing_for(job, source)
    plan = job.recipe.build(packing, Occasion(job.export.context, job.rights, datetime.now(UTC)))
    ledger = Ledger()
    hooks = Hooks(progress=reporter.progress, should_stop=reporter.stop.is_set, fault=packing.lose_entry)
    options = ZipOptions(left_out=damaged, by_sha256=job.verify_sha256, listed=ledger.listed)
    asked = job.export.settings
    entries = _closed(plan.entries, packing, with_report=asked.include_report)
    into = _Into(job, plan, store, ledger, asked.max_part_size)
    if asked.max_part_size is not None:
        entries = _measured(entries, asked.max_part_size, packing.report)
    parts = Parts(into.open, asked.max_part_size)
    written = write_parts(entries, opener(store), parts, hooks, options)
    packages = [into.package(part, each) for part, each in enumerate(written, start=1)]
    report = packing.report
    return Packed(packages, report.receipt(), ledger.entries, frozenset(report.dangling), plan.has_manifest)


@dataclass(frozen=True, slots=True)
class _Into:
    """Where the packages of an attempt go: one under its own name, or parts that are numbered."""

    job: Job
    plan: Plan
    store: ObjectStore
    ledger: Ledger
    most: int | None  # bytes of a part; None: there is only one

    @contextmanager
    def open(self, part: int) -> Iterator[Sink]:
        """Begin a package; it is whole at the end of the block, or not there."""
        self.ledger.part = part
        with self.store.create(self._key(part)) as writer:
            yield writer.write

    def package(self, part: int, written: WrittenZip) -> Package:
        """What lies in the store now."""
        facts = (written.size, written.sha256, written.entries)
        return Package(self._key(part), self._name(part), self.plan.content_type, *facts)

    def _name(self, part: int) -> str:
        if self.most is None:
            return self.plan.filename
        stem, extension = posixpath.splitext(self.plan.filename)
        return f"{stem}-{part}{extension}"

    def _key(self, part: int) -> str:
        return package_key(self.job.export.id, self.job.export.attempt, self._name(part))


def _measured(entries: Iterator[Entry], most: int, report: Report) -> Iterator[Entry]:
    """The entries; it is told of each that may need a part larger than was asked for."""
    for entry in entries:
        if isinstance(entry.body, StoredFile) and entry.body.size > most:
            told = f"{entry.path} has {entry.body.size} bytes: the part that it is in may be larger than {most}."
            report.warn("larger_than_part", told, kind=Kind.FILES, place=entry.path)
        yield entry


def _closed(entries: Iterator[Entry], packing: Packing, *, with_report: bool) -> Iterator[Entry]:
    """The entries; the report is closed behind the last, and comes as a member of its own where that was asked for."""
    taken = set()
    for number, entry in enumerate(entries, start=1):
        if number % _TIDY == 0:
            release_free_memory()
        if with_report and entry.path.startswith(_STEM):
            taken.add(entry.path)
        yield entry
    packing.close()
    if with_report:
        yield Entry(_free_name(taken), report_member(packing.report.receipt()))


def _free_name(taken: Collection[str]) -> str:
    """The name of the report; with a number where a file of the course, in a plain zip, is called so."""
    names = chain([MEMBER], (f"{_STEM}-{number}.json" for number in count(1)))
    return next(name for name in names if name not in taken)


def packing_for(job: Job, source: CourseContent) -> Packing:
    """What the writers work with, for one attempt at one package."""
    export = job.export
    options = export.settings
    request = PackageRequest(
        export_id=export.id,
        export_type=export.export_type.value,
        date=export.created_at.date(),
        version=export.format_version,
        host=job.canvas_url,
        target=options.target,
        include_banks=options.include_banks,
    )
    keys = Keys(_identifiers(source))
    selection = Selection.of(options.selected)
    report = Report()
    links = PackageLinks(source, keys, selection, job.canvas_url, report)
    return Packing(source, request, selection, keys, links, report)


def _identifiers(source: CourseContent) -> Identifiers:
    """What packages of origin called everything; an object's own word counts, if it is not just what it was loaded as."""
    found = source.identifiers()
    if source.course.migration_id:
        found.add(Kind.COURSES, source.course.id, "", source.course.migration_id)
    for ref in source.refs():
        kind = family(ref.kind)
        if ref.migration_id and ref.migration_id != found.get((kind, ref.id, LOADED_AS)):
            found.add(kind, ref.id, "", ref.migration_id)
    return found
