"""The Content Exports API: show, the report, and an end by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from aiohttp import web

from services.gateway.links import entries_url, export_json
from services.gateway.readable_exports import ReadableExports, ReadAudit
from services.gateway.waiting import WaitingRequests
from shared.contracts.report import report_json
from shared.domain.audit import SYSTEM, Action, Actor
from shared.domain.error_codes import ErrorCode
from shared.domain.expected import ExpectedTimes
from shared.domain.export import FINISHED, ContentExport
from shared.domain.report import Receipt
from shared.domain.rights import may_administer
from shared.http.actor import actor_of
from shared.http.answers import json_answer, not_found
from shared.http.concurrency import Concurrency
from shared.http.connection import while_connected
from shared.http.expected_times import ExpectedTimesOfExports, retry_after_s
from shared.http.identity import Identity, Visit
from shared.http.polling import differs, etag, is_current, not_modified, read_until, wait_s
from shared.http.urls import EXPORTS, SUFFIX
from shared.runtime.logs import get_logger
from shared.runtime.settings import Settings

_ONE = r"/{id:(?!events(?:\.json)?/?$)[^/]+?}"  # the stream of events is no export

_FAILED_BY_ADMIN = "manually marked failed by a site administrator"


class Exports(Protocol):
    """Exports in the database."""

    async def receipt(self, export_id: int) -> Receipt | None:
        """The report of a finished export; None for one that has not finished."""

    async def cancel(
        self, export_id: int, message: str, code: ErrorCode = ErrorCode.CANCELLED, actor: Actor = SYSTEM
    ) -> bool:
        """End an unfinished export as failed; False where it had finished."""


@dataclass(frozen=True, slots=True)
class ExportsApi:
    """Handlers for courses, groups and users alike."""

    settings: Settings
    identity: Identity
    exports: Exports
    readable: ReadableExports
    waiting: WaitingRequests
    waits: Concurrency  # requests with `wait` that a token holds open
    audit: ReadAudit
    expected: ExpectedTimesOfExports

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get(EXPORTS + _ONE + SUFFIX, self.show)
        app.router.add_get(EXPORTS + "/{id}/report" + SUFFIX, self.report)
        app.router.add_put(EXPORTS + "/{id}/fail" + SUFFIX, self.fail)

    async def show(self, request: web.Request) -> web.Response:
        """One export of the context. While it is under way, `wait` is for its end, or for another state than the ETag's."""
        visit, export = await self.readable.state(request)
        # A finished export has no further change to wait for.
        if export.workflow_state not in FINISHED and (wait := wait_s(request)):
            with self.waits.one_more(visit.caller):
                async with while_connected(request):
                    visit, export = await self._awaited(request, export.id, wait)
        headers, expected = {}, None
        if export.workflow_state not in FINISHED:
            expected = await self.expected.of(export)
            headers = {"ETag": _etag(export), "Retry-After": str(retry_after_s(expected, export.created_at))}
            if is_current(request, headers["ETag"]):
                return not_modified(headers)
        self.audit.note(Action.SHOW, export.id, actor_of(request, visit.caller))
        return self._answer(request, visit, export, headers, expected)

    async def _awaited(self, request: web.Request, export_id: int, wait: float) -> tuple[Visit, ContentExport]:
        """The export at its end, at a change that the client has not seen, or at the end of the wait."""

        def ends(state: tuple[Visit, ContentExport]) -> bool:
            _, export = state
            return export.workflow_state in FINISHED or differs(request, _etag(export))

        with self.waiting.changes_of(export_id) as changes:  # the caller is read anew, too: a token may be revoked
            return await read_until(ends, partial(self.readable.state, request), changes, wait)

    async def report(self, request: web.Request) -> web.Response:
        """What an export packed and what it left out; 404 until it has finished."""
        visit, export = await self.readable.read(request)
        receipt = await self.exports.receipt(export.id)
        if receipt is None:
            raise not_found()
        self.audit.note(Action.REPORT, export.id, actor_of(request, visit.caller))
        return json_answer(report_json(export, receipt, entries_url(request, self.settings, export)))

    async def fail(self, request: web.Request) -> web.Response:
        """End an unfinished export by hand; for site admins. A finished one stays as it is, and is answered likewise."""
        visit = await self.identity.enter(request, login=True)
        visit.require(may_administer(visit.caller))
        export = await self.readable.find(request, visit.context)
        actor = actor_of(request, visit.caller)
        if await self.exports.cancel(export.id, _FAILED_BY_ADMIN, ErrorCode.FAILED_BY_ADMIN, actor):
            get_logger().info("export_failed_by_admin", export_id=export.id, user_id=visit.caller.user_id)
            export = await self.readable.find(request, visit.context)
        return self._answer(request, visit, export)

    def _answer(
        self,
        request: web.Request,
        visit: Visit,
        export: ContentExport,
        headers: Mapping[str, str] | None = None,
        expected: ExpectedTimes | None = None,
    ) -> web.Response:
        """The export as far as the caller may read it."""
        whole = visit.reads(export)
        body = export_json(request, self.settings, visit.caller, export, whole=whole, expected=expected)
        return json_answer(body, headers=headers)


def _etag(export: ContentExport) -> str:
    pause = () if export.pause is None else (export.pause.code, int(export.pause.since.timestamp()))
    return etag(export.id, export.workflow_state, export.attempt, *pause)
