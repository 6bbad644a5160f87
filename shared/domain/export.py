"""A content export: its states, and what everyone says about it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Literal, NewType

from msgspec import Struct, field
from msgspec.structs import replace

from shared.domain.audit import SYSTEM, Actor
from shared.domain.content.files import ROOT_FOLDER
from shared.domain.expected import ExpectedTimes
from shared.domain.export_settings import ExportSettings
from shared.domain.kinds import Kind
from shared.domain.operator.paused_wait import PausedWait
from shared.domain.packages.package_state import PackageState

ExportId = NewType("ExportId", int)
ProgressState = Literal["queued", "running", "completed", "failed"]


class ExportType(StrEnum):
    """What is packed."""

    COMMON_CARTRIDGE = "common_cartridge"
    QTI = "qti"
    ZIP = "zip"


# Of the format of each type; the first is the one that is written unless another is asked for.
VERSIONS: dict[ExportType, tuple[str, ...]] = {
    ExportType.COMMON_CARTRIDGE: ("1.1", "1.2", "1.3"),
    ExportType.QTI: ("1.2", "2.1", "3.0"),
    ExportType.ZIP: ("",),
}

# The kinds of content that an export of each type reads; None: all kinds.
PACKED_KINDS: dict[ExportType, frozenset[Kind] | None] = {
    ExportType.COMMON_CARTRIDGE: None,
    ExportType.QTI: frozenset({Kind.QUIZZES, Kind.QUIZ_QUESTIONS}),
    ExportType.ZIP: frozenset({Kind.FILES, Kind.FOLDERS}),
}


class WorkflowState(StrEnum):
    """Where an export stands; the names are those of the Canvas API."""

    CREATED = "created"
    EXPORTING = "exporting"
    EXPORTED = "exported"
    FAILED = "failed"
    DELETED = "deleted"


class ContextType(StrEnum):
    """Whose content it is, by Canvas's class names."""

    COURSE = "Course"
    GROUP = "Group"
    USER = "User"

    @property
    def route(self) -> str:
        """The word in a path: courses, groups, users."""
        return f"{self.value.lower()}s"

    @property
    def root_folder(self) -> str:
        """What Canvas calls the folder that all files of such a context lie in."""
        return {self.COURSE: ROOT_FOLDER, self.GROUP: "files", self.USER: "my files"}[self]


S = WorkflowState
# A retry stays `exporting` with a higher attempt. The trigger on content_exports holds the same table.
NEXT: dict[WorkflowState, frozenset[WorkflowState]] = {
    S.CREATED: frozenset({S.EXPORTING, S.FAILED}),
    S.EXPORTING: frozenset({S.EXPORTED, S.FAILED}),
    S.EXPORTED: frozenset({S.DELETED}),
    S.FAILED: frozenset({S.DELETED}),
    S.DELETED: frozenset(),
}
FINISHED = frozenset({S.EXPORTED, S.FAILED, S.DELETED})


class Context(Struct, frozen=True):
    """The course, group or user whose content is exported."""

    type: ContextType
    id: int

    @property
    def path(self) -> str:
        """Its name in paths, and in messages: courses/42."""
        return f"{self.type.route}/{self.id}"


class Attachment(Struct, frozen=True):
    """A package of an exported export: the only one, or one of several that each open on their own."""

    id: int
    key: str  # in the object store
    filename: str
    content_type: str
    size: int  # bytes
    sha256: str
    entries: int
    uuid: str
    created_at: datetime
    part: int = 1
    parts: int = 1
    expires_at: datetime | None = None  # None: never
    purged: bool = False  # its bytes have been given up
    state: PackageState | None = None  # at the last scrub; None: none has read it yet
    checked_at: datetime | None = None

    @property
    def is_damaged(self) -> bool:
        """Whether it should be there, and is not what was built."""
        return not self.purged and self.state is not None and self.state.is_damaged

    def available(self, now: datetime) -> bool:
        """Whether it can still be downloaded."""
        return not self.purged and (self.expires_at is None or now < self.expires_at)


class ExportTurn(Struct, frozen=True):
    """What decides when an export is built, and how far that is."""

    turn: float = 0.0  # virtual seconds
    cost_s: float = 1.0  # estimated seconds of building
    large: bool = False
    held: bool = False  # behind others of its owner
    claimed_at: datetime | None = None  # when the attempt began that is under way
    completion: float = 0.0  # percent, where that was read


class ContentExport(Struct, frozen=True):
    """An export as it stands in the database."""

    id: ExportId
    context: Context
    user_id: int | None
    export_type: ExportType
    workflow_state: WorkflowState
    progress_id: int
    attempt: int
    created_at: datetime
    updated_at: datetime
    settings: ExportSettings = field(default_factory=ExportSettings)
    warnings_count: int | None = None
    error_code: str | None = None
    error_message: str | None = None
    request_id: str | None = None
    traceparent: str | None = None  # the span of its request (W3C Trace Context)
    stopped_attempts: int = 0  # of all attempts, those that a stopping worker handed back
    retried_by: int | None = None  # the latest export that retries this one
    pause: PausedWait | None = None  # why it waits, whatever its turn is; where that was read
    turn: ExportTurn = field(default_factory=ExportTurn)
    expected: ExpectedTimes | None = None  # when it was requested; where that was read
    attachment: Attachment | None = None
    more: tuple[Attachment, ...] = ()  # the packages after the first

    @property
    def format_version(self) -> str:
        """The version of the format that its package is written in; empty for a zip."""
        return self.settings.version or VERSIONS[self.export_type][0]

    @property
    def tries(self) -> int:
        """Attempts that count against it, the running one among them."""
        return self.attempt - self.stopped_attempts

    def without_packages(self) -> ContentExport:
        """Its state alone, for callers who may see no more."""
        return replace(self, attachment=None, more=())

    @property
    def is_damaged(self) -> bool:
        """Whether a package of it is damaged: it may be built again."""
        return any(each.is_damaged for each in self.attachments)

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        """All packages, in their order."""
        return (self.attachment, *self.more) if self.attachment else ()


class PackedSoFar(Struct, frozen=True):
    """How much of an export is packed. The totals are those of the context's content of the packed kinds."""

    items_done: int
    items_total: int
    bytes_done: int
    bytes_total: int


class Progress(Struct, frozen=True):
    """The progress of an export, as the Progress API shows it."""

    id: int
    export_id: ExportId
    user_id: int | None
    completion: float  # percent, 0..100, never falling
    workflow_state: ProgressState
    message: str | None
    created_at: datetime
    updated_at: datetime


class ExportRequest(Struct, frozen=True):
    """An accepted request for an export, which has no id yet. `settings` is the part that is stored and given back."""

    context: Context
    user_id: int
    export_type: ExportType
    settings: ExportSettings
    request_id: str
    traceparent: str | None = None  # the span of the request (W3C Trace Context); None without tracing
    actor: Actor = SYSTEM  # for the audit log
    cost_s: float = 1.0  # estimated seconds of building
    expected: ExpectedTimes | None = None
    coalesce: bool = False  # an identical export of the owner that has not ended will do
