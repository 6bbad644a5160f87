"""POST /api/v1/admin/exports/...: exports that operators send again, end, or create again after an outage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from aiohttp import web

from services.gateway.admin.admin_routes import AdminRoutes
from services.gateway.parameters import body_of
from shared.contracts.api import moment
from shared.contracts.operator import bodies, requests
from shared.contracts.requests import cancel_message
from shared.domain.audit import Actor
from shared.domain.error_codes import ErrorCode
from shared.domain.operator.export_actions import ActionResult, FailedExports, RetriedExport
from shared.domain.rights import Caller
from shared.http.actor import actor_of
from shared.http.answers import json_answer
from shared.runtime.logs import get_logger


class ActionableExports(Protocol):
    """Exports by their ids, as an operator changes them."""

    async def requeue(self, ids: Sequence[int], actor: Actor, *, dry_run: bool) -> list[ActionResult]:
        """Send waiting exports again, and take running ones from their workers."""

    async def end(
        self, ids: Sequence[int], code: ErrorCode, message: str, actor: Actor, *, dry_run: bool
    ) -> list[ActionResult]:
        """End exports as failed."""


class RetriableExports(Protocol):
    """Failed exports by their cause."""

    async def retry(
        self, failed: FailedExports, limit: int, actor: Actor, *, dry_run: bool
    ) -> tuple[list[RetriedExport], bool]:
        """(up to `limit` failed exports with those that retry them, whether others remain)."""


@dataclass(frozen=True, slots=True)
class ExportActionsApi:
    """The handlers. Each change is audited in its own transaction."""

    exports: ActionableExports
    failed: RetriableExports

    def add_to(self, routes: AdminRoutes) -> None:
        """Add the routes."""
        routes.add("POST", "/exports/requeue", self.requeue)
        routes.add("POST", "/exports/fail", self.fail)
        routes.add("POST", "/exports/cancel", self.cancel)
        routes.add("POST", "/exports/retry", self.retry)

    async def requeue(self, request: web.Request, caller: Caller) -> web.Response:
        """Send waiting exports again; take running ones from their workers, to wait again at the same turn."""
        body = await body_of(request, requests.RequeueRequest)
        results = await self.exports.requeue(body.ids, actor_of(request, caller), dry_run=body.dry_run)
        return _answer("exports_requeued_by_operator", results, dry_run=body.dry_run)

    async def fail(self, request: web.Request, caller: Caller) -> web.Response:
        """End exports as failed, with the operator's reason."""
        body = await body_of(request, requests.FailRequest)
        return await self._end(body, ErrorCode.FAILED_BY_ADMIN, cancel_message(body.reason), request, caller)

    async def cancel(self, request: web.Request, caller: Caller) -> web.Response:
        """End exports as cancelled."""
        body = await body_of(request, requests.CancelExportsRequest)
        return await self._end(body, ErrorCode.CANCELLED, cancel_message(body.message), request, caller)

    async def _end(
        self, body: requests.NamedExports, code: ErrorCode, message: str, request: web.Request, caller: Caller
    ) -> web.Response:
        actor = actor_of(request, caller)
        results = await self.exports.end(body.ids, code, message, actor, dry_run=body.dry_run)
        return _answer("exports_ended_by_operator", results, dry_run=body.dry_run)

    async def retry(self, request: web.Request, caller: Caller) -> web.Response:
        """Create one batch of failed exports again."""
        body = await body_of(request, requests.RetryFailedRequest)
        failed = body.failed(datetime.now(UTC))
        actor = actor_of(request, caller)
        retried, more = await self.failed.retry(failed, body.limit, actor, dry_run=body.dry_run)
        if retried and not body.dry_run:
            get_logger().info("exports_retried_by_operator", code=failed.code, exports=len(retried))
        pairs = [bodies.RetriedExportBody(failed_id=each.failed_id, id=each.id) for each in retried]
        return json_answer(bodies.RetriedExportsBody(retried=pairs, more=more, before=moment(failed.before)))


def _answer(event: str, results: Sequence[ActionResult], *, dry_run: bool) -> web.Response:
    done = [each.id for each in results if each.outcome.is_done]
    if done and not dry_run:
        get_logger().info(event, export_ids=done)
    return json_answer(
        [
            bodies.ActionResultBody(id=each.id, outcome=each.outcome, workflow_state=each.workflow_state)
            for each in results
        ]
    )
