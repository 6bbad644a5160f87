"""What a package would hold: built to its last entry, and never written. A program of its own, for one request."""

from __future__ import annotations

import asyncio
import sys
import time
from datetime import UTC, datetime

import msgspec
from msgspec import UNSET, UnsetType

from shared.adapters.course_source import CourseSource
from shared.adapters.object_store import ObjectStore, blob_key
from shared.adapters.open_store import open_store
from shared.adapters.postgres.access import Access
from shared.adapters.postgres.content import ContentRows
from shared.adapters.postgres.pool import open_pool
from shared.contracts.plans import Failure, Plan, PlanRequest
from shared.domain.errors import ExportError, InvalidContent, ObjectMissing
from shared.domain.export import ContentExport, Context, ExportId, WorkflowState
from shared.domain.stored_file import StoredFile
from shared.formats.archive.member_paths import check_path
from shared.formats.archive.members import ITEM_FAULTS
from shared.formats.entry import Entry
from shared.formats.packing import Packing
from shared.runtime.logs import set_up_logs
from shared.runtime.settings import Settings, read_settings
from shared.worker.build import Occasion, Recipe
from shared.worker.packaging import Job, packing_for

_DEFLATED_PER_S = 60_000_000  # bytes that a worker packs and reads back, on a machine of two processors
_STORED_PER_S = 500_000_000


def run_dry(recipe: Recipe) -> None:
    """Read a PlanRequest from standard input, print its Plan."""
    settings = read_settings()
    set_up_logs("dry-run", settings.log_level)
    request = msgspec.json.decode(sys.stdin.buffer.read(), type=PlanRequest)
    plan = asyncio.run(_planned(recipe, settings, request))
    sys.stdout.buffer.write(msgspec.json.encode(plan))


async def _planned(recipe: Recipe, settings: Settings, request: PlanRequest) -> Plan:
    async with open_pool(settings.database_url, size=2) as pool:
        content, export = ContentRows(pool), _export(request)
        course = await content.course(export.context)
        held = await Access(pool).rights_of(request.user_id, export.context)
        if course is None or held is None:
            raise InvalidContent("The context does not exist any more.")
        loop = asyncio.get_running_loop()
        source = CourseSource(content, export.context, course, loop)
        job = Job(export, recipe, course, held, settings.canvas_url)
        return await asyncio.to_thread(plan_of, job, source, open_store(settings.store_url))


def _export(request: PlanRequest) -> ContentExport:
    """The export as it would be; nothing of a package depends on its id but comments."""
    now = datetime.now(UTC)
    return ContentExport(
        id=ExportId(0),
        context=Context(request.context_type, request.context_id),
        user_id=request.user_id,
        export_type=request.export_type,
        workflow_state=WorkflowState.CREATED,
        progress_id=0,
        attempt=1,
        created_at=now,
        updated_at=now,
        settings=request.settings,
    )


def plan_of(job: Job, source: CourseSource, store: ObjectStore) -> Plan:
    """Build every entry and look whether its bytes are there. What would end the export is the plan's error."""
    started = time.perf_counter()
    packing = packing_for(job, source)
    counted = _Counted(packing, store)
    filename = content_type = None
    error: Failure | UnsetType = UNSET
    try:
        package = job.recipe.build(packing, Occasion(job.export.context, job.rights, datetime.now(UTC)))
        filename, content_type = package.filename, package.content_type
        for entry in package.entries:
            counted.add(entry)
        packing.close()
    except ExportError as fault:
        error = Failure(fault.code, str(fault))
    receipt = packing.report.receipt()
    return Plan(
        export_type=job.export.export_type,
        filename=filename,
        content_type=content_type,
        entries=counted.entries,
        bytes=counted.deflated + counted.stored,
        estimated_seconds=round(time.perf_counter() - started + counted.seconds(), 2),
        expected=receipt.expected,
        packed=receipt.packed,
        skipped=receipt.skipped,
        failed=receipt.failed,
        excluded=receipt.excluded,
        warnings=receipt.warnings,
        included_because=receipt.included_because,
        complete=receipt.complete and error is UNSET,
        error=error,
    )


class _Counted:
    """The entries that would become members."""

    def __init__(self, packing: Packing, store: ObjectStore) -> None:
        self.entries = 0
        self.deflated = 0  # bytes
        self.stored = 0
        self._packing = packing
        self._store = store
        self._taken: set[str] = set()

    def add(self, entry: Entry) -> None:
        """Count an entry, or tell the report why it would be left out."""
        try:
            check_path(entry.path, self._taken)
            if isinstance(entry.body, StoredFile):
                self._add_file(entry.body)
            else:
                self.deflated += len(entry.body)
        except ITEM_FAULTS as fault:
            self._packing.lose_entry(entry, fault)
            return
        self._taken.add(entry.path)
        self.entries += 1

    def _add_file(self, file: StoredFile) -> None:
        if not self._store.exists(blob_key(file.sha256)):
            raise ObjectMissing("The bytes of this file are not in the object store.")
        if file.compressible:
            self.deflated += file.size
        else:
            self.stored += file.size

    def seconds(self) -> float:
        """How long writing them would take."""
        return self.deflated / _DEFLATED_PER_S + self.stored / _STORED_PER_S
