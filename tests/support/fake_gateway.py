"""What the gateway's handlers need, in memory: each satisfies the Protocol that stands beside the handlers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from msgspec.structs import replace

from shared.adapters.postgres.access import Token
from shared.adapters.postgres.contexts import Titled
from shared.adapters.postgres.idempotency import AnswerOf, FirstAnswer, IdempotencyKey
from shared.adapters.postgres.packages.retention import Removable
from shared.contracts.messages import PlanFailed, PlanMade, PlanRequested
from shared.contracts.plans import Plan
from shared.domain.audit import SYSTEM, Action, Actor, AuditEntry, AuditFilter
from shared.domain.error_codes import ErrorCode
from shared.domain.errors import ExportError, KeyReused
from shared.domain.export import (
    FINISHED,
    Attachment,
    ContentExport,
    Context,
    ContextType,
    ExportId,
    ExportRequest,
    WorkflowState,
)
from shared.domain.fairness.quotas import Quotas, Usage
from shared.domain.kinds import Kind
from shared.domain.packages.package_entry import PackageEntry
from shared.domain.path_ids import Alias
from shared.domain.report import Receipt, Report
from shared.domain.rights import Caller, ContextFacts

Value = TypeVar("Value")


def answered(value: Value) -> Awaitable[Value]:
    """A value that may be awaited or left alone."""
    future: asyncio.Future[Value] = asyncio.get_running_loop().create_future()
    future.set_result(value)
    return future


class FakeDirectory:
    """Users with tokens, and what ties them to contexts."""

    def __init__(self) -> None:
        self.tokens: dict[str, Token] = {}
        self.callers: dict[int, Caller] = {}
        self.known: dict[Context, dict[int | None, ContextFacts]] = {}
        self.aliases: dict[tuple[ContextType, Alias], int] = {}

    def add_user(self, user_id: int, *, site_admin: bool = False) -> str:
        """A user; the token to call with."""
        caller = Caller(user_id, site_admin=site_admin, token=f"token:{user_id}")
        self.callers[user_id] = caller
        self.tokens[f"t{user_id}"] = Token(caller)
        return f"t{user_id}"

    def add_context(self, context: Context) -> None:
        """A context that nobody is tied to yet."""
        self.known[context] = {}

    def tie(self, user_id: int, context: Context, *roles: str, member: bool = False) -> None:
        """Give a user active roles in a context, or make them a member of a group."""
        self.known[context][user_id] = ContextFacts(context, active_roles=frozenset(roles), member=member)

    def token(self, text: str, context: Context | None) -> Awaitable[Token | None]:
        """As issued."""
        return answered(self.tokens.get(text))

    async def caller(self, user_id: int) -> Caller | None:
        """A user that was added."""
        return self.callers.get(user_id)

    async def find(self, kind: ContextType, alias: Alias) -> int | None:
        """An alias that was added."""
        return self.aliases.get((kind, alias))

    def facts(self, context: Context, user_id: int | None) -> Awaitable[ContextFacts | None]:
        """The ties that were added; of a known context at least that it exists."""
        ties = self.known.get(context)
        return answered(None if ties is None else ties.get(user_id, ContextFacts(context)))


class FakeExports:
    """Exports in a dict, numbered from 1."""

    def __init__(self) -> None:
        self.by_id: dict[int, ContentExport] = {}
        self.receipts: dict[int, Receipt] = {}
        self.requests: list[ExportRequest] = []
        self.ended_by: list[Actor] = []
        self.failing: ExportError | None = None  # what the next `find` or `create` raises

    def create(self, request: ExportRequest) -> Awaitable[ContentExport]:
        """Add an export that waits to be built."""
        self._raise()
        self.requests.append(request)
        number, now = len(self.by_id) + 1, datetime.now(UTC)
        export = ContentExport(
            id=ExportId(number),
            context=request.context,
            user_id=request.user_id,
            export_type=request.export_type,
            workflow_state=WorkflowState.CREATED,
            progress_id=number,
            attempt=0,
            created_at=now,
            updated_at=now,
            settings=request.settings,
            request_id=request.request_id,
        )
        self.by_id[number] = export
        return answered(export)

    def change(self, export_id: int, **fields: Any) -> ContentExport:
        """The export with other fields, from now on."""
        self.by_id[export_id] = replace(self.by_id[export_id], **fields)
        return self.by_id[export_id]

    def finish(self, export_id: int, package: Attachment) -> ContentExport:
        """Make the export exported, with this package and an empty report."""
        self.receipts[export_id] = Report().receipt()
        return self.change(export_id, workflow_state=WorkflowState.EXPORTED, attachment=package)

    def of_command(self, request: ExportRequest) -> Awaitable[ContentExport | None]:
        """The export that this command has created."""
        origin = request.settings.command
        same = (each for each in self.by_id.values() if origin and each.settings.command == origin)
        return answered(next(same, None))

    def find(self, export_id: int) -> Awaitable[ContentExport | None]:
        """As it stands."""
        self._raise()
        return answered(self.by_id.get(export_id))

    async def of_attachment(self, attachment_id: int) -> ContentExport | None:
        """The export with this package."""
        having = (each for each in self.by_id.values() if each.attachment and each.attachment.id == attachment_id)
        return next(having, None)

    async def receipt(self, export_id: int) -> Receipt | None:
        """That of a finished one."""
        return self.receipts.get(export_id)

    async def cancel(
        self, export_id: int, message: str, code: ErrorCode = ErrorCode.CANCELLED, actor: Actor = SYSTEM
    ) -> bool:
        """Make an unfinished export failed."""
        if self.by_id[export_id].workflow_state in FINISHED:
            return False
        self.change(export_id, workflow_state=WorkflowState.FAILED, error_code=code, error_message=message)
        self.ended_by.append(actor)
        return True

    def _raise(self) -> None:
        if self.failing is not None:
            raise self.failing


@dataclass
class FakeRepeatedRequests:
    """Keys and retries that were used."""

    exports: FakeExports
    keys: dict[tuple[str, str, str], tuple[bytes, FirstAnswer]] = field(default_factory=dict)

    async def once(
        self, key: IdempotencyKey, request: ExportRequest, answer_of: AnswerOf, refusal: Exception | None
    ) -> tuple[FirstAnswer, bool]:
        """Create at the first use of a key."""
        place = (key.owner, key.route, key.key)
        if place in self.keys:
            digest, first = self.keys[place]
            if digest != key.request_digest:
                raise KeyReused
            return first, True
        if refusal is not None:
            raise refusal
        answer = answer_of(await self.exports.create(request))
        self.keys[place] = (key.request_digest, answer)
        return answer, False

    async def joined(self, request: ExportRequest, refusal: Exception | None) -> ContentExport:
        """The latest export of the same user and settings that has not ended; else a new one, or the refusal."""
        for export in self.exports.by_id.values():
            same = (export.user_id, export.context, export.export_type, export.settings)
            if same == (request.user_id, request.context, request.export_type, request.settings):
                return export
        if refusal is not None:
            raise refusal
        return await self.exports.create(request)

    async def retry(self, failed_id: int, request: ExportRequest) -> ContentExport:
        """Create unless one is under way or has succeeded."""
        ended = (WorkflowState.FAILED, WorkflowState.DELETED)
        retries = (each for each in self.exports.by_id.values() if each.settings.retry_of == failed_id)
        live = next((each for each in retries if each.workflow_state not in ended), None)
        return live or await self.exports.create(request)


@dataclass
class FakePlanner:
    """A worker that answers every dry run with an empty plan, and keeps what it was asked."""

    requests: list[PlanRequested] = field(default_factory=list)

    async def plan(self, request: PlanRequested, within_s: float) -> PlanMade | PlanFailed:
        """An empty plan."""
        self.requests.append(request)
        return PlanMade(plan=Plan(export_type=request.export_type))


@dataclass
class FakeDeletions:
    """Makes exports deleted."""

    exports: FakeExports
    by: list[tuple[int, Actor]] = field(default_factory=list)  # (export, who)

    async def delete(self, export_id: int, actor: Actor) -> list[Removable]:
        """The key of its package, once."""
        self.by.append((export_id, actor))
        export = self.exports.by_id[export_id]
        self.exports.change(export_id, workflow_state=WorkflowState.DELETED)
        deleted_before = export.workflow_state is WorkflowState.DELETED
        return [] if deleted_before else [Removable("deleted", each.key, export_id) for each in export.attachments]


@dataclass
class FakeReadAudit:
    """Keeps what was read: (action, export, who, subject)."""

    rows: list[tuple[Action, int | None, Actor, str | None]] = field(default_factory=list)

    def note(self, action: Action, export_id: int | None, actor: Actor, subject: str | None = None) -> None:
        """One more row."""
        self.rows.append((action, export_id, actor, subject))


@dataclass
class FakeAuditRows:
    """A log of these rows, which keeps what it was asked."""

    rows: list[tuple[int, AuditEntry]] = field(default_factory=list)
    asked: list[tuple[AuditFilter, int]] = field(default_factory=list)
    added: list[tuple[Action, Actor, str]] = field(default_factory=list)

    async def page(self, wanted: AuditFilter, limit: int) -> list[tuple[int, AuditEntry]]:
        """The rows."""
        self.asked.append((wanted, limit))
        return self.rows[:limit]

    async def add(self, action: Action, actor: Actor, subject: str) -> None:
        """Keep it."""
        self.added.append((action, actor, subject))


@dataclass
class FakeMembers:
    """The members of each export's package."""

    by_export: dict[int, list[PackageEntry]] = field(default_factory=dict)

    async def page(self, export_id: int, *, limit: int, offset: int) -> list[PackageEntry]:
        """In their order."""
        return self.by_export.get(export_id, [])[offset : offset + limit]

    async def find(self, export_id: int, path: str) -> PackageEntry | None:
        """By path."""
        return next((each for each in self.by_export.get(export_id, []) if each.path == path), None)


