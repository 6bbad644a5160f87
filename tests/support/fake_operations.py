"""What the handlers of the operators' API need, in memory."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace

from shared.domain.audit import Actor
from shared.domain.error_codes import ErrorCode
from shared.domain.errors import ExportError
from shared.domain.export import Context, ContextType, ExportType, WorkflowState
from shared.domain.operator.dead_letter import ALL, DeadLetter
from shared.domain.operator.export_actions import ActionResult, FailedExports, RetriedExport, ended, requeued
from shared.domain.operator.export_rows import ExplainedExport, OperatorExport, OperatorFilter
from shared.domain.operator.overview import HourOfExports, Lane, TypeQueue
from shared.domain.operator.pauses import Pause, PauseTarget
from shared.domain.operator.worker_process import WorkerProcess
from shared.domain.services import Service


@dataclass
class FakeExportActions:
    """Exports by their states, and what was done to them."""

    states: dict[int, WorkflowState] = field(default_factory=dict)
    done: list[tuple[Any, ...]] = field(default_factory=list)

    async def requeue(self, ids: Sequence[int], actor: Actor, *, dry_run: bool) -> list[ActionResult]:
        """Note it."""
        self.done.append(("requeue", list(ids), actor, dry_run))
        return [requeued(each, self.states.get(each)) for each in ids]

    async def end(
        self, ids: Sequence[int], code: ErrorCode, message: str, actor: Actor, *, dry_run: bool
    ) -> list[ActionResult]:
        """Note it."""
        self.done.append((code, message, list(ids), actor, dry_run))
        return [ended(each, self.states.get(each)) for each in ids]


@dataclass
class FakeFailedRetries:
    """Three failed exports, and what was asked for."""

    asked: list[tuple[FailedExports, int, Actor, bool]] = field(default_factory=list)

    async def retry(
        self, failed: FailedExports, limit: int, actor: Actor, *, dry_run: bool
    ) -> tuple[list[RetriedExport], bool]:
        """The first ones."""
        self.asked.append((failed, limit, actor, dry_run))
        return [RetriedExport(each, None if dry_run else 100 + each) for each in (1, 2, 3)[:limit]], limit < 3


@dataclass
class FakePauses:
    """Pauses by their target, and who changed them."""

    rows: dict[tuple[bool, PauseTarget], Pause] = field(default_factory=dict)
    by: list[Actor] = field(default_factory=list)

    async def all(self) -> list[Pause]:
        """As they were added."""
        return list(self.rows.values())

    async def add(
        self, target: PauseTarget, reason: str, actor: Actor, *, quarantine: bool, dry_run: bool
    ) -> tuple[Pause, bool]:
        """Keep it."""
        if (existing := self.rows.get((quarantine, target))) is not None:
            return existing, False
        row_id = None if dry_run else len(self.rows) + 1
        pause = Pause(row_id, target, quarantine, reason, actor.user_id, datetime(2027, 1, 1, tzinfo=UTC))
        if not dry_run:
            self.rows[quarantine, target] = pause
            self.by.append(actor)
        return pause, True

    async def end(self, target: PauseTarget, actor: Actor, *, quarantine: bool, dry_run: bool) -> Pause | None:
        """Drop it."""
        pause = self.rows.get((quarantine, target))
        if pause is not None and not dry_run:
            del self.rows[quarantine, target]
            self.by.append(actor)
        return pause


@dataclass
class FakeWorkers:
    """One worker, and who drained it."""

    draining: bool = False
    by: list[tuple[Actor, bool]] = field(default_factory=list)

    async def all(self) -> list[WorkerProcess]:
        """The one."""
        began = datetime(2027, 1, 1, tzinfo=UTC)
        draining_since = began if self.draining else None
        return [WorkerProcess("w:1:a", ExportType.ZIP, 2, "1.2.3", began, began, True, draining_since, [7])]

    async def drain(
        self, name: str, actor: Actor, *, draining: bool, dry_run: bool
    ) -> tuple[WorkerProcess, bool] | None:
        """Known is the one."""
        if name != "w:1:a":
            return None
        changed = self.draining is not draining
        if changed and not dry_run:
            self.draining = draining
            self.by.append((actor, draining))
        return (await self.all())[0], changed


@dataclass
class FakeOverview:
    """Nothing waits but one large zip; one hour in which two exports ended; and how many hours were asked for."""

    asked: list[int] = field(default_factory=list)

    async def queues(self) -> tuple[list[TypeQueue], list[Lane]]:
        """Of zips alone."""
        began = datetime(2027, 1, 1, tzinfo=UTC)
        lanes = [Lane(ExportType.ZIP, False, 0, 0, 0), Lane(ExportType.ZIP, True, 1, 0, 2)]
        return [TypeQueue(ExportType.ZIP, began, 1, 2)], lanes

    async def hours(self, hours: int) -> list[HourOfExports]:
        """The one."""
        self.asked.append(hours)
        return [HourOfExports(None, datetime(2027, 1, 1, tzinfo=UTC), 1, 1, 2.5, 4.0)]


@dataclass
class FakeServices:
    """Two services, of which one may name one user alone."""

    async def all(self) -> list[Service]:
        """Both."""
        return [
            Service(name="lms", may=frozenset({"content.write"})),
            Service(name="sis", may=frozenset({"export.request", "export.cancel"}), as_users=frozenset({9})),
        ]


def a_letter(letter_id: str) -> DeadLetter:
    """A dead letter of the service sis."""
    where = ("content_exports.commands", "export.request", "sis")
    return DeadLetter(letter_id, "rejected", "It is no JSON.", *where, "m", None, {"x-code": "rejected"}, "{")


@dataclass
class FakeDeadLetters:
    """Letters in a list, and what was done with them; or a broker that is away."""

    letters: list[DeadLetter] = field(default_factory=lambda: [a_letter("aa"), a_letter("bb")])
    done: list[tuple[bool, list[str]]] = field(default_factory=list)
    error: ExportError | None = None

    async def oldest(self, limit: int) -> list[DeadLetter]:
        """The first ones."""
        if self.error is not None:
            raise self.error
        return self.letters[:limit]

    async def find(self, letter_id: str) -> DeadLetter | None:
        """By its id."""
        return next((each for each in self.letters if each.id == letter_id), None)

    async def settle(self, ids: Collection[str], *, limit: int, replay: bool, dry_run: bool) -> tuple[list[str], bool]:
        """Take them out."""
        named = [each.id for each in self.letters if each.id in ids or ALL in ids]
        settled = named[:limit]
        if not dry_run:
            self.letters = [each for each in self.letters if each.id not in settled]
            self.done.append((replay, settled))
        return settled, len(named) > limit


@dataclass
class FakeOperatorExports:
    """Exports by their ids, the newest first, and what was asked for."""

    rows: dict[int, ExplainedExport] = field(default_factory=dict)
    asked: list[OperatorFilter] = field(default_factory=list)

    def add(self, export_id: int, **fields: Any) -> ExplainedExport:
        """An export of course 42 that waits, but for these fields."""
        began = datetime(2027, 1, 1, tzinfo=UTC)
        context = Context(ContextType.COURSE, 42)
        export = OperatorExport(
            export_id, context, 9, ExportType.ZIP, WorkflowState.CREATED, "normal", 0.0, 0, 0, None, False, None, None,
            None, "r", began, None, None,
        )  # fmt: skip
        of_export = {name: fields.pop(name) for name in list(fields) if name in OperatorExport.__struct_fields__}
        explained = ExplainedExport(replace(export, **of_export), None, None, None, [], [], [], [])
        self.rows[export_id] = replace(explained, **fields)
        return self.rows[export_id]

    async def page(
        self, wanted: OperatorFilter, limit: int, after: tuple[datetime, int] | None = None
    ) -> list[tuple[datetime, OperatorExport]]:
        """By falling id."""
        self.asked.append(wanted)
        ids = [each for each in sorted(self.rows, reverse=True) if after is None or each < after[1]]
        return [(self.rows[each].export.created_at, self.rows[each].export) for each in ids[:limit]]

    async def find(self, export_id: int) -> ExplainedExport | None:
        """The one with this id."""
        return self.rows.get(export_id)
