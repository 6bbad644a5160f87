"""The routes of the progress service, and the order in which each looks at its request."""

from __future__ import annotations

import asyncio
from functools import partial

from aiohttp import web

from services.progress.hub import Hub
from services.progress.stream import serve_events
from services.progress.watches import ContextWatch, ProgressWatch
from shared.adapters.postgres.content_exports import ContentExports
from shared.adapters.postgres.export_events import ExportEvents
from shared.adapters.postgres.pool import Pool, check
from shared.contracts.api import progress_json
from shared.domain.errors import DatabaseUnavailable
from shared.domain.export import Progress
from shared.http.answers import bad_request, json_answer, not_found
from shared.http.bodies import read_parameters
from shared.http.edge import edge
from shared.http.headers import add_headers
from shared.http.health import add_health
from shared.http.identity import Identity, number, refused
from shared.http.polling import etag, known, not_modified, retry_after, wait_s
from shared.http.urls import EXPORTS, SUFFIX, base_url
from shared.runtime.logs import get_logger
from shared.runtime.settings import Settings

_CANCELLED = "The export was cancelled."
_UNFINISHED = ("queued", "running")
_MESSAGE_LIMIT = 1000  # characters


def make_app(settings: Settings, pool: Pool, hub: Hub, identity: Identity) -> web.Application:
    """The application; `hub` is fed by whoever runs it, and closed when the application shuts down."""
    app = web.Application(middlewares=[edge], client_max_size=settings.max_body_bytes)
    api = ProgressApi(settings, pool, hub, identity)
    app.router.add_get("/api/v1/progress/{id}" + SUFFIX, api.show)
    app.router.add_post("/api/v1/progress/{id}/cancel" + SUFFIX, api.cancel)
    app.router.add_get("/api/v1/progress/{id}/events" + SUFFIX, api.progress_events)
    app.router.add_get(EXPORTS + "/events" + SUFFIX, api.context_events)

    async def listener() -> None:
        if not hub.listening:
            raise DatabaseUnavailable("the service does not hear of events")

    async def end_streams(_: web.Application) -> None:
        await hub.close()

    add_headers(app, settings)
    add_health(app, {"database": partial(check, pool), "listener": listener})
    app.on_shutdown.append(end_streams)
    return app


class ProgressApi:
    """The handlers."""

    def __init__(self, settings: Settings, pool: Pool, hub: Hub, identity: Identity) -> None:
        self._settings = settings
        self._hub = hub
        self._exports = ContentExports(pool)
        self._log = ExportEvents(pool)
        self._identity = identity

    async def show(self, request: web.Request) -> web.StreamResponse:
        """GET /progress/:id, for whoever may read the export (Canvas: ProgressController#show)."""
        progress_id = number(request.match_info["id"])
        await ProgressWatch(self._exports, self._identity, self._log, progress_id).check(request)
        wait = wait_s(request)
        progress = await (self._awaited(request, progress_id, wait) if wait else self._progress(progress_id))
        headers = {"ETag": _etag(progress)}
        if progress.workflow_state in _UNFINISHED:
            headers["Retry-After"] = retry_after(progress.created_at)
        if known(request, headers["ETag"]):
            return not_modified(headers)
        base = base_url(request, self._settings, behind_gateway=True)
        return json_answer(progress_json(progress, base), headers=headers)

    async def _awaited(self, request: web.Request, progress_id: int, wait: float) -> Progress:
        """The progress at its end, at a change that the client does not know, or when the time is over."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + wait
        with self._hub.subscribe(progress_id) as subscription:
            while True:
                progress = await self._progress(progress_id)
                left = deadline - loop.time()
                if progress.workflow_state not in _UNFINISHED or left <= 0 or subscription.closed:
                    return progress
                if "If-None-Match" in request.headers and not known(request, _etag(progress)):
                    return progress
                await subscription.ready(left)
                subscription.collect()  # what it has heard is read from the table

    async def cancel(self, request: web.Request) -> web.StreamResponse:
        """POST /progress/:id/cancel, for whoever started the export (site admins have its `fail`). Safe to repeat.

        Beyond Canvas: the export itself ends as failed, so its worker stops. A finished export stays as it is.
        """
        caller = await self._identity.caller(request)
        progress_id = number(request.match_info["id"])
        progress = await self._exports.progress(progress_id)
        if progress is None:
            raise not_found()
        if caller.user_id is None or caller.user_id != progress.user_id:
            raise refused(caller)
        if await self._exports.cancel(progress.export_id, _message(await read_parameters(request))):
            get_logger().info("export_cancelled", export_id=progress.export_id, user_id=caller.user_id)
        return await self._answer(request, progress_id)

    async def progress_events(self, request: web.Request) -> web.StreamResponse:
        """GET /progress/:id/events: one export as it goes, until it has finished."""
        progress_id = number(request.match_info["id"])
        watch = ProgressWatch(self._exports, self._identity, self._log, progress_id)
        return await serve_events(request, watch, self._hub, self._log, self._settings.sse_comment_s)

    async def context_events(self, request: web.Request) -> web.StreamResponse:
        """GET /courses/:id/content_exports/events, for groups and users alike: all exports of it, without end."""
        context = await self._identity.context_of(request, await self._identity.caller(request))
        watch = ContextWatch(self._identity, self._log, context)
        return await serve_events(request, watch, self._hub, self._log, self._settings.sse_comment_s)

    async def _answer(self, request: web.Request, progress_id: int) -> web.Response:
        base = base_url(request, self._settings, behind_gateway=True)
        return json_answer(progress_json(await self._progress(progress_id), base))

    async def _progress(self, progress_id: int) -> Progress:
        progress = await self._exports.progress(progress_id)
        if progress is None:
            raise not_found()
        return progress


def _etag(progress: Progress) -> str:
    return etag(progress.id, progress.workflow_state, progress.completion)


def _message(parameters: dict[str, object]) -> str:
    """The reason that the client gave, else a general one; only characters that the database can keep."""
    message = parameters.get("message") or ""
    if not isinstance(message, str):
        raise bad_request("message must be a string")
    kept = "".join(each for each in message if each.isprintable() or each in "\n\t").strip()
    return kept[:_MESSAGE_LIMIT] or _CANCELLED
