"""One package, built in a thread: content in, a zip in the object store out."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, count

from shared.adapters.course_source import CourseSource
from shared.adapters.object_store import ObjectStore, opener, package_key
from shared.adapters.postgres.leases import Package
from shared.contracts.report import report_member
from shared.domain.content.course import Course
from shared.domain.course_content import CourseContent
from shared.domain.export import ContentExport
from shared.domain.identifiers import Identifiers
from shared.domain.kinds import Kind
from shared.domain.package_options import options_of
from shared.domain.report import MEMBER, Report
from shared.domain.rights import Rights
from shared.domain.selection import read_select
from shared.formats.archive.members import Hooks
from shared.formats.archive.zip_writer import Options, without_damaged, write_zip
from shared.formats.entry import Entry
from shared.formats.identifiers import Keys
from shared.formats.links import PackageLinks
from shared.formats.packing import PackageRequest, Packing
from shared.worker.build import Occasion, Recipe
from shared.worker.ledger import Ledger
from shared.worker.reporter import Reporter
from shared.worker.verification import Packed

_STEM = MEMBER.removesuffix(".json")


@dataclass(frozen=True, slots=True)
class Job:
    """An export that is ours, and what was looked up for it before the thread starts."""

    export: ContentExport
    recipe: Recipe
    course: Course
    rights: Rights
    canvas_url: str


def pack(job: Job, source: CourseSource, store: ObjectStore, reporter: Reporter) -> Packed:
    """Build the package and leave it in the store, whole.

    A large file that turns out damaged while it streams costs a fresh start without it.
    """
    return without_damaged(lambda damaged: _pack(job, source, store, reporter, damaged))


def _pack(job: Job, source: CourseSource, store: ObjectStore, reporter: Reporter, damaged: frozenset[str]) -> Packed:
    packing = packing_for(job, source)
    plan = job.recipe.build(packing, Occasion(job.export.context, job.rights, datetime.now(UTC)))
    ledger = Ledger(packing)
    hooks = Hooks(progress=reporter.progress, should_stop=reporter.stop.is_set, fault=ledger.fault)
    options = Options(left_out=damaged, listed=ledger.listed)
    asked = options_of(job.export.settings, job.export.export_type)
    entries = _closed(plan.entries, packing, with_report=asked.include_report)
    key = package_key(job.export.id, job.export.attempt, plan.filename)
    with store.create(key) as writer:
        written = write_zip(ledger.noting(entries), opener(store), writer.write, hooks, options)
    package = Package(key, plan.filename, plan.content_type, written.size, written.sha256, written.entries)
    report = packing.report
    return Packed(package, report.receipt(), ledger.entries, frozenset(report.dangling), plan.has_manifest)


def _closed(entries: Iterator[Entry], packing: Packing, *, with_report: bool) -> Iterator[Entry]:
    """The entries; the report is closed behind the last, and comes as a member of its own where that was asked for."""
    taken = set()
    for entry in entries:
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
    options = options_of(export.settings, export.export_type)
    request = PackageRequest(
        export_id=export.id,
        export_type=export.export_type.value,
        date=export.created_at.date(),
        version=options.version,
        host=job.canvas_url,
        target=options.target,
        include_banks=options.include_banks,
    )
    keys = Keys(_identifiers(source))
    selection = read_select(export.settings.get("select"))
    report = Report()
    links = PackageLinks(source, keys, selection, job.canvas_url, report)
    return Packing(source, request, selection, keys, links, report)


def _identifiers(source: CourseContent) -> Identifiers:
    """What packages of origin called everything; an object's own word counts."""
    found = source.identifiers()
    for ref in source.refs():
        if ref.migration_id:
            family = Kind.DISCUSSION_TOPICS if ref.kind is Kind.ANNOUNCEMENTS else ref.kind
            found.add(family, ref.id, "", ref.migration_id)
    return found
