"""One package, built in a thread: content in, a zip in the object store out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from shared.adapters.course_source import CourseSource
from shared.adapters.object_store import ObjectStore, opener, package_key
from shared.adapters.postgres.leases import Package
from shared.domain.content.course import Course
from shared.domain.course_content import CourseContent
from shared.domain.errors import ExportError
from shared.domain.export import ContentExport
from shared.domain.kinds import Kind
from shared.domain.package_options import options_of
from shared.domain.report import Receipt, Report
from shared.domain.rights import Rights
from shared.domain.selection import read_select
from shared.formats.archive.members import Hooks
from shared.formats.archive.zip_writer import Options, without_damaged, write_zip
from shared.formats.entry import Entry
from shared.formats.identifiers import Identified, Keys
from shared.formats.links import PackageLinks
from shared.formats.packing import PackageRequest, Packing
from shared.worker.build import Occasion, Recipe
from shared.worker.reporter import Reporter


@dataclass(frozen=True, slots=True)
class Job:
    """An export that is ours, and what was looked up for it before the thread starts."""

    export: ContentExport
    recipe: Recipe
    course: Course
    rights: Rights
    canvas_url: str


def pack(job: Job, source: CourseSource, store: ObjectStore, reporter: Reporter) -> tuple[Package, Receipt]:
    """Build the package and leave it in the store, whole; what it is, and the receipt.

    A large file that turns out damaged while it streams costs a fresh start without it.
    """
    return without_damaged(lambda damaged: _pack(job, source, store, reporter, damaged))


def _pack(
    job: Job, source: CourseSource, store: ObjectStore, reporter: Reporter, damaged: frozenset[str]
) -> tuple[Package, Receipt]:
    packing = packing_for(job, source)
    plan = job.recipe.build(packing, Occasion(job.export.context, job.rights, datetime.now(UTC)))

    def fault(entry: Entry, error: ExportError) -> None:
        packing.lost_members.add(entry.path)
        packing.report.lose(Kind.FILES, None, entry.path, error.code, str(error))

    hooks = Hooks(progress=reporter.progress, should_stop=reporter.stop.is_set, fault=fault)
    key = package_key(job.export.id, job.export.attempt, plan.filename)
    with store.create(key) as writer:
        written = write_zip(plan.entries, opener(store), writer.write, hooks, Options(left_out=damaged))
    package = Package(key, plan.filename, plan.content_type, written.size, written.sha256, written.entries)
    packing.report.included_because.update(packing.included_because())
    return package, packing.report.receipt()


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
    imported: dict[Identified, str] = {
        (Kind.DISCUSSION_TOPICS if ref.kind is Kind.ANNOUNCEMENTS else ref.kind, ref.id, ""): ref.migration_id
        for ref in source.refs()
        if ref.migration_id
    }
    keys = Keys({**source.identifiers(), **imported})
    selection = read_select(export.settings.get("select"))
    report = Report()
    links = PackageLinks(source, keys, selection, job.canvas_url, report)
    return Packing(source, request, selection, keys, links, report)
