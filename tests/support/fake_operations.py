"""What the handlers of the operators' API need, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.domain.audit import Actor
from shared.domain.error_codes import ErrorCode
from shared.domain.export import WorkflowState
from shared.domain.operator.export_actions import ActionResult, FailedExports, RetriedExport, ended, requeued


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
