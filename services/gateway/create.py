"""Asking for an export, once or again."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from aiohttp import web
from msgspec.structs import replace

from services.gateway.create_request import read_export_request
from services.gateway.dry_run import DryRuns
from services.gateway.exports import ExportsApi
from services.gateway.links import export_json, export_url
from shared.adapters.postgres.coalesce import Coalesced
from shared.adapters.postgres.idempotency import Idempotency, IdempotencyKey
from shared.contracts.requests import CreateRequest
from shared.domain.errors import KeyReused
from shared.domain.export import ContentExport, ExportRequest, WorkflowState
from shared.domain.rights import Caller, may_create
from shared.http.answers import bad_request, conflict, json_answer, unprocessable
from shared.http.bodies import read_parameters
from shared.http.edge import REQUEST_ID
from shared.http.identity import refused
from shared.http.urls import EXPORTS, SUFFIX
from shared.runtime.traces import traceparent

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_NOT_OF_THE_REQUEST = frozenset({"access_token", "dry_run"})


@dataclass(slots=True)
class CreateApi:
    """Handlers for courses, groups and users alike."""

    api: ExportsApi
    idempotency: Idempotency
    dry_runs: DryRuns
    _create: Coalesced[ExportRequest, ContentExport] = field(init=False)

    def __post_init__(self) -> None:
        """Writes of many requests travel together."""
        self._create = Coalesced(self.api.exports.create, self.api.exports.connection)

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_post(EXPORTS + SUFFIX, self.create)
        app.router.add_post(EXPORTS + "/{id}/retry" + SUFFIX, self.retry)

    async def create(self, request: web.Request) -> web.Response:
        """Ask for an export: answered once it has committed, built later. With `dry_run`, only what it would hold."""
        identity = self.api.identity
        caller = await identity.logged_in(request)
        context = await identity.context_of(request, caller)
        held = await identity.rights_in(caller, context)
        if not held.read:
            raise refused(caller)
        parameters = await read_parameters(request)
        asked = CreateRequest.read(parameters)
        new = read_export_request(asked, context, caller, request[REQUEST_ID], self.api.settings.max_selected)
        if not may_create(caller, held, new.export_type):
            raise refused(caller)
        if asked.is_dry_run:
            return json_answer(await self.dry_runs.run(new, caller.token))
        key = _idempotency_key(request, caller, parameters)
        if key is None:
            return self._answer(request, caller, await self._create(new))
        try:
            export, known = await self.idempotency.once(key, new)
        except KeyReused as error:
            raise unprocessable("Idempotency-Key", str(error), error.code) from error
        return self._answer(request, caller, export, {"Idempotency-Replayed": "true"} if known else {})

    async def retry(self, request: web.Request) -> web.Response:
        """Ask for a failed export anew, with the same parameters; however often, it is one new export."""
        identity = self.api.identity
        caller = await identity.logged_in(request)
        context = await identity.context_of(request, caller)
        failed = await self.api.within(context, request)
        await identity.require_read(caller, failed)
        if not may_create(caller, await identity.rights_in(caller, context), failed.export_type):
            raise refused(caller)
        if failed.workflow_state is not WorkflowState.FAILED:
            raise conflict(f"Only a failed export can be retried; this one is {failed.workflow_state}.")
        settings = replace(failed.settings, retry_of=failed.id)
        assert caller.user_id is not None
        new = ExportRequest(context, caller.user_id, failed.export_type, settings, request[REQUEST_ID], traceparent())
        return self._answer(request, caller, await self.idempotency.retry(failed.id, new))

    def _answer(
        self, request: web.Request, caller: Caller, export: ContentExport, headers: Mapping[str, str] | None = None
    ) -> web.Response:
        """200, as Canvas answers; 202 and where to look for whoever prefers that (RFC 7240)."""
        body, more = export_json(request, self.api.settings, caller, export), dict(headers or {})
        if not _prefers_async(request):
            return json_answer(body, headers=more)
        more |= {"Location": export_url(request, self.api.settings, export), "Preference-Applied": "respond-async"}
        return json_answer(body, status=202, headers=more)


def _prefers_async(request: web.Request) -> bool:
    preferences = ",".join(request.headers.getall("Prefer", ())).split(",")
    return any(each.partition(";")[0].strip().lower() == "respond-async" for each in preferences)


def _idempotency_key(request: web.Request, caller: Caller, parameters: Mapping[str, Any]) -> IdempotencyKey | None:
    given = request.headers.get("Idempotency-Key")
    if given is None:
        return None
    if not _KEY.fullmatch(given):
        raise bad_request("Idempotency-Key must be 1 to 255 visible ASCII characters")
    asked = {name: value for name, value in parameters.items() if name not in _NOT_OF_THE_REQUEST}
    digest = hashlib.sha256(msgspec.json.encode(asked, order="deterministic")).digest()
    return IdempotencyKey(f"{caller.token}/{caller.user_id}", f"{request.method} {request.path}", given, digest)
