"""/api/v1/admin/loads: packages that site admins upload to be loaded, each as a job with a Progress."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from aiohttp import web

from services.gateway.admin.admin_routes import AdminRoutes
from services.gateway.admin.uploads import UploadStore, check_upload, store_upload
from services.gateway.parameters import query_of
from shared.contracts.admin.admin_bodies import LoadBody, LoadErrorBody
from shared.contracts.admin.administration import LoadParameters, Table
from shared.contracts.api import moment, progress_url
from shared.domain.export import ContextType
from shared.domain.packages.package_load import NewLoad, PackageLoad
from shared.domain.rights import Caller
from shared.http.actor import actor_of
from shared.http.answers import json_answer, not_found
from shared.http.concurrency import Concurrency
from shared.http.identity import number
from shared.http.urls import base_url
from shared.runtime.settings import Settings

_TABLES: dict[ContextType, Table] = {
    ContextType.COURSE: "courses", ContextType.GROUP: "groups", ContextType.USER: "users",
}  # fmt: skip


class LoadRows(Protocol):
    """Where loads are kept."""

    async def create(self, new: NewLoad) -> PackageLoad:
        """Add a load with the message that will have it run."""

    async def find(self, load_id: int) -> PackageLoad | None:
        """The load with this id."""


class ContextRows(Protocol):
    """The users, courses and groups that there are."""

    async def require(self, table: Table, row_id: int) -> None:
        """Raise InvalidContent if there is no such row, or if it is deleted."""


@dataclass(frozen=True, slots=True)
class LoadsApi:
    """The handlers."""

    settings: Settings
    loads: LoadRows
    contexts: ContextRows
    store: UploadStore
    uploads: Concurrency

    def add_to(self, routes: AdminRoutes) -> None:
        """Add the routes."""
        routes.add("POST", "/loads", self.create, is_upload=True)
        routes.add("GET", "/loads/{id}", self.show)

    async def create(self, request: web.Request, caller: Caller) -> web.Response:
        """Store the body, and have it loaded: answered once the job has committed, with where its progress is."""
        parameters = query_of(request, LoadParameters)
        if parameters.into is not None and not (parameters.create and parameters.into.type is ContextType.COURSE):
            await self.contexts.require(_TABLES[parameters.into.type], parameters.into.id)
        check_upload(request, self.settings.max_upload_bytes)
        with self.uploads.one_more(caller):
            key, size = await store_upload(request, self.store, self.settings.max_upload_bytes)
        load = await self.loads.create(
            NewLoad(parameters.into, key, parameters.filename, size, actor_of(request, caller))
        )
        return self._sent(request, load)

    async def show(self, request: web.Request, caller: Caller) -> web.Response:
        """A load, with what it has loaded or why it has failed."""
        load = await self.loads.find(number(request.match_info["id"]))
        if load is None:
            raise not_found()
        return self._sent(request, load)

    def _sent(self, request: web.Request, load: PackageLoad) -> web.Response:
        failed = load.workflow_state == "failed"
        body = LoadBody(
            id=load.id,
            user_id=load.actor.user_id,
            workflow_state=load.workflow_state,
            completion=load.completion,
            filename=load.filename,
            size=load.size,
            created_at=moment(load.created_at),
            progress_url=progress_url(load.progress_id, base_url(request, self.settings)),
            result=load.result,
            error=LoadErrorBody(code=load.error_code, message=load.error_message) if failed else None,
        )
        return json_answer(body)
