"""What a package would hold: built to its last entry, and never written."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from datetime import UTC, datetime

from msgspec import UNSET, UnsetType

from shared.adapters.course_source import CourseSource
from shared.adapters.object_store import ObjectStore, blob_key
from shared.contracts.messages import PlanRequested
from shared.contracts.plans import Failure, Plan
from shared.domain.errors import ExportError, ObjectMissing
from shared.domain.export import ContentExport, Context, ExportId, WorkflowState
from shared.domain.stored_file import StoredFile
from shared.formats.archive.member_paths import check_path
from shared.formats.archive.members import ITEM_FAULTS
from shared.formats.entry import Entry
from shared.formats.packing import Packing
from shared.worker.export_builder import BuildInputs
from shared.worker.packaging import Job, packing_for
from shared.worker.selection_check import check_selection

_DEFLATED_PER_S = 60_000_000  # bytes that a worker packs and reads back, on a machine of two processors
_STORED_PER_S = 500_000_000


class PlanAbandoned(Exception):
    """The requester of the plan has stopped waiting, or the worker is stopping."""


def planned_export(request: PlanRequested) -> ContentExport:
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


def plan_of(job: Job, source: CourseSource, store: ObjectStore, should_stop: Callable[[], bool]) -> Plan:
    """Build every entry and look whether its bytes are there. What would end the export is the plan's error.

    For a thread. Raises PlanAbandoned once `should_stop` returns True; it is called at each entry.
    """
    started = time.perf_counter()
    packing = packing_for(job, source)
    counted = _Counted(packing, store)
    filename = content_type = None
    error: Failure | UnsetType = UNSET
    try:
        check_selection(packing, job.export.settings.selected, job.builder.selectable)
        package = job.builder.build(packing, BuildInputs(job.export.context, job.rights, datetime.now(UTC)))
        filename, content_type = package.filename, package.content_type
        for entry in package.entries:
            if should_stop():
                raise PlanAbandoned
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
        estimated_seconds=math.ceil(100 * (time.perf_counter() - started + counted.seconds())) / 100,
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
        self._paths: set[str] = set()

    def add(self, entry: Entry) -> None:
        """Count an entry, or report why it would be left out."""
        try:
            check_path(entry.path, self._paths)
            if isinstance(entry.body, StoredFile):
                self._add_file(entry.body)
            else:
                self.deflated += len(entry.body)
        except ITEM_FAULTS as fault:
            self._packing.lose_entry(entry, fault)
            return
        self._paths.add(entry.path)
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
