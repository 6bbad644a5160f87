"""What a worker and the janitor need, in memory: fakes of their protocols, which mypy checks (pyproject.toml)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from shared.adapters.object_store import Chunk, ObjectWriter, StoredObject, Unfinished
from shared.adapters.postgres.content_tables.content import ContentSummary
from shared.adapters.postgres.leases import StoredPackage
from shared.adapters.rabbitmq.consumer import Delivery
from shared.adapters.small_context import WholeObject
from shared.domain.attempts import NO_FACTS, NO_REASON, AttemptFacts, HandedBack
from shared.domain.content.course import Course
from shared.domain.course_content import Ref
from shared.domain.errors import Fenced, ObjectMissing
from shared.domain.expected import ExpectedTimes
from shared.domain.export import ContentExport, Context, ContextType, ExportId, ExportType, PackedSoFar, WorkflowState
from shared.domain.fairness.fair_turns import QueueLimits
from shared.domain.identifiers import Identified
from shared.domain.kinds import Kind
from shared.domain.packages.package_entry import PackageEntry
from shared.domain.report import Receipt
from shared.domain.rights import Rights
from shared.http.expected_times import ExpectedTimesOfExports
from shared.runtime.settings import Settings
from shared.worker.job_tools import Tools
from shared.worker.loop import Worker
from shared.worker.plan_loop import PlanLoop
from tests.support.fake_queues import FakeQueues

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
COURSE = Context(ContextType.COURSE, 7)
SETTINGS = Settings(
    database_url="postgresql:///none", secret_key=("k",), max_attempts=3, retry_backoff_s=2.0, sweep_s=0.01
)


def an_export(export_id: int = 1, state: WorkflowState = WorkflowState.CREATED, attempt: int = 0) -> ContentExport:
    """A QTI export of a course."""
    return ContentExport(
        id=ExportId(export_id),
        context=COURSE,
        user_id=5,
        export_type=ExportType.QTI,
        workflow_state=state,
        progress_id=export_id,
        attempt=attempt,
        created_at=LONG_AGO,
        updated_at=LONG_AGO,
    )


@dataclass
class FakeLeases:
    """Exports in memory. `errors` are raised by the methods they are named after, one a call."""

    exports: dict[int, ContentExport] = field(default_factory=dict)
    errors: dict[str, list[Exception]] = field(default_factory=dict)
    finished: dict[int, list[StoredPackage]] = field(default_factory=dict)
    receipts: dict[int, Receipt | None] = field(default_factory=dict)
    released: list[tuple[int, float, bool]] = field(default_factory=list)  # export, wait, stopped
    reasons: list[HandedBack] = field(default_factory=list)  # of what was released
    facts: dict[int, AttemptFacts] = field(default_factory=dict)  # of the last attempt that ended
    slots: int = 0  # of this process, as long as it is there
    draining: bool = False

    def add(self, export: ContentExport) -> ContentExport:
        self.exports[export.id] = export
        return export

    def cancel(self, export_id: int) -> None:
        self._set(export_id, workflow_state=WorkflowState.FAILED, error_code="cancelled")

    async def claim(self, export_type: ExportType) -> ContentExport | None:
        self._raise("claim")
        for export in self.exports.values():
            if export.export_type is export_type and export.workflow_state is WorkflowState.CREATED:
                return self._set(export.id, workflow_state=WorkflowState.EXPORTING, attempt=export.attempt + 1)
        return None

    async def announce(self, export_type: ExportType, slots: int) -> bool:
        self._raise("announce")
        self.slots = slots
        return self.draining

    async def is_draining(self) -> bool:
        return self.draining

    async def withdraw(self) -> None:
        self._raise("withdraw")
        self.slots = 0

    async def report(
        self,
        export_id: ExportId,
        attempt: int,
        completion: float,
        so_far: PackedSoFar,
        expected: ExpectedTimes | None = None,
    ) -> None:
        self._require(export_id, attempt, "report")

    async def finish(
        self,
        export_id: ExportId,
        attempt: int,
        packages: Sequence[StoredPackage],
        receipt: Receipt,
        entries: Collection[PackageEntry] = (),
        *,
        facts: AttemptFacts = NO_FACTS,
    ) -> None:
        self._require(export_id, attempt, "finish")
        self.facts[export_id] = facts
        self.finished[export_id], self.receipts[export_id] = list(packages), receipt
        self._set(export_id, workflow_state=WorkflowState.EXPORTED)

    async def fail(
        self,
        export_id: ExportId,
        attempt: int,
        code: str,
        message: str,
        receipt: Receipt | None = None,
        *,
        facts: AttemptFacts = NO_FACTS,
    ) -> None:
        self._require(export_id, attempt, "fail")
        self.receipts[export_id], self.facts[export_id] = receipt, facts
        self._set(export_id, workflow_state=WorkflowState.FAILED, error_code=code, error_message=message)

    async def release(
        self,
        export_id: ExportId,
        attempt: int,
        wait_s: float,
        *,
        stopped: bool = False,
        reason: HandedBack = NO_REASON,
    ) -> None:
        self._raise("release")
        self.released.append((export_id, wait_s, stopped))
        self.reasons.append(reason)

    async def check(self) -> None:
        self._raise("check")

    def _require(self, export_id: int, attempt: int, method: str) -> None:
        self._raise(method)
        export = self.exports[export_id]
        if export.attempt != attempt or export.workflow_state is not WorkflowState.EXPORTING:
            raise Fenced

    def _raise(self, method: str) -> None:
        if self.errors.get(method):
            raise self.errors[method].pop(0)

    def _set(self, export_id: int, **fields: Any) -> ContentExport:
        self.exports[export_id] = replace(self.exports[export_id], **fields)
        return self.exports[export_id]


@dataclass
class FakeContent:
    """A course without objects; None: there is no such course."""

    the_course: Course | None = field(default_factory=lambda: Course(id=7, name="Tides"))
    objects: int = 0  # as they are counted
    replaced: list[int] = field(default_factory=list)  # the generation at each reading of it; then always 0

    async def generation(self, context: Context) -> int:
        return self.replaced.pop(0) if self.replaced else 0

    async def course(self, context: Context) -> Course | None:
        return self.the_course

    async def summary(self, context: Context, kinds: Iterable[Kind] | None) -> ContentSummary | None:
        course, generation = self.the_course, await self.generation(context)
        return None if course is None else ContentSummary(course, generation, self.objects, 0)

    async def batch(
        self, context: Context, kind: Kind, after: tuple[int, int] | None, limit: int
    ) -> list[tuple[int, dict[str, Any]]]:
        return []

    async def children(self, context: Context, kind: Kind, parents: Sequence[int]) -> list[tuple[int, dict[str, Any]]]:
        return []

    async def get(self, context: Context, kind: Kind, object_id: int) -> dict[str, Any] | None:
        return None

    async def counts(self, context: Context) -> dict[Kind, int]:
        return {}

    async def whole(self, context: Context, most: int) -> list[WholeObject] | None:
        return []

    async def refs(
        self, context: Context, kind: Kind, after: tuple[int, int] | None, limit: int
    ) -> list[tuple[int, Ref]]:
        return []

    async def identifiers(self, context: Context, after: Identified | None, limit: int) -> list[tuple[Identified, str]]:
        return []


@dataclass
class FakeAccess:
    """Everybody has these rights; None: the user or the context is missing."""

    rights: Rights | None = field(default_factory=lambda: Rights(True, True, True, True))

    async def rights_of(self, user_id: int | None, context: Context) -> Rights | None:
        return self.rights


class MemoryWriter(ObjectWriter):
    """An object that is in its store once it is complete."""

    def __init__(self, store: MemoryStore, key: str) -> None:
        self._store, self._key, self._data = store, key, bytearray()

    def write(self, data: Chunk) -> None:
        self._data += data

    def complete(self) -> None:
        self._store.raise_next("complete")
        self._store.objects[self._key] = bytes(self._data[: self._store.keeps_bytes])

    def abort(self) -> None:
        self._data.clear()


@dataclass
class MemoryStore:
    """An object store. `errors` are raised by the methods they are named after; `keeps_bytes` cuts what is written."""

    objects: dict[str, bytes] = field(default_factory=dict)
    left: list[Unfinished] = field(default_factory=list)
    errors: dict[str, list[Exception]] = field(default_factory=dict)
    keeps_bytes: int | None = None
    modified: dict[str, datetime] = field(default_factory=dict)  # of objects, and handles, that are not old

    def raise_next(self, method: str) -> None:
        if self.errors.get(method):
            raise self.errors[method].pop(0)

    def create(self, key: str) -> MemoryWriter:
        self.raise_next("create")
        return MemoryWriter(self, key)

    def open(self, key: str) -> Iterator[bytes | memoryview]:
        self.raise_next("open")
        if key not in self.objects:
            raise ObjectMissing
        return iter([self.objects[key]])

    def length(self, key: str) -> int:
        if key not in self.objects:
            raise ObjectMissing
        return len(self.objects[key])

    def read_at(self, key: str, start: int, stop: int) -> bytes:
        self.raise_next("read_at")
        return self.objects[key][start:stop]

    def exists(self, key: str) -> bool:
        return key in self.objects

    def move(self, key: str, to: str) -> None:
        self.objects[to] = self.objects.pop(key)

    def local_path(self, key: str) -> Path | None:
        return None

    async def signed_url(self, key: str, ttl_s: float) -> str | None:
        return None

    async def size(self, key: str) -> int:
        return self.length(key)

    async def read_range(self, key: str, start: int, stop: int) -> AsyncIterator[bytes | memoryview]:
        self.raise_next("read_range")
        yield self.objects[key][start:stop]

    async def delete(self, key: str) -> None:
        self.raise_next("delete")
        self.objects.pop(key, None)

    async def list(self, prefix: str) -> AsyncIterator[StoredObject]:
        for key in [key for key in self.objects if key.startswith(prefix)]:
            yield StoredObject(key, len(self.objects[key]), self.modified.get(key, LONG_AGO))

    async def unfinished(self, prefix: str, before: datetime) -> Sequence[Unfinished]:
        young = {key for key, since in self.modified.items() if since >= before}
        return [each for each in self.left if each.key.startswith(prefix) and each.handle not in young]

    async def discard(self, left: Unfinished) -> None:
        self.left.remove(left)

    async def check(self) -> None:
        self.raise_next("check")


@dataclass
class FakeTools:
    """The tools of a worker, each to be looked at by the test."""

    threads: Executor
    leases: FakeLeases = field(default_factory=FakeLeases)
    content: FakeContent = field(default_factory=FakeContent)
    access: FakeAccess = field(default_factory=FakeAccess)
    store: MemoryStore = field(default_factory=MemoryStore)
    expectations: ExpectedTimesOfExports = field(
        default_factory=lambda: ExpectedTimesOfExports(FakeQueues(), QueueLimits())
    )
    settings: Settings = SETTINGS

    @property
    def tools(self) -> Tools:
        return Tools(self.settings, self.leases, self.content, self.access, self.store, self.threads, self.expectations)


@dataclass
class FakeDelivery:
    """A message of the broker, and how it was settled."""

    body: bytes
    message_id: str | None = "outbox-1"
    routing_key: str | None = "qti"
    correlation_id: str | None = "question-1"
    reply_to: str | None = "reply-here"
    settled: list[str] = field(default_factory=list)

    async def ack(self) -> None:
        self.settled.append("acknowledged")

    async def reject(self, requeue: bool = False) -> None:
        self.settled.append("requeued" if requeue else "dead")


@dataclass
class FakeReplies:
    """Answers that were sent."""

    bodies: list[bytes] = field(default_factory=list)

    async def reply(self, message: Delivery, body: bytes) -> None:
        self.bodies.append(body)


async def deliver(worker: Worker, body: bytes) -> list[str]:
    """Give a message to a worker; how it was settled."""
    message = FakeDelivery(body)
    await worker.handle(message)
    return message.settled


async def ask(plans: PlanLoop, body: bytes) -> tuple[list[str], list[bytes]]:
    """Give a request for a plan to a worker; how it was settled, and the answers."""
    message, replies = FakeDelivery(body), FakeReplies()
    await plans.handle(message, replies)
    return message.settled, replies.bodies
