"""Courses: those of the caller, those of the account, one of them, and what the caller may do in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from aiohttp import web

from services.gateway.account import ACCOUNT, account_url, require_administrator
from services.gateway.courses.course_body import WITH_QUERY, course_json
from services.gateway.courses.course_filters import account_course_filter, course_filter, includes_of
from services.gateway.paging import RequestedPage, link_header, numbered_pages, page_of
from shared.adapters.postgres.course_lists import AccountCourseFilter, CourseDetails, CourseFilter, Enrollment
from shared.contracts import bodies
from shared.domain.export import Context
from shared.domain.rights import Caller, Rights
from shared.http.answers import json_answer, not_found
from shared.http.identity import Identity
from shared.http.urls import SUFFIX, base_url
from shared.runtime.settings import Settings

_COURSES = "/api/v1/courses"
_COURSE = "/api/v1/{contexts:courses}/{context_id:[^/]+?}"


class ListedCourses(Protocol):
    """Courses in the database."""

    async def roles(self, user_id: int | None, course_ids: list[int]) -> dict[int, list[Enrollment]]:
        """The enrollments of a user by course."""

    async def of_user(
        self, user_id: int, filters: CourseFilter, *, limit: int, offset: int
    ) -> tuple[list[dict[str, Any]], int]:
        """One page of the courses of a user, and how many there are on all pages."""

    async def of_account(
        self, filters: AccountCourseFilter, *, limit: int, offset: int
    ) -> tuple[list[dict[str, Any]], int]:
        """One page of all courses, and how many there are on all pages."""

    async def details(self, course_ids: list[int]) -> dict[int, CourseDetails]:
        """What takes a query of its own, by course."""


class StoredContexts(Protocol):
    """Courses as stored."""

    async def get(self, context: Context) -> dict[str, Any] | None:
        """The REST object of a context; None for an unknown one."""


@dataclass(frozen=True, slots=True)
class CoursesApi:
    """Handlers of courses."""

    settings: Settings
    identity: Identity
    courses: ListedCourses
    contexts: StoredContexts

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get(_COURSES + SUFFIX, self.of_caller)
        app.router.add_get(ACCOUNT + "/courses" + SUFFIX, self.of_account)
        app.router.add_get(_COURSE + "/permissions" + SUFFIX, self.permissions)
        app.router.add_get(_COURSE + SUFFIX, self.show)

    async def of_caller(self, request: web.Request) -> web.Response:
        """The courses in which the caller has an active role, or those that the filters name."""
        caller = await self.identity.logged_in(request)
        page = page_of(request.query.get("page"), request.query.get("per_page"))
        assert caller.user_id is not None
        courses, total = await self.courses.of_user(
            caller.user_id, course_filter(request.query), limit=page.size, offset=page.offset
        )
        roles = await self.courses.roles(caller.user_id, [course["id"] for course in courses])
        listed = await self._bodies(request, caller, courses, roles)
        url = f"{base_url(request, self.settings)}{_COURSES}"
        return _page(request, url, page, total, listed)

    async def of_account(self, request: web.Request) -> web.Response:
        """All courses, for site admins."""
        caller = await require_administrator(self.identity, request)
        page = page_of(request.query.get("page"), request.query.get("per_page"))
        filters = account_course_filter(request.query)
        courses, total = await self.courses.of_account(filters, limit=page.size, offset=page.offset)
        listed = await self._bodies(request, caller, courses, None)
        return _page(request, f"{account_url(request, self.settings)}/courses", page, total, listed)

    async def show(self, request: web.Request) -> web.Response:
        """One course, for its readers."""
        visit = await self.identity.enter(request)
        visit.require(visit.rights.read)
        stored = await self.contexts.get(visit.context)
        if stored is None:
            raise not_found()
        roles = await self.courses.roles(visit.caller.user_id, [visit.context.id])
        sees_sis = visit.rights.read_as_admin
        (body,) = await self._bodies(request, visit.caller, [stored], roles, sees_sis=sees_sis)
        return json_answer(body)

    async def permissions(self, request: web.Request) -> web.Response:
        """Which of the permissions the caller has, for readers of the course; without a list, of those that count here."""
        visit = await self.identity.enter(request, login=True)
        visit.require(visit.rights.read)
        held = _permissions(visit.rights)
        names = [*request.query.getall("permissions[]", ()), *request.query.getall("permissions", ())]
        return json_answer({name: held.get(name, False) for name in names or held})

    async def _bodies(
        self,
        request: web.Request,
        caller: Caller,
        courses: Sequence[dict[str, Any]],
        roles: Mapping[int, list[Enrollment]] | None,
        *,
        sees_sis: bool | None = None,
    ) -> list[bodies.CourseBody]:
        """The courses with what `include[]` asks for. Without `roles`, all is for an administrator of the account."""
        include = includes_of(request.query)
        details = await self.courses.details([each["id"] for each in courses]) if include & WITH_QUERY else {}
        return [
            course_json(
                each,
                caller,
                None if roles is None else roles[each["id"]],
                sees_sis=roles is None if sees_sis is None else sees_sis,
                include=include,
                details=details.get(each["id"], CourseDetails()),
            )
            for each in courses
        ]


def _page(
    request: web.Request, url: str, page: RequestedPage, total: int, listed: list[bodies.CourseBody]
) -> web.Response:
    link = link_header(url, request.query.items(), numbered_pages(page, total), page.size)
    return json_answer(listed, headers={"Link": link})


def _permissions(held: Rights) -> dict[str, bool]:
    """The rights under Canvas's names for them. A permission that is not here is of what this service does not do."""
    return {
        "read": held.read,
        "read_as_admin": held.read_as_admin,
        "read_files": held.read_files,
        **dict.fromkeys(
            ("manage_files", "manage_files_add", "manage_files_edit", "manage_files_delete"), held.manage_files
        ),
    }
