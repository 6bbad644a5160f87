"""Content becomes rows: the one way for objects of messages, of folders and of packages into the content tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import msgspec
from prometheus_client import Counter as Metric

from shared.adapters.blobs import is_packed
from shared.adapters.postgres.content_tables.blob_rows import find_blobs
from shared.adapters.postgres.content_tables.content_writes import Written, object_row, put_identifiers, put_rows
from shared.adapters.postgres.pool import Connection
from shared.domain.content.files import File
from shared.domain.export import Context
from shared.domain.identifiers import Identified
from shared.domain.kinds import Kind, family
from shared.intake.taken_objects import TakenObject

_BATCH = 500  # objects per statement


class ObjectOutcome(StrEnum):
    """The outcome of writing an object."""

    TAKEN = "taken"
    UNCHANGED = "unchanged"
    OLDER = "older"
    REFUSED = "refused"
    STAGED = "staged"


COUNTED_OBJECTS = Metric(
    "content_exports_content_objects_total", "Objects of content by what became of them", ["kind", "outcome"]
)


@dataclass(slots=True)
class WrittenObjects:
    """The outcomes of objects, by kind; `older` are the objects of a load that are older than the stored ones."""

    counts: Counter[tuple[str, ObjectOutcome]] = field(default_factory=Counter)
    older: list[TakenObject] = field(default_factory=list)
    waiting: list[File] = field(default_factory=list)  # files whose bytes are not here

    def total(self, outcome: ObjectOutcome) -> int:
        """How many objects had this outcome."""
        return sum(count for (_, each), count in self.counts.items() if each is outcome)

    def note(self, kind: str, total: int, unwritten: Written, outcome: ObjectOutcome = ObjectOutcome.TAKEN) -> None:
        """Count `total` objects of a kind: each has `outcome`, except those in `unwritten`."""
        self.counts[kind, outcome] += total - len(unwritten.unchanged) - len(unwritten.older)
        self.counts[kind, ObjectOutcome.UNCHANGED] += len(unwritten.unchanged)
        self.counts[kind, ObjectOutcome.OLDER] += len(unwritten.older)

    def count_metrics(self) -> None:
        """Count them in the metric, once they have committed."""
        for (kind, outcome), count in self.counts.items():
            COUNTED_OBJECTS.labels(kind, outcome).inc(count)


async def write_objects(
    db: Connection,
    context: Context,
    objects: Sequence[TakenObject],
    *,
    is_load: bool = False,
    sync: str = "",
    identifiers: Mapping[Identified, str] | None = None,
    sent_at: datetime | None = None,
) -> WrittenObjects:
    """Write objects in the caller's transaction: inserted, or replaced where they are newer. `sync` stages them.

    The ids of a kind differ. Files get what is known of their bytes. `identifiers` are those by which objects without an
    id are found again; objects of a message are called by their `migration_id`, those of a sync from its end.
    """
    written = WrittenObjects()
    by_kind: dict[Kind, list[TakenObject]] = {}
    for each in objects:
        by_kind.setdefault(each.kind, []).append(each)
    if files := by_kind.get(Kind.FILES):
        by_kind[Kind.FILES], written.waiting = await _complete_files(db, files)
    for kind, same in by_kind.items():
        for start in range(0, len(same), _BATCH):
            batch = same[start : start + _BATCH]
            # In the order of their ids, so that two transactions that write the same objects wait in one order.
            batch.sort(key=lambda each: each.item.id)
            rows = [object_row(kind, each.item, each.version) for each in batch]
            unwritten = await put_rows(db, context, kind, rows, is_load=is_load, sync=sync, sent_at=sent_at)
            written.note(kind.value, len(batch), unwritten, ObjectOutcome.STAGED if sync else ObjectOutcome.TAKEN)
            written.older += [each for each in batch if each.item.id in unwritten.older]
    migration_ids = {(family(o.kind), o.item.id, ""): o.item.migration_id for o in objects if o.item.migration_id}
    await put_identifiers(db, context, {**({} if is_load or sync else migration_ids), **(identifiers or {})})
    return written


async def _complete_files(db: Connection, files: Sequence[TakenObject]) -> tuple[list[TakenObject], list[File]]:
    """Files with what is known of their bytes, and those whose bytes are not here. What is given stays as it is."""
    copies = [each._replace(item=msgspec.structs.replace(each.item)) for each in files]
    incomplete = [each.item for each in copies if isinstance(each.item, File) and each.item.stored is None]
    blobs = await find_blobs(db, [file.sha256 for file in incomplete if file.sha256]) if incomplete else {}
    for file in incomplete:
        blob = blobs.get(file.sha256 or "")
        if blob is not None:
            file.size, file.crc32 = blob.size, blob.crc32
            file.compressible = blob.compressible and not is_packed(file.content_type or "")
    waiting = [file for file in incomplete if file.stored is None and file.extra.get("workflow_state") != "deleted"]
    return copies, waiting
