"""/api/v1/admin/pauses and /quarantine: exports that site admins keep from the workers, and let go on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from aiohttp import web

from services.gateway.admin.admin_routes import AdminRoutes
from services.gateway.parameters import body_of
from shared.contracts.operator import requests
from shared.contracts.operator.bodies import PauseChangeBody, pause_body
from shared.domain.audit import Actor
from shared.domain.operator.pauses import Pause, PauseTarget
from shared.domain.rights import Caller
from shared.http.actor import actor_of
from shared.http.answers import json_answer
from shared.runtime.logs import get_logger


class PauseRows(Protocol):
    """Where pauses are kept. Each change is audited in its own transaction."""

    async def all(self) -> list[Pause]:
        """What is paused or in quarantine now."""

    async def add(
        self, target: PauseTarget, reason: str, actor: Actor, *, quarantine: bool, dry_run: bool
    ) -> tuple[Pause, bool]:
        """(the pause, whether it is new)."""

    async def end(self, target: PauseTarget, actor: Actor, *, quarantine: bool, dry_run: bool) -> Pause | None:
        """The ended pause; None if nothing is paused."""


@dataclass(frozen=True, slots=True)
class PausesApi:
    """The handlers."""

    pauses: PauseRows

    def add_to(self, routes: AdminRoutes) -> None:
        """Add the routes."""
        routes.add("GET", "/pauses", self.index)
        routes.add("POST", "/pauses", self.pause)
        routes.add("POST", "/pauses/resume", self.resume)
        routes.add("POST", "/quarantine", self.quarantine)
        routes.add("POST", "/quarantine/remove", self.end_quarantine)

    async def index(self, request: web.Request, caller: Caller) -> web.Response:
        """What is paused or in quarantine, the oldest first."""
        return json_answer([pause_body(each) for each in await self.pauses.all()])

    async def pause(self, request: web.Request, caller: Caller) -> web.Response:
        """Keep the exports of a type, an owner or a context from the workers. What runs goes on."""
        body = await body_of(request, requests.PauseRequest)
        return await self._add(body, request, caller, quarantine=False)

    async def quarantine(self, request: web.Request, caller: Caller) -> web.Response:
        """The same for a context whose exports end workers."""
        body = await body_of(request, requests.QuarantineRequest)
        return await self._add(body, request, caller, quarantine=True)

    async def resume(self, request: web.Request, caller: Caller) -> web.Response:
        """Let the exports of a type, an owner or a context take their turns."""
        body = await body_of(request, requests.ResumeRequest)
        return await self._end(body, request, caller, quarantine=False)

    async def end_quarantine(self, request: web.Request, caller: Caller) -> web.Response:
        """Let a context leave quarantine. What has ended workers before counts no more."""
        body = await body_of(request, requests.QuarantineEndRequest)
        return await self._end(body, request, caller, quarantine=True)

    async def _add(
        self,
        body: requests.PauseRequest | requests.QuarantineRequest,
        request: web.Request,
        caller: Caller,
        *,
        quarantine: bool,
    ) -> web.Response:
        by, dry_run = actor_of(request, caller), body.dry_run
        pause, is_new = await self.pauses.add(body.target, body.reason, by, quarantine=quarantine, dry_run=dry_run)
        if is_new and not dry_run:
            event = "quarantined_by_operator" if quarantine else "paused_by_operator"
            get_logger().warning(event, target=pause.target.name, reason=pause.reason)
        return json_answer(PauseChangeBody(changed=is_new, pause=pause_body(pause)))

    async def _end(
        self,
        body: requests.ResumeRequest | requests.QuarantineEndRequest,
        request: web.Request,
        caller: Caller,
        *,
        quarantine: bool,
    ) -> web.Response:
        by = actor_of(request, caller)
        pause = await self.pauses.end(body.target, by, quarantine=quarantine, dry_run=body.dry_run)
        if pause is not None and not body.dry_run:
            event = "quarantine_ended_by_operator" if quarantine else "resumed_by_operator"
            get_logger().warning(event, target=pause.target.name)
        return json_answer(
            PauseChangeBody(changed=pause is not None, pause=None if pause is None else pause_body(pause))
        )
