"""What the jobs of a worker need, as protocols, and the tools that a worker process has open."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Protocol

from shared.adapters.course_source import ContentBatches
from shared.adapters.object_store import ObjectStore
from shared.adapters.postgres.content_tables.content import ContentSummary
from shared.adapters.postgres.leases import StoredPackage
from shared.domain.attempts import NO_FACTS, NO_REASON, AttemptFacts, HandedBack
from shared.domain.content.course import Course
from shared.domain.error_codes import ErrorCode
from shared.domain.export import ContentExport, Context, ExportId, ExportType
from shared.domain.kinds import Kind
from shared.domain.packages.package_entry import PackageEntry
from shared.domain.report import Receipt
from shared.domain.rights import Rights
from shared.runtime.settings import Settings
from shared.worker.estimated_reports import BuildExpectations, EstimatedLeaseReports
from shared.worker.supervision import Supervisor


class ExportLeases(EstimatedLeaseReports, Protocol):
    """The exports of the database, as a worker changes them. Every method may raise DatabaseUnavailable."""

    async def claim(self, export_type: ExportType) -> ContentExport | None:
        """The export of this type whose turn it is, under its next attempt; None if none may be built now."""
        ...

    async def announce(self, export_type: ExportType, slots: int) -> bool:
        """Announce so many slots of this process for exports of the type, until a lease is over or `withdraw`.

        Returns whether an operator drains it: then no claim gives it any.
        """
        ...

    async def is_draining(self) -> bool:
        """Whether an operator drains this process, as `announce` returns it."""
        ...

    async def withdraw(self) -> None:
        """Withdraw the slots: this process takes no exports any more."""
        ...

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
        """The export is exported, and the packages are its attachments. Raises Fenced."""
        ...

    async def fail(
        self,
        export_id: ExportId,
        attempt: int,
        code: ErrorCode,
        message: str,
        receipt: Receipt | None = None,
        *,
        facts: AttemptFacts = NO_FACTS,
    ) -> None:
        """The export is failed, with a reason. Raises Fenced."""
        ...

    async def release(
        self,
        export_id: ExportId,
        attempt: int,
        wait_s: float,
        *,
        stopped: bool = False,
        reason: HandedBack = NO_REASON,
    ) -> None:
        """Hand the export back for another attempt after `wait_s`; an attempt that was stopped does not count."""
        ...

    async def check(self) -> None:
        """Return when the database answers, for readiness."""
        ...


class CourseReader(ContentBatches, Protocol):
    """The content of the database, as a worker reads it."""

    async def course(self, context: Context) -> Course | None:
        """The context as a course; None if it is missing."""
        ...

    async def generation(self, context: Context) -> int:
        """A number that rises when the whole content of a context is replaced at one moment."""
        ...

    async def summary(self, context: Context, kinds: Iterable[Kind] | None) -> ContentSummary | None:
        """The context as a course, its generation, and how much of these kinds, or of all, it has; None if it is missing."""
        ...


class RightsLookup(Protocol):
    """Who may do what."""

    async def rights_of(self, user_id: int | None, context: Context) -> Rights | None:
        """The rights of a user in a context; None if either is missing."""
        ...


@dataclass(frozen=True, slots=True)
class Tools:
    """What a worker process has open."""

    settings: Settings
    leases: ExportLeases
    content: CourseReader
    access: RightsLookup
    store: ObjectStore
    threads: Executor
    expectations: BuildExpectations
    supervisor: Supervisor = field(init=False)

    def __post_init__(self) -> None:
        """Threads that never return are counted for the whole process."""
        object.__setattr__(self, "supervisor", Supervisor(self.settings.stall_s))
