"""Requests for exports: create one, see what it would hold, retry a failed one."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Protocol

import msgspec
from aiohttp import web
from msgspec.structs import replace

from services.gateway.costs import Costs
from services.gateway.create_request import SelectedObjects, permitted_request, retry_request, warnings_of
from services.gateway.dry_run import DryRuns
from services.gateway.links import export_json, exports_url
from services.gateway.quotas import QuotaCheck
from services.gateway.readable_exports import ReadableExports
from shared.adapters.postgres.idempotency import AnswerOf, FirstAnswer, IdempotencyKey
from shared.contracts.report import warning_json
from shared.contracts.requests import CreateRequest
from shared.domain.errors import KeyReused
from shared.domain.expected import ExpectedTimes
from shared.domain.export import ContentExport, Context, ExportRequest
from shared.domain.report import ItemWarning
from shared.domain.rights import Caller
from shared.http.actor import actor_of
from shared.http.answers import ApiError, bad_request, json_answer, unprocessable
from shared.http.bodies import read_parameters
from shared.http.connection import while_connected
from shared.http.expected_times import retry_after_s
from shared.http.identity import Identity
from shared.http.urls import EXPORTS, SUFFIX
from shared.runtime.settings import Settings

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_ACCEPTED = 202
_NOT_OF_THE_REQUEST = frozenset({"access_token", "dry_run"})


class NewExports(Protocol):
    """Where exports are created."""

    def create(self, request: ExportRequest) -> Awaitable[ContentExport]:
        """Add an export; it is committed when this is answered."""


class RepeatedRequests(Protocol):
    """Where repeated requests create one export."""

    async def once(
        self, key: IdempotencyKey, request: ExportRequest, answer_of: AnswerOf, refusal: Exception | None
    ) -> tuple[FirstAnswer, bool]:
        """(the first answer, whether this is a replay of it). Raises KeyReused for the key of another request.

        Instead of a first answer, the refusal is raised; a replay is answered whatever it is.
        """

    async def joined(self, request: ExportRequest, refusal: Exception | None) -> ContentExport:
        """The owner's identical export that has not ended; else a new one, or the refusal is raised."""

    async def retry(self, failed_id: int, request: ExportRequest) -> ContentExport:
        """The retry of a failed export that is under way or has succeeded; a new one if there is none."""


@dataclass(frozen=True, slots=True)
class CreateApi:
    """Handlers for courses, groups and users alike."""

    settings: Settings
    identity: Identity
    readable: ReadableExports
    exports: NewExports
    repeated: RepeatedRequests
    dry_runs: DryRuns
    selected: SelectedObjects
    costs: Costs
    quotas: QuotaCheck

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_post(EXPORTS + SUFFIX, self.create)
        app.router.add_post(EXPORTS + "/{id}/retry" + SUFFIX, self.retry)

    async def create(self, request: web.Request) -> web.Response:
        """Request an export: answered once it has committed, built later. With `dry_run`, only what it would hold."""
        visit = await self.identity.enter(request, login=True)
        visit.require(visit.rights.read)  # before the body is read
        parameters = await read_parameters(request)
        create_request = CreateRequest.read(parameters)
        new = permitted_request(create_request, visit, actor_of(request, visit.caller), self.settings.max_selected)
        if create_request.is_dry_run:
            async with while_connected(request):
                return json_answer(await self.dry_runs.run(new, visit.caller.token))
        key = _idempotency_key(request, visit.caller, parameters)
        new = await self.costs.priced(new)
        refusal = await self.quotas.refusal(new)
        if refusal is None:
            self.costs.requested(new)
        # Looked up before the export is created: the stored answer of an Idempotency-Key contains the warnings.
        answer_of = partial(self._answer_of, request, visit.caller, await warnings_of(new, self.selected))
        if key is None:
            return self._sent(request, visit.context, answer_of(await self._created(new, refusal)), new.expected)
        try:
            answer, replayed = await self.repeated.once(key, new, answer_of, refusal)
        except KeyReused as error:
            raise unprocessable("Idempotency-Key", str(error), error.code) from error
        return self._sent(request, visit.context, answer, None if replayed else new.expected, replayed=replayed)

    async def retry(self, request: web.Request) -> web.Response:
        """Request a failed export anew, with the same settings: one new export, until that has failed or is deleted.

        A retry of a retry is one of the first export, which names the latest.
        """
        visit = await self.identity.enter(request, login=True)
        failed = await self.readable.find(request, visit.context)
        first, new = retry_request(failed, visit, actor_of(request, visit.caller))
        new = await self.costs.priced(new)
        self.costs.requested(new)
        retry = await self.repeated.retry(first, new)
        return self._sent(request, visit.context, self._answer_of(request, visit.caller, (), retry), new.expected)

    async def _created(self, new: ExportRequest, refusal: ApiError | None) -> ContentExport:
        if new.coalesce:
            return await self.repeated.joined(new, refusal)
        if refusal is not None:
            raise refusal
        return await self.exports.create(new)

    def _answer_of(
        self,
        request: web.Request,
        caller: Caller,
        warnings: Sequence[ItemWarning],
        export: ContentExport,
    ) -> FirstAnswer:
        """200, as Canvas answers; 202 for a client that prefers that (RFC 7240)."""
        body = export_json(request, self.settings, caller, export, expected=export.expected)
        if warnings:
            body = replace(body, warnings=[warning_json(warning) for warning in warnings])
        return FirstAnswer(export.id, _ACCEPTED if _prefers_async(request) else 200, msgspec.json.encode(body))

    def _sent(
        self,
        request: web.Request,
        context: Context,
        answer: FirstAnswer,
        expected: ExpectedTimes | None,
        *,
        replayed: bool = False,
    ) -> web.Response:
        """The answer on its way; where it is a 202, with the address of the export, and when to look there."""
        headers = {"Idempotency-Replayed": "true"} if replayed else {}
        if answer.status == _ACCEPTED:
            shown = f"{exports_url(request, self.settings, context)}/{answer.export_id}"
            headers |= {"Location": shown, "Preference-Applied": "respond-async"}
            headers["Retry-After"] = str(retry_after_s(expected, datetime.now(UTC)))
        return json_answer(msgspec.Raw(answer.body), status=answer.status, headers=headers)


def _prefers_async(request: web.Request) -> bool:
    preferences = ",".join(request.headers.getall("Prefer", ())).split(",")
    return any(each.partition(";")[0].strip().lower() == "respond-async" for each in preferences)


def _idempotency_key(request: web.Request, caller: Caller, parameters: Mapping[str, Any]) -> IdempotencyKey | None:
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        raise bad_request("Idempotency-Key must be 1 to 255 visible ASCII characters")
    # A client may send its token as a parameter and renew it between two tries: it is not part of the request.
    body = {name: value for name, value in parameters.items() if name not in _NOT_OF_THE_REQUEST}
    digest = hashlib.sha256(msgspec.json.encode(body, order="deterministic")).digest()
    return IdempotencyKey(f"{caller.token}/{caller.user_id}", f"{request.method} {request.path}", key, digest)
