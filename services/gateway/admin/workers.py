"""/api/v1/admin/workers: the worker processes, and those that site admins drain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from aiohttp import web

from services.gateway.admin.admin_routes import AdminRoutes
from services.gateway.parameters import body_of
from shared.contracts.operator.bodies import DrainBody, worker_body
from shared.contracts.operator.requests import DrainRequest
from shared.domain.audit import Actor
from shared.domain.errors import InvalidContent
from shared.domain.operator.worker_process import WorkerProcess
from shared.domain.rights import Caller
from shared.http.actor import actor_of
from shared.http.answers import json_answer
from shared.runtime.logs import get_logger


class WorkerRows(Protocol):
    """Where workers are kept."""

    async def all(self) -> list[WorkerProcess]:
        """All workers, by type and name."""

    async def drain(
        self, name: str, actor: Actor, *, draining: bool, dry_run: bool
    ) -> tuple[WorkerProcess, bool] | None:
        """(the worker, whether the request changes it); None for an unknown one."""


@dataclass(frozen=True, slots=True)
class WorkersApi:
    """The handlers."""

    workers: WorkerRows

    def add_to(self, routes: AdminRoutes) -> None:
        """Add the routes."""
        routes.add("GET", "/workers", self.index)
        routes.add("POST", "/workers/drain", self.drain)

    async def index(self, request: web.Request, caller: Caller) -> web.Response:
        """The workers, and the exports that each builds."""
        return json_answer([worker_body(each) for each in await self.workers.all()])

    async def drain(self, request: web.Request, caller: Caller) -> web.Response:
        """Let a worker take no more exports, or take them again. It finishes what it has."""
        body = await body_of(request, DrainRequest)
        by, draining = actor_of(request, caller), not body.undo
        result = await self.workers.drain(body.worker, by, draining=draining, dry_run=body.dry_run)
        if result is None:
            raise InvalidContent(f"There is no worker {body.worker}.", item="worker")
        worker, changed = result
        if changed and not body.dry_run:
            get_logger().warning("worker_drained" if draining else "worker_drain_ended", worker=worker.name)
        return json_answer(DrainBody(changed=changed, worker=worker_body(worker)))
