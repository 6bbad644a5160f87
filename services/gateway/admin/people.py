"""/api/v1/admin: users, courses, groups and enrollments, added, changed and deleted by site admins."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Protocol

from aiohttp import web

from services.gateway.admin.admin_routes import AdminRoutes
from services.gateway.parameters import body_of
from shared.contracts.admin import admin_bodies
from shared.contracts.admin.administration import (
    CourseFields,
    Fields,
    GroupFields,
    NewEnrollment,
    Table,
    UserFields,
)
from shared.domain.audit import Actor
from shared.domain.errors import InvalidContent
from shared.domain.rights import Caller
from shared.http.actor import actor_of
from shared.http.answers import json_answer, missing
from shared.http.identity import number

_FIELDS: tuple[type[Fields], ...] = (UserFields, CourseFields, GroupFields)


class PeopleRows(Protocol):
    """Where users, courses, groups and roles are kept."""

    async def put(self, row_id: int | None, fields: Fields, actor: Actor) -> int:
        """Insert or update a row and return its id. Raises InvalidContent."""

    async def delete(self, table: Table, row_id: int, actor: Actor) -> None:
        """Mark a row as deleted. Raises InvalidContent if there is none."""

    async def enroll(self, user_id: int, course_id: int, role: str, state: str, *, create: bool, actor: Actor) -> None:
        """Give a user a role in a course. Raises InvalidContent for unknown ids."""


@dataclass(frozen=True, slots=True)
class PeopleApi:
    """The handlers."""

    people: PeopleRows

    def add_to(self, routes: AdminRoutes) -> None:
        """Add the routes."""
        for fields in _FIELDS:
            routes.add("POST", f"/{fields.table}", partial(self.add, fields))
            routes.add("PUT", f"/{fields.table}/{{id}}", partial(self.change, fields))
            routes.add("DELETE", f"/{fields.table}/{{id}}", partial(self.delete, fields.table))
        routes.add("POST", "/enrollments", self.enroll)

    async def add(self, fields: type[Fields], request: web.Request, caller: Caller) -> web.Response:
        """Add a row under a new id."""
        return await self._put(None, fields, request, caller)

    async def change(self, fields: type[Fields], request: web.Request, caller: Caller) -> web.Response:
        """Change the row with this id, or add it."""
        return await self._put(number(request.match_info["id"]), fields, request, caller)

    async def _put(
        self, row_id: int | None, fields: type[Fields], request: web.Request, caller: Caller
    ) -> web.Response:
        new = await body_of(request, fields)
        return json_answer(admin_bodies.RowBody(id=await self.people.put(row_id, new, actor_of(request, caller))))

    async def delete(self, table: Table, request: web.Request, caller: Caller) -> web.Response:
        """Mark a row as deleted."""
        row_id = number(request.match_info["id"])
        try:
            await self.people.delete(table, row_id, actor_of(request, caller))
        except InvalidContent as error:
            raise missing(str(error), error.code) from error
        return json_answer(admin_bodies.RowBody(id=row_id))

    async def enroll(self, request: web.Request, caller: Caller) -> web.Response:
        """Give a user a role in a course, conclude it, or delete it."""
        new = await body_of(request, NewEnrollment)
        ids, actor = (new.user_id, new.course_id), actor_of(request, caller)
        await self.people.enroll(*ids, new.role, new.workflow_state, create=new.create, actor=actor)
        enrolled = admin_bodies.EnrolledBody(
            course_id=new.course_id, user_id=new.user_id, role=new.role, workflow_state=new.workflow_state
        )
        return json_answer(enrolled)