@dataclass
class FakeContexts:
    """REST objects of contexts, and contents."""

    objects: dict[Context, dict[str, Any]] = field(default_factory=dict)
    kinds: dict[int, dict[Kind, list[Titled]]] = field(default_factory=dict)
    groups: dict[int, list[Titled]] = field(default_factory=dict)

    async def get(self, context: Context) -> dict[str, Any] | None:
        """As added."""
        return self.objects.get(context)

    async def groups_of(self, user_id: int, *, limit: int, offset: int) -> tuple[list[dict[str, Any]], int]:
        """Those with the user among their `member_ids`."""
        mine = [each for each in self.objects.values() if user_id in each.get("member_ids", ())]
        return mine[offset : offset + limit], len(mine)

    async def counts(self, course_id: int) -> dict[Kind, int]:
        """Of the objects added."""
        return {kind: len(objects) for kind, objects in self.kinds.get(course_id, {}).items()}

    async def missing(self, context: Context, objects: Sequence[tuple[Kind, int]]) -> list[tuple[Kind, int]]:
        """Those that were not added."""
        added = {(kind, row.id) for kind, rows in self.kinds.get(context.id, {}).items() for row in rows}
        return [each for each in objects if each not in added]

    async def group_titles(self, course_id: int) -> list[Titled]:
        """As added."""
        return self.groups.get(course_id, [])

    async def titles(self, course_id: int, kind: Kind) -> list[Titled]:
        """As added."""
        return self.kinds.get(course_id, {}).get(kind, [])


@dataclass
class FakeVolumes:
    """How much contexts hold, and the sizes of files."""

    volumes: dict[Context, tuple[int, int]] = field(default_factory=dict)
    sizes: dict[int, int] = field(default_factory=dict)
    error: ExportError | None = None
    read: int = 0  # how often

    async def volume(self, context: Context, kinds: Iterable[Kind] | None) -> tuple[int, int]:
        """As added."""
        self.read += 1
        if self.error is not None:
            raise self.error
        return self.volumes.get(context, (0, 0))

    async def size_of(self, context: Context, file_ids: Iterable[int]) -> int:
        """As added."""
        return sum(self.sizes.get(each, 0) for each in file_ids)


@dataclass
class FakeQuotaUsage:
    """What is in use, whoever asks."""

    used: Usage = field(default_factory=Usage)

    async def usage(self, owner: int, context: Context, quotas: Quotas) -> Usage:
        """As set."""
        return self.used
